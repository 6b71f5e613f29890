import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../kit/atomic-file.ts';
import { errorCodeOf } from '../kit/problem.ts';
import type { Status } from './status-schema.ts';

export function statusPath(runDir: string): string {
  return join(runDir, 'status.json');
}

/**
 * Replaces `RUN_DIR/status.json`; readable by all, writable by its owner only.
 *
 * @throws the system error of the failed step
 */
export function writeStatus(runDir: string, status: Status): void {
  const write = () =>
    writeFileAtomic(statusPath(runDir), `${JSON.stringify(status)}\n`, { mode: 0o644, durable: false });
  try {
    write();
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
    mkdirSync(runDir, { recursive: true, mode: 0o755 });
    write();
  }
}
