import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classify } from '../../../src/endpoints/classify.ts';
import type { HostAnswers } from '../../../src/endpoints/dns-answer.ts';
import {
  createHostDnsView,
  createNameserverView,
  type DnsViewOptions,
} from '../../../src/endpoints/dns-view.ts';
import { createPrivateAddressRule } from '../../../src/endpoints/private-address.ts';
import { watchResolverTexts } from '../../../src/endpoints/resolver-texts.ts';
import { dnsPort, openStage, type Stage, signal } from './stage.ts';

const host = 'ecs-a.us-east-1.amazonaws.com';
const rule = createPrivateAddressRule({ vpcCidrs: [], extraCidrs: [] });

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(async () => await stage.close());

async function answerOf(nameserver: string, options: DnsViewOptions): Promise<string> {
  const [answers] = await createNameserverView(nameserver, options).lookUp([host], signal);
  return summary(answers);
}

function hostView(options: Partial<DnsViewOptions> = {}) {
  const texts = watchResolverTexts(stage.resolvConfPath, stage.hostsPath);
  const view = createHostDnsView({ texts, port: dnsPort, timeoutMs: 600, ...options });
  return {
    view,
    /** Class and addresses of `host`, as one line. */
    look: async (): Promise<string> => {
      const [answers] = await view.lookUp([host], signal);
      return summary(answers);
    },
  };
}

function summary(answers: HostAnswers | undefined): string {
  if (answers === undefined) throw new Error('no answers');
  const { class: seen, addresses, problem } = classify(host, answers, rule);
  return [seen, ...addresses.map(({ address }) => address), problem?.code].filter(Boolean).join(' ');
}

