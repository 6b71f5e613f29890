import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { classify } from '../../src/endpoints/classify.ts';
import type { HostAnswers } from '../../src/endpoints/dns-answer.ts';
import { createHostDnsView, createNameserverView } from '../../src/endpoints/dns-view.ts';
import { createPrivateAddressRule } from '../../src/endpoints/private-address.ts';
import { host, many, outcomesOf } from '../lab/go-resolver/cases.ts';
import { createGoLookUp, goVersion } from '../lab/go-resolver/program.ts';
import { namespaceTopology } from '../lab/hosts/topology.ts';
import type { DnsBehaviour } from '../lab/stand-ins/dns/behaviour.ts';
import {
  type Forwarder,
  forwarders,
  forwardersTree,
  startForwarder,
} from '../lab/stand-ins/dns/forwarders.ts';
import { type ProgrammableDns, startProgrammableDns } from '../lab/stand-ins/dns/programmable.ts';

// What the agent gets to see through the DNS servers of VPC owners: they run for real and hand on to the programmable server.
// dnsmasq is tried in other files.
const tree = forwardersTree();
const signal = new AbortController().signal;
const { customResolver, vpcResolver } = namespaceTopology;
const publicAddress = '198.51.100.10';
const privateAddress = '10.0.1.10';
const resolvConf = `nameserver ${customResolver}\noptions timeout:4 attempts:2\n`;
const goLookUp = goVersion() === undefined ? undefined : createGoLookUp();

interface Closable {
  close(): Promise<void>;
}

let upstream: ProgrammableDns;
beforeAll(async () => {
  upstream = await startProgrammableDns({ addresses: [vpcResolver] });
  upstream.program('probe.example', { addresses: ['192.0.2.1'] });
  // They ask for the target of an alias themselves.
  upstream.program('target.example', { addresses: [privateAddress] });
  writeFileSync('/etc/resolv.conf', resolvConf);
  writeFileSync('/etc/hosts', '');
});
afterAll(() => upstream.close());

function start(forwarder: Forwarder, protection?: { readonly except: readonly string[] }): Promise<Closable> {
  const forwarding = { address: customResolver, upstream: vpcResolver, ...(protection && { protection }) };
  return startForwarder(forwarder, forwarding, 'probe.example', tree);
}

async function answersFor(name: string): Promise<HostAnswers | undefined> {
  const texts = { resolvConf, hosts: '', problem: undefined };
  return (await createHostDnsView({ texts: () => texts, timeoutMs: 4_000 }).lookUp([name], signal))[0];
}

/** What the agent makes of a name; where Go is installed, it is asked too. */
async function lookedUp(name: string): Promise<string> {
  const ours = outcomesOf(await answersFor(name));
  if (goLookUp) expect(await goLookUp(name, 1)).toEqual(ours);
  return ours.join(' or ');
}

describe.each(forwarders)('$name that forwards', (forwarder) => {
  let server: Closable;
  beforeAll(async () => {
    server = await start(forwarder);
  });
  afterAll(() => server?.close());

  it('remembers an answer for its TTL, and then tells of the endpoint', async () => {
    const [kept, brief] = ['kept.example', 'brief.example'];
    for (const [name, ttl] of [
      [kept, 300],
      [brief, 1],
    ] as const) {
      upstream.program(name, { addresses: [publicAddress], ttl });
      expect(await lookedUp(name)).toBe(publicAddress);
      upstream.program(name, { addresses: [privateAddress], ttl });
    }
    // However long this takes: five minutes have not passed.
    expect(await lookedUp(kept)).toBe(publicAddress);
    await expect.poll(() => lookedUp(brief), { timeout: 30_000, interval: 500 }).toBe(privateAddress);
  });

  it.each<[string, DnsBehaviour, string]>([
    ['both families', { addresses: [privateAddress, 'fd00::10'] }, `${privateAddress} fd00::10`],
    ['an alias', { addresses: [privateAddress], cnames: ['target.example'] }, privateAddress],
    ['NXDOMAIN', { outcome: 'nxdomain' }, 'not found'],
    ['no data', { outcome: 'nodata' }, 'not found'],
    ['SERVFAIL', { outcome: 'servfail' }, 'failed'],
    ['REFUSED', { outcome: 'refused' }, 'failed'],
    ['truncation', { addresses: many, outcome: 'truncated' }, many.toSorted().join(' ')],
    ['more than fits without EDNS', { addresses: many }, many.toSorted().join(' ')],
  ])('hands on: %s', async (what, behaviour, outcome) => {
    // A name of its own: what is remembered of another is none of this.
    const name = `${what.toLowerCase().replaceAll(' ', '-')}.example`;
    upstream.program(name, behaviour);
    expect(await lookedUp(name)).toBe(outcome);
  });
});

describe.each(tree === undefined ? [] : forwarders.filter(({ exception }) => exception !== undefined))(
  '$name that protects from DNS rebinding',
  (forwarder) => {
    let server: Closable | undefined;
    beforeEach(() => upstream.program(host, { addresses: [privateAddress], ttl: 1 }));
    afterEach(() => server?.close());

    it('hides the endpoint, which the VPC’s own resolver does not, and the advice names the exception', async () => {
      server = await start(forwarder, { except: ['other.example'] });
      // Of A that fails and AAAA that has no data Go tells whichever comes first.
      const goes = goLookUp ? await goLookUp(host, 1) : [];
      for (const outcome of [...outcomesOf(await answersFor(host)), ...goes])
        expect(outcome).toMatch(/^(not found|failed)$/);
      const [direct] = await createNameserverView(vpcResolver, { timeoutMs: 4_000 }).lookUp([host], signal);
      expect(outcomesOf(direct)).toEqual([privateAddress]);
      const answers = await answersFor(host);
      const seen =
        answers && classify(host, answers, createPrivateAddressRule({ vpcCidrs: [], extraCidrs: [] }));
      // What a server that says that there is no address may be doing is for the doctor to find out.
      if (seen?.class === 'failed') expect(seen.problem?.advice).toContain(forwarder.exception);
      else expect(seen).toMatchObject({ class: 'absent' });
    });

    it('shows it where the name is excepted', async () => {
      server = await start(forwarder, { except: [host] });
      expect(await lookedUp(host)).toBe(privateAddress);
    });
  },
);
