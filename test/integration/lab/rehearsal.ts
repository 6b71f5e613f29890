import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';

export interface Rehearsal {
  readonly child: ChildProcess;
  readonly temporary: string;
  /** Resolves once that stands in its output. */
  said(text: string): Promise<void>;
  readonly result: Promise<Result>;
}

export interface Result {
  readonly code: number | null;
  /** Its standard output. */
  readonly lines: readonly string[];
  /** The same without the timeline's line breaks. */
  readonly text: string;
  /** Its standard error. */
  readonly errors: string;
}

const ends: (() => void)[] = [];

/** Ends what a failed test has left, and removes all temporary directories. */
export function cleanUp(): void {
  for (const end of ends.splice(0).reverse()) end();
}

/** A temporary directory until `cleanUp`. Short, for there are sockets in it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'r-'));
  ends.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** As a user would start it: in a process group of its own, and knowing of no namespace of the lab. */
export function startRehearsal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  temporary = temporaryDirectory(),
): Rehearsal {
  const { ECS_PRIVATELINKD_LAB: _, ...own } = process.env;
  const programs = [inCheckout('test/lab/run-typescript.mjs'), inCheckout('test/lab/rehearse/rehearse.ts')];
  const child = spawn(process.execPath, [...programs, '--fast', ...args], {
    env: { ...own, DOCKER_HOST: 'unix:///nonexistent/docker.sock', TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  ends.push(() => void child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    errors += chunk;
  });
  const result = once(child, 'close').then(([code]) => ({
    code,
    lines: output.trimEnd().split('\n'),
    text: output.replace(/\s+/g, ' '),
    errors,
  }));
  return {
    child,
    temporary,
    result,
    said: async (wanted) => {
      const ended = result.then(() => true);
      while (!output.includes(wanted)) {
        if (await Promise.race([ended, delay(20, false)])) {
          throw new Error(`not said: ${wanted}\n${output}${errors}`);
        }
      }
    },
  };
}

/** One with the embedded Engine. */
export const startEmbedded = (...args: string[]) => startRehearsal(['--engine', 'embedded', ...args]);

/** Waits until no process is left that knows of the directory, and expects it to be empty then. */
export async function expectNothingLeft(temporary: string): Promise<void> {
  await vi.waitFor(() => expect(processesThatKnow(temporary)).toEqual([]), { timeout: 30_000 });
  expect(readdirSync(temporary)).toEqual([]);
}

function processesThatKnow(directory: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(directory);
    } catch {
      return false;
    }
  });
}

/** Reads the log that a failed rehearsal has kept in the checkout, and removes it. */
export function takeKeptLog({ lines }: Result): string {
  const paths = lines.map((line) => /(\/.*\/build\/rehearsal\/\S+\.log)$/.exec(line)?.[1]);
  const path = paths.find((found) => found !== undefined) ?? '';
  const text = readFileSync(path, 'utf8');
  rmSync(path);
  return text;
}