describe("the host's view of a name", () => {
  it('has A and AAAA answers, TTL and nameserver', async () => {
    const dns = await stage.startDns();
    dns.program(host, { addresses: ['10.0.1.10', '10.0.2.10', 'fd00::10'], ttl: 17 });
    stage.writeResolvConf(`nameserver ${dns.address}`);
    const [answers] = await hostView().view.lookUp([host], signal);
    expect(answers).toEqual({
      source: 'dns',
      answers: [
        {
          name: host,
          a: {
            status: 'answered',
            nameserver: dns.address,
            records: [
              { address: '10.0.1.10', ttl: 17 },
              { address: '10.0.2.10', ttl: 17 },
            ],
          },
          aaaa: {
            status: 'answered',
            nameserver: dns.address,
            records: [{ address: 'fd00::10', ttl: 17 }],
          },
        },
      ],
    });
    expect([dns.queries(host, 'A'), dns.queries(host, 'AAAA')]).toEqual([1, 1]);
  });

  it('is asked anew each time: nothing is cached', async () => {
    const dns = await stage.startDns();
    dns.program(host, { cycle: [['52.46.1.1'], ['10.0.1.10']], ttl: 60 });
    stage.writeResolvConf(`nameserver ${dns.address}`);
    const { look } = hostView();
    expect(await look()).toBe('public 52.46.1.1');
    expect(await look()).toBe('private 10.0.1.10');
  });

  it('follows aliases', async () => {
    const dns = await stage.startDns();
    dns.program(host, { addresses: ['10.0.1.10'], cnames: ['a.example', 'b.example'] });
    stage.writeResolvConf(`nameserver ${dns.address}`);
    expect(await hostView().look()).toBe('private 10.0.1.10');
  });

  it.each([
    ['an alias that leads nowhere', { cnames: ['a.example'] }, 'absent dns-no-address'],
    ['NXDOMAIN', { outcome: 'nxdomain' }, 'absent dns-no-address'],
    ['no data', { outcome: 'nodata' }, 'absent dns-no-address'],
    ['SERVFAIL', { outcome: 'servfail' }, 'failed dns-servfail'],
    ['REFUSED', { outcome: 'refused' }, 'failed dns-refused'],
    ['garbage', { outcome: 'garbage' }, 'failed dns-bad-answer'],
    ['silence', { outcome: 'silence' }, 'failed dns-timeout'],
    ['an answer with the wrong id', { outcome: 'wrong-id', addresses: ['10.6.6.6'] }, 'failed dns-timeout'],
    [
      'SERVFAIL for AAAA only',
      { outcome: 'servfail', types: ['AAAA'], addresses: ['10.0.1.10'] },
      'private 10.0.1.10',
    ],
    ['silence for A only', { outcome: 'silence', types: ['A'], addresses: ['fd00::1'] }, 'private fd00::1'],
  ] as const)('with %s', async (_, behaviour, expected) => {
    const dns = await stage.startDns();
    dns.program(host, behaviour);
    stage.writeResolvConf(`nameserver ${dns.address}`, 'options attempts:1');
    expect(await hostView().look()).toBe(expected);
  });

  it('falls back to TCP for a truncated answer, a hundred addresses long', async () => {
    const addresses = Array.from({ length: 100 }, (_, index) => `10.0.1.${index}`);
    const dns = await stage.startDns();
    dns.program(host, { outcome: 'truncated', addresses });
    stage.writeResolvConf(`nameserver ${dns.address}`);
    expect(await hostView().look()).toBe(`private ${addresses.join(' ')}`);
  });

  it('is public or mixed with a hundred and one addresses that do not fit a packet', async () => {
    const addresses = Array.from({ length: 100 }, (_, index) => `10.0.1.${index}`);
    const dns = await stage.startDns();
    dns.program(host, { addresses: [...addresses, '52.46.1.1'] });
    stage.writeResolvConf(`nameserver ${dns.address}`);
    expect(await hostView().look()).toContain('mixed');
  });

  describe('with two nameservers', () => {
    it.each(['silence', 'servfail', 'refused', 'garbage'] as const)(
      'goes on to the second after %s',
      async (outcome) => {
        const [first, second] = [await stage.startDns(), await stage.startDns()];
        first.program(host, { outcome });
        second.program(host, { addresses: ['10.0.1.10'] });
        stage.writeResolvConf(`nameserver ${first.address}`, `nameserver ${second.address}`);
        expect(await hostView().look()).toBe('private 10.0.1.10');
        expect(first.queries(host, 'A')).toBe(1);
      },
    );

    it('goes on when nothing listens at the first', async () => {
      const second = await stage.startDns();
      second.program(host, { addresses: ['10.0.1.10'] });
      stage.writeResolvConf(`nameserver ${stage.nextAddress()}`, `nameserver ${second.address}`);
      expect(await hostView().look()).toBe('private 10.0.1.10');
    });

    it.each(['nxdomain', 'nodata', 'answer'] as const)(
      'does not ask the second after %s',
      async (outcome) => {
        const [first, second] = [await stage.startDns(), await stage.startDns()];
        first.program(host, { outcome, addresses: ['52.46.1.1'] });
        second.program(host, { addresses: ['10.0.1.10'] });
        stage.writeResolvConf(`nameserver ${first.address}`, `nameserver ${second.address}`);
        expect(await hostView().look()).not.toContain('private');
        // The second type that has no record is final as well.
        expect(second.totalQueries()).toBe(0);
      },
    );

    it('names both when both fail, and asks `attempts` times', async () => {
      const [first, second] = [await stage.startDns(), await stage.startDns()];
      first.program(host, { outcome: 'refused' });
      second.program(host, { outcome: 'servfail' });
      stage.writeResolvConf(
        `nameserver ${first.address}`,
        `nameserver ${second.address}`,
        'options attempts:3',
      );
      const [answers] = await hostView().view.lookUp([host], signal);
      const failures = [
        { nameserver: first.address, reason: 'refused', detail: 'answered REFUSED' },
        { nameserver: second.address, reason: 'servfail', detail: 'answered SERVFAIL' },
      ];
      expect(answers).toEqual({
        source: 'dns',
        answers: [{ name: host, a: { status: 'failed', failures }, aaaa: { status: 'failed', failures } }],
      });
      expect(second.queries(host, 'A')).toBe(3);
    });
  });

  it('goes on from a nameserver with a zone', async () => {
    const dns = await stage.startDns();
    dns.program(host, { addresses: ['10.0.1.10'] });
    stage.writeResolvConf('nameserver fe80::2%nowhere0', `nameserver ${dns.address}`);
    expect(await hostView().look()).toBe('private 10.0.1.10');
  });

  it('follows resolv.conf and the hosts file when they change', async () => {
    const [first, second] = [await stage.startDns(), await stage.startDns()];
    first.program(host, { addresses: ['52.46.1.1'] });
    second.program(host, { addresses: ['10.0.1.10'] });
    stage.writeResolvConf(`nameserver ${first.address}`);
    const { look, view } = hostView();
    expect(await look()).toBe('public 52.46.1.1');
    stage.writeResolvConf(`nameserver ${second.address}`, '# edited');
    expect(await look()).toBe('private 10.0.1.10');
    const asked = second.totalQueries();
    stage.writeHosts(`10.9.9.9 ${host}`);
    expect(await look()).toBe('private 10.9.9.9');
    expect(second.totalQueries()).toBe(asked);
    expect(await view.lookUp(['10.1.1.1'], signal)).toEqual([{ source: 'literal', address: '10.1.1.1' }]);
  });

  it('waits for a nameserver that is slow once, although it was quick before', async () => {
    const dns = await stage.startDns();
    dns.program(host, { addresses: ['10.0.1.10'] });
    stage.writeResolvConf(`nameserver ${dns.address}`, 'options attempts:1');
    const { look } = hostView({ timeoutMs: 4_000 });
    for (let count = 0; count < 10; count++) await look();
    dns.program(host, { addresses: ['10.0.1.10'], delayMs: 1_400 });
    expect(await look()).toBe('private 10.0.1.10');
  });

  it('is failed, not late, when every nameserver is silent', async () => {
    const servers = [await stage.startDns(), await stage.startDns(), await stage.startDns()];
    for (const server of servers) server.program('*', { outcome: 'silence' });
    stage.writeResolvConf(...servers.map(({ address }) => `nameserver ${address}`), 'options attempts:5');
    const { view } = hostView({ budgetMs: 1_500 });
    const startedMs = performance.now();
    const answers = await view.lookUp([host, 'ecs-t.example', 'ecs.example'], signal);
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    expect(answers.map(summary)).toEqual(Array(3).fill('failed dns-timeout'));
  });

  it('gives every nameserver its turn within the budget', async () => {
    const servers = [await stage.startDns(), await stage.startDns()];
    servers[0]?.program(host, { outcome: 'silence' });
    servers[1]?.program(host, { addresses: ['10.0.1.10'] });
    stage.writeResolvConf(...servers.map(({ address }) => `nameserver ${address}`));
    expect(await hostView({ timeoutMs: 60_000, budgetMs: 4_000 }).look()).toBe('private 10.0.1.10');
  });

  it('ends at once when aborted, and can be used again', async () => {
    const dns = await stage.startDns();
    dns.program(host, { outcome: 'silence' });
    stage.writeResolvConf(`nameserver ${dns.address}`);
    const { view, look } = hostView({ timeoutMs: 5_000 });
    const controller = new AbortController();
    const startedMs = performance.now();
    setTimeout(() => controller.abort(new Error('stopping')), 30);
    await expect(view.lookUp([host], controller.signal)).rejects.toThrow('stopping');
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    await expect(view.lookUp([host], controller.signal)).rejects.toThrow('stopping');
    dns.program(host, { addresses: ['10.0.1.10'] });
    expect(await look()).toBe('private 10.0.1.10');
  });
});

