import { readFileSync, unlinkSync } from 'node:fs';

const pollMs = 50;

/** Ends the process with the exit code in the file once it appears; takes the file away, so that it counts once. */
export function exitOnFile(path: string): void {
  setInterval(() => {
    const text = readText(path);
    if (text === undefined || text.trim() === '') return;
    try {
      unlinkSync(path);
    } catch {
      // Mounted read-only: whoever wrote it takes it away.
    }
    process.exit(Number(text));
  }, pollMs);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
