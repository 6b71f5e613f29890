import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inCheckout } from '../checkout.ts';
import { makeTemporaryDirectory } from '../temporary-directory.ts';

/** Looks a host up so many times by Go's own resolver and gives each different outcome (cases.ts, `outcomeOf`). */
export type GoLookUp = (host: string, rounds: number) => Promise<readonly string[]>;

/** The version of the Go that is installed; undefined where none is. */
export function goVersion(): string | undefined {
  const { status, stdout } = spawnSync('go', ['version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Built when it is asked for the first time. @throws Error when that fails */
export function createGoLookUp(): GoLookUp {
  let program: Promise<string> | undefined;
  return async (host, rounds) => {
    program ??= build();
    const { stdout } = await promisify(execFile)(await program, [host, `${rounds}`]);
    return JSON.parse(stdout);
  };
}

async function build(): Promise<string> {
  const directory = await makeTemporaryDirectory('go-resolver');
  const program = join(directory, 'go-resolver');
  const environment = { ...process.env, CGO_ENABLED: '0', HOME: directory, GO111MODULE: 'off' };
  const source = inCheckout('test/lab/go-resolver/main.go');
  const { status, stderr } = spawnSync('go', ['build', '-o', program, source], {
    env: environment,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`go build: ${stderr}`);
  return program;
}
