import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeProcess {
  readonly comm: string;
  readonly arguments?: readonly string[];
  readonly state?: string;
  /** Clock ticks since boot. */
  readonly startTicks?: number;
  readonly children?: readonly number[];
}

/** A tree of files like /proc. */
export function fakeProc() {
  const directory = mkdtempSync(join(tmpdir(), 'proc-'));
  return {
    directory,
    add(pid: number, { comm, arguments: words, state, startTicks, children }: FakeProcess): void {
      const path = join(directory, String(pid));
      mkdirSync(join(path, 'task', String(pid)), { recursive: true });
      const between = Array.from({ length: 18 }, (_, index) => index + 1).join(' ');
      writeFileSync(
        join(path, 'stat'),
        `${pid} (${comm}) ${state ?? 'S'} ${between} ${startTicks ?? 100} 0 0\n`,
      );
      writeFileSync(join(path, 'cmdline'), (words ?? [comm]).map((word) => `${word}\0`).join(''));
      writeFileSync(
        join(path, 'task', String(pid), 'children'),
        (children ?? []).map((one) => `${one} `).join(''),
      );
    },
    end(pid: number): void {
      rmSync(join(directory, String(pid)), { recursive: true });
    },
    remove(): void {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
