import { setMaxListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordType } from '../../../src/endpoints/dns-answer.ts';
import { createNameserver } from '../../../src/endpoints/nameserver.ts';
import type { ProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';
import { dnsPort, openStage, type Stage } from './stage.ts';

const host = 'ecs-a.us-east-1.amazonaws.com';
const looks = 5;

let stage: Stage;
let dns: ProgrammableDns;
beforeEach(async () => {
  stage = openStage();
  dns = await stage.startDns();
});
afterEach(async () => await stage.close());

function nameserver(timeoutMs = 2_000) {
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);
  const { ask } = createNameserver({ address: dns.address, port: dnsPort, timeoutMs });
  return {
    ask: (name: string, type: RecordType) => ask(name, type, ending.signal),
    cancel: () => ending.abort(),
  };
}

describe('every question reaches the server', () => {
  it.each([
    ['an address', { addresses: ['10.0.1.10', 'fd00::10'], ttl: 60 }],
    ['an address of one type, none of the other', { addresses: ['10.0.1.10'], ttl: 60 }],
    ['an alias', { addresses: ['10.0.1.10'], cnames: ['a.example'], ttl: 60 }],
  ] as const)('when the answer is %s', async (_, behaviour) => {
    dns.program(host, behaviour);
    const { ask } = nameserver();
    for (let look = 0; look < looks; look++) await Promise.all([ask(host, 'A'), ask(host, 'AAAA')]);
    expect([dns.queries(host, 'A'), dns.queries(host, 'AAAA')]).toEqual([looks, looks]);
  });

  it('while another is still under way', async () => {
    const slow = 'ecs.us-east-1.amazonaws.com';
    dns.program(host, { addresses: ['10.0.1.10'], ttl: 60 });
    dns.program(slow, { addresses: ['10.0.1.11'], delayMs: 500 });
    const { ask } = nameserver();
    const underWay = ask(slow, 'A');
    for (let look = 0; look < looks; look++) await ask(host, 'A');
    expect(dns.queries(host, 'A')).toBe(looks);
    expect(await underWay).toMatchObject({ status: 'answered' });
  });

  it('after a look that was ended', async () => {
    for (let look = 0; look < looks; look++) {
      const { ask, cancel } = nameserver();
      dns.program(host, { addresses: ['10.0.1.10'], ttl: 60 });
      const answered = ask(host, 'A');
      dns.program('*', { outcome: 'silence' });
      const silent = ask('ecs.us-east-1.amazonaws.com', 'A');
      expect(await answered).toMatchObject({ status: 'answered' });
      cancel();
      expect(await silent).toMatchObject({ status: 'failed', failure: { reason: 'cancelled' } });
    }
    expect(dns.queries(host, 'A')).toBe(looks);
  });
});

it('leaves no socket open', async () => {
  dns.program(host, { addresses: ['10.0.1.10'] });
  const { ask } = nameserver();
  const before = readdirSync('/proc/self/fd').length;
  for (let look = 0; look < 50; look++) await Promise.all([ask(host, 'A'), ask(host, 'AAAA')]);
  await expect.poll(() => readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
});

it('ends every question at once', async () => {
  const silent = 'ecs.us-east-1.amazonaws.com';
  dns.program(host, { addresses: ['10.0.1.10'] });
  dns.program(silent, { outcome: 'silence' });
  const { ask, cancel } = nameserver(60_000);
  const first = ask(silent, 'A');
  await ask(host, 'A');
  const second = ask(silent, 'AAAA');
  cancel();
  for (const answer of await Promise.all([first, second])) {
    expect(answer).toMatchObject({ status: 'failed', failure: { reason: 'cancelled' } });
  }
});
