import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createHostDnsView } from '../../../src/endpoints/dns-view.ts';
import type { ResolverTexts } from '../../../src/endpoints/resolver-texts.ts';
import { inCheckout } from '../../lab/checkout.ts';
import { host, outcomesOf, resolvConfFor, resolverCases, rotates } from '../../lab/go-resolver/cases.ts';
import { createGoLookUp, goVersion } from '../../lab/go-resolver/program.ts';
import { startProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';

// Go itself, where it is installed; scripts/record-go-resolver.sh installs it and records what it says.
const fixture = inCheckout('test/lab/go-resolver/outcomes.json');
const recording = process.env['ECS_PRIVATELINKD_RECORD_GO'] === 'yes';
const recorded: Record<string, readonly string[]> = {};

const { outcomes } = JSON.parse(readFileSync(fixture, 'utf8'));

it('has an outcome of Go’s for each case', () => {
  if (!recording) expect(Object.keys(outcomes)).toEqual(resolverCases.map(({ name }) => name));
});

/** All that there can be, by our own look-up. */
async function ours(texts: ResolverTexts): Promise<readonly string[]> {
  const view = createHostDnsView({ texts: () => texts, timeoutMs: 2000 });
  const [answers] = await view.lookUp([host], AbortSignal.timeout(30_000));
  return outcomesOf(answers);
}

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
      const texts = { resolvConf: resolvConfFor(one, addresses), hosts: one.hosts ?? '', problem: undefined };
      writeFileSync('/etc/resolv.conf', texts.resolvConf);
      writeFileSync('/etc/hosts', texts.hosts);
      const seen = await goLookUp(host, 6);
      recorded[one.name] = seen;
      if (recording) return;
      if (rotates(one)) expect(await ours(texts)).toEqual(expect.arrayContaining([...seen]));
      else expect(seen).toEqual(outcomes[one.name]);
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
  });

  afterAll(() => {
    if (recording)
      writeFileSync(fixture, `${JSON.stringify({ version, outcomes: recorded }, undefined, 2)}\n`);
  });
});
