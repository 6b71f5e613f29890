import { appendFileSync, writeSync } from 'node:fs';

export type Level = 'info' | 'warn' | 'error';
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, string>>) => void;

/**
 * How a line looks: today's two, the one of agents before 1.88.0, and the one before 1.31.0. The older two have the
 * fields within the message.
 */
export const logFormats = ['logfmt', 'json', 'before-1.88', 'before-1.31'] as const;

export type LogFormat = (typeof logFormats)[number];

export interface LogOptions {
  readonly path: string;
  readonly format: LogFormat;
  /** The live file has the hour in its name (`ecs-agent.log.2019-07-07-13`), as with agents of 2019. */
  readonly hourly: boolean;
  /** Nothing is written to the file (`ECS_LOGLEVEL_ON_INSTANCE=none`). */
  readonly silent: boolean;
}

/** Writes lines as the real agent does, to standard output and to the log file, if it can. */
export function openLog({ path, format, hourly, silent }: LogOptions): Log {
  return (level, message, fields = {}) => {
    const time = new Date().toISOString().replace(/\.\d+/, '');
    const line = `${formatLine(format, time, { level, message, fields })}\n`;
    try {
      writeSync(1, line);
    } catch {
      // A reader that went away is no reason for an agent to die.
    }
    if (silent) return;
    try {
      appendFileSync(hourly ? `${path}.${time.slice(0, 13).replace('T', '-')}` : path, line);
    } catch {
      // Nor is a full disk.
    }
  };
}

interface Entry {
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** One line without its end. `time` is RFC 3339 in whole seconds. */
export function formatLine(format: LogFormat, time: string, { level, message, fields }: Entry): string {
  switch (format) {
    case 'logfmt': {
      const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
      return `level=${level} time=${time} msg=${JSON.stringify(message)}${pairs.join('')}`;
    }
    case 'json':
      return JSON.stringify({ level, time, msg: message, ...fields });
    case 'before-1.88':
      return `level=${level} time=${time} msg=${JSON.stringify(inOneSentence(message, fields))} module=client.go`;
    case 'before-1.31':
      return `${time} [${level.toUpperCase()}] ${inOneSentence(message, fields)}`;
  }
}

function inOneSentence(message: string, fields: Readonly<Record<string, string>>): string {
  if (fields['version'] !== undefined) {
    return `Amazon ECS agent Version: ${fields['version']}, Commit: ${fields['commit']}`;
  }
  if (fields['url'] !== undefined) return `${message} to ${fields['url']}`;
  return fields['error'] === undefined ? message : `${message}: ${fields['error']}`;
}
