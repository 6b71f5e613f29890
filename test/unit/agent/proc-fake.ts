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
  /** Real, effective, saved and file system's; default root. */
  readonly uids?: string;
  readonly parent?: number;
  /** Default the host's; undefined: may not be read. */
  readonly pidNamespace?: string | undefined;
  readonly controlGroup?: string;
  /** The control group in the hierarchy of version 2 alone. */
  readonly unified?: boolean;
}

const hostPidNamespace = 'pid:[4026531836]';

/** A tree of files like /proc. */
export function fakeProc() {
  const directory = mkdtempSync(join(tmpdir(), 'proc-'));
  return {
    directory,
    add(pid: number, process: FakeProcess): void {
      const { comm, arguments: words, state, startTicks, children } = process;
      const { uids = '0 0 0 0', parent = 1, controlGroup = '/', unified = false } = process;
      const { pidNamespace = hostPidNamespace } = process;
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
      writeFileSync(
        join(path, 'status'),
        `Name:\t${comm}\nPPid:\t${parent}\nUid:\t${uids.replaceAll(' ', '\t')}\n`,
      );
      const first = unified ? '' : `9:name=systemd:${controlGroup}\n`;
      writeFileSync(join(path, 'cgroup'), `${first}0::${unified ? controlGroup : '/'}\n`);
      if (!('pidNamespace' in process) || process.pidNamespace !== undefined) {
        mkdirSync(join(path, 'ns'), { recursive: true });
        rmSync(join(path, 'ns', 'pid'), { force: true });
        symlinkSync(pidNamespace, join(path, 'ns', 'pid'));
      }
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