describe('the options of resolv.conf', () => {
  it('with rotate, is private only if it is at every nameserver', async () => {
    const [first, second] = [await stage.startDns(), await stage.startDns()];
    first.program(host, { addresses: ['10.0.1.10'] });
    second.program(host, { addresses: ['52.46.1.1'] });
    const lines = [`nameserver ${first.address}`, `nameserver ${second.address}`];
    stage.writeResolvConf(...lines);
    expect(await hostView().look()).toBe('private 10.0.1.10');
    stage.writeResolvConf(...lines, 'options rotate');
    expect(await hostView().look()).toBe('mixed 10.0.1.10 52.46.1.1 dns-mixed-answers');
    second.program(host, { addresses: ['10.0.1.11'] });
    expect(await hostView().look()).toBe('private 10.0.1.10 10.0.1.11');
    second.program(host, { outcome: 'nxdomain' });
    expect(await hostView().look()).toBe('mixed 10.0.1.10 dns-mixed-answers');
    second.program(host, { outcome: 'servfail' });
    expect(await hostView().look()).toBe('private 10.0.1.10');
  });

  it('finds what a search domain answers first, with ndots above the dots of the name', async () => {
    const dns = await stage.startDns();
    dns.program(host, { addresses: ['10.0.1.10'] });
    dns.program(`${host}.corp.example`, { addresses: ['52.46.1.1'] });
    stage.writeResolvConf(`nameserver ${dns.address}`, 'search corp.example', 'options ndots:5');
    expect(await hostView().look()).toBe('public 52.46.1.1 dns-search-domain');
    dns.program(`${host}.corp.example`, { addresses: ['10.0.9.9'] });
    expect(await hostView().look()).toBe('private 10.0.9.9');
    stage.writeResolvConf(`nameserver ${dns.address}`, 'search corp.example');
    expect(await hostView().look()).toBe('private 10.0.1.10');
  });
});

describe('one nameserver asked directly', () => {
  it('gives its own answer', async () => {
    const dns = await stage.startDns();
    dns.program(host, { addresses: ['10.0.1.10'] });
    stage.writeHosts(`10.9.9.9 ${host}`);
    expect(await answerOf(dns.address, { port: dnsPort, timeoutMs: 600 })).toBe('private 10.0.1.10');
  });

  it('over IPv6', async () => {
    expect(await answerOf('::1', { port: 9, timeoutMs: 300 })).toContain('failed');
  });
});
