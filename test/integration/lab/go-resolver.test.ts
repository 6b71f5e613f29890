import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { host, resolvConfFor, resolverCases } from '../../lab/go-resolver/cases.ts';
import { startProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';

// Go itself, where it is installed; scripts/record-go-resolver.sh installs it and records what it says.
const fixture = inCheckout('test/lab/go-resolver/outcomes.json');
const recording = process.env['ECS_PRIVATELINKD_RECORD_GO'] === 'yes';
const goes = spawnSync('go', ['version'], { encoding: 'utf8' });
const recorded: Record<string, readonly string[]> = {};

it('has an outcome of Go’s for each case', () => {
  const { outcomes } = JSON.parse(readFileSync(fixture, 'utf8'));
  if (!recording) expect(Object.keys(outcomes)).toEqual(resolverCases.map(({ name }) => name));
});

describe.each(goes.status === 0 ? [goes.stdout.trim()] : [])('%s', (version) => {
  let program: Promise<string> | undefined;
  const built = () => (program ??= build());

  it.each(resolverCases)('$name', async (one) => {
    const servers = await Promise.all(
      one.servers.map(async (behaviours, index) => {
        const server = await startProgrammableDns({ addresses: [`127.0.53.${index + 1}`] });
        for (const [name, behaviour] of Object.entries(behaviours)) server.program(name, behaviour);
        return server;
      }),
    );
    try {
      const addresses = servers.map(({ address }) => address);
      writeFileSync('/etc/resolv.conf', resolvConfFor(one, addresses));
      writeFileSync('/etc/hosts', one.hosts ?? '');
      const { stdout } = await promisify(execFile)(await built(), [host, '6']);
      recorded[one.name] = JSON.parse(stdout);
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
    const { outcomes } = JSON.parse(readFileSync(fixture, 'utf8'));
    if (!recording) expect(recorded[one.name]).toEqual(outcomes[one.name]);
  });

  afterAll(() => {
    if (recording)
      writeFileSync(fixture, `${JSON.stringify({ version, outcomes: recorded }, undefined, 2)}\n`);
  });
});

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
