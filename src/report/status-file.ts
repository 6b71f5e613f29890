import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../kit/atomic-file.ts';
import { readText } from '../kit/files.ts';
import { errorCodeOf } from '../kit/problem.ts';
import type { Status } from './status.ts';

const fileName = 'status.json';

/**
 * Replaces `RUN_DIR/status.json`; readable by all, writable by its owner only.
 *
 * @throws the system error of the failed step
 */
export function writeStatus(runDir: string, status: Status): void {
  const write = () =>
    writeFileAtomic(join(runDir, fileName), `${JSON.stringify(status)}\n`, { mode: 0o644, durable: false });
  try {
    write();
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
    mkdirSync(runDir, { recursive: true, mode: 0o755 });
    write();
  }
}

/**
 * The daemon's last status; undefined when there is none.
 *
 * @throws the system error when it may not be read, SyntaxError when it is not JSON
 */
export function readStatus(runDir: string): Status | undefined {
  const text = readText(join(runDir, fileName));
  if (text === undefined) return undefined;
  // Written by this same program, atomically: its form needs no second check.
  const status: Status = JSON.parse(text);
  return status;
}
