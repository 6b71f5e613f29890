import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { runCommand } from '../../lab/hosts/machine/command.ts';

// Temporary directories of runs in different pid namespaces that share one /tmp: those of living runs stay, those of
// killed runs go when the next one starts.

const inPidNamespace = ['unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'] as const;
const namespaceScript = inCheckout('test/lab/namespace.sh');
const program = [
  process.execPath,
  inCheckout('test/lab/run-typescript.mjs'),
  inCheckout('test/integration/scripts/owned-directories.ts'),
] as const;

let shared: string;
let env: Record<string, string>;
let children: ChildProcess[];

beforeEach(() => {
  shared = mkdtempSync(join(tmpdir(), 'shared-'));
  // As outside of the lab's namespace, in which this runs.
  env = { PATH: process.env['PATH'] ?? '', TMPDIR: shared };
  children = [];
});

afterEach(async () => {
  for (const child of children) await kill(child);
  rmSync(shared, { recursive: true });
});

/** Starts a command in a pid namespace of its own and resolves with the first line that it prints. */
async function start(...command: readonly string[]): Promise<{ child: ChildProcess; line: string }> {
  const [unshare, ...args] = [...inPidNamespace, ...command];
  const child = spawn(unshare, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, line: String(line) };
}

/** Ends all that `start` began, at once. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

const runs = () => readdirSync(shared);
const startRun = () => start(namespaceScript, 'sh', '-c', 'echo "$TMPDIR"; cat');
const anotherRun = () => runCommand([...inPidNamespace, namespaceScript, 'true'], { env });

describe('namespace.sh', () => {
  it("leaves a living run's directory alone", async () => {
    const { child, line } = await startRun();
    expect(await anotherRun()).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(line, 'resolv.conf'))).toBe(true);
    const closed = once(child, 'close');
    child.stdin?.end();
    await closed;
    expect(runs()).toEqual([]);
  });

  it("removes a killed run's directory", async () => {
    const { child, line } = await startRun();
    await kill(child);
    expect(existsSync(line)).toBe(true);
    expect(await anotherRun()).toMatchObject({ code: 0, stderr: '' });
    expect(runs()).toEqual([]);
  });

  it("is beside that of the run that it is part of, below which sockets' paths would be too long", async () => {
    env = { ...env, TMPDIR: join(shared, 'privatelinkd.abc123') };
    mkdirSync(String(env['TMPDIR']));
    const { line } = await startRun();
    expect(dirname(line)).toBe(shared);
  });
});

describe("a program's directory", () => {
  const left = async () => {
    const { stdout } = await runCommand([...inPidNamespace, ...program, 'left'], { env });
    return JSON.parse(stdout);
  };

  it('counts as left once its owner is killed, not before', async () => {
    const { child, line } = await start(...program, 'claim');
    expect(existsSync(line)).toBe(true);
    expect(await left()).toEqual([]);
    await kill(child);
    expect(await left()).toEqual([line]);
  });
});
