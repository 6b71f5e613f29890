import { openSync, writeSync } from 'node:fs';

export type Level = 'info' | 'warn' | 'error';
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, string>>) => void;

/** Writes lines as the real agent does (its default logfmt) to standard output and to the log file, if it can. */
export function openLog(path: string): Log {
  const file = openForAppend(path);
  return (level, message, fields = {}) => {
    const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
    const time = new Date().toISOString().replace(/\.\d+/, '');
    const line = `level=${level} time=${time} msg=${JSON.stringify(message)}${pairs.join('')}\n`;
    for (const target of file === undefined ? [1] : [1, file]) {
      try {
        writeSync(target, line);
      } catch {
        // A full disk or a reader that went away is no reason for an agent to die.
      }
    }
  };
}

function openForAppend(path: string): number | undefined {
  try {
    return openSync(path, 'a');
  } catch {
    return undefined;
  }
}
