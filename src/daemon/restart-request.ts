import { existsSync, readFileSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomic } from '../kit/atomic-file.ts';
import type { RestartRequest } from '../reconcile/state.ts';

/** How `ecs-privatelinkd restart` asks the running daemon: a file in RUN_DIR, then SIGHUP. Only root can write there. */
const fileName = 'restart-request.json';

const schema = v.object({ id: v.string(), ifNeeded: v.boolean() });

export function writeRestartRequest(runDir: string, request: RestartRequest): void {
  writeFileAtomic(join(runDir, fileName), JSON.stringify(request), { mode: 0o600, durable: false });
}

/** The request that lies there, which is then gone; undefined when there is none. Never throws. */
export function takeRestartRequest(runDir: string): RestartRequest | undefined {
  const path = join(runDir, fileName);
  // Asked in every look, and there is nearly never one: this costs less than an exception.
  if (!existsSync(path)) return undefined;
  try {
    // Moved first: what is written from now on is the next request, and is not lost with this one.
    const taken = `${path}.taken`;
    renameSync(path, taken);
    const text = readFileSync(taken, 'utf8');
    unlinkSync(taken);
    const parsed = v.safeParse(schema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
