import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
    /** Replaces what the process holds open: sockets by inode, each to 10.0.1.10 port 443 in its state. */
    connect(pid: number, sockets: Readonly<Record<number, string>>): void {
      const path = join(directory, String(pid));
      rmSync(join(path, 'fd'), { recursive: true, force: true });
      mkdirSync(join(path, 'fd'));
      mkdirSync(join(path, 'net'), { recursive: true });
      symlinkSync('/dev/null', join(path, 'fd', '0'));
      const rows = Object.entries(sockets).map(([inode, state], index) => {
        symlinkSync(`socket:[${inode}]`, join(path, 'fd', String(index + 1)));
        return `${index}: 0100007F:0016 0A01000A:01BB ${state} 0:0 0:0 0 0 0 ${inode} 1 x\n`;
      });
      writeFileSync(join(path, 'net', 'tcp'), `header\n${rows.join('')}`);
    },
    end(pid: number): void {
      rmSync(join(directory, String(pid)), { recursive: true });
    },
    remove(): void {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
