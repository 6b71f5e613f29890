import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createHostDnsView } from '../../../src/endpoints/dns-view.ts';
import { inCheckout } from '../../lab/checkout.ts';
import { host, outcomesOf, resolvConfFor, resolverCases, rotates } from '../../lab/go-resolver/cases.ts';
import { dnsPort, openStage, type Stage, signal } from './stage.ts';

// The agent looks names up as Go does. Go's own outcomes are recorded by scripts/record-go-resolver.sh.
const { outcomes }: { readonly outcomes: Readonly<Record<string, readonly string[]>> } = JSON.parse(
  readFileSync(inCheckout('test/lab/go-resolver/outcomes.json'), 'utf8'),
);

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(async () => await stage.close());

it.each(resolverCases)('as Go: $name', async (one) => {
  const addresses: string[] = [];
  for (const behaviours of one.servers) {
    const server = await stage.startDns();
    for (const [name, behaviour] of Object.entries(behaviours)) server.program(name, behaviour);
    addresses.push(server.address);
  }
  const texts = { resolvConf: resolvConfFor(one, addresses), hosts: one.hosts ?? '', problem: undefined };
  const view = createHostDnsView({ texts: () => texts, port: dnsPort, timeoutMs: 400 });
  const [answers] = await view.lookUp([host], signal);
  const ours = outcomesOf(answers);
  const goes = outcomes[one.name];
  // Ours are all that there can be.
  if (rotates(one)) expect(ours).toEqual(expect.arrayContaining([...(goes ?? [])]));
  else expect(ours).toEqual(goes);
});
