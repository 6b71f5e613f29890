import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { host, resolvConfFor, resolverCases } from '../../lab/go-resolver/cases.ts';
import { createGoLookUp, goVersion } from '../../lab/go-resolver/program.ts';
import { startProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';

// Go itself, where it is installed; scripts/record-go-resolver.sh installs it and records what it says.
const fixture = inCheckout('test/lab/go-resolver/outcomes.json');
const recording = process.env['ECS_PRIVATELINKD_RECORD_GO'] === 'yes';
const recorded: Record<string, readonly string[]> = {};

it('has an outcome of Go’s for each case', () => {
  const { outcomes } = JSON.parse(readFileSync(fixture, 'utf8'));
  if (!recording) expect(Object.keys(outcomes)).toEqual(resolverCases.map(({ name }) => name));
});

describe.each([goVersion() ?? []].flat())('%s', (version) => {
  const goLookUp = createGoLookUp();

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
      recorded[one.name] = await goLookUp(host, 6);
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
