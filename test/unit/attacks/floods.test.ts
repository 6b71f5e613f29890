import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { watchContainerEvents } from '../../../src/agent/container-events.ts';
import { createImdsClient } from '../../../src/instance/imds-client.ts';
import { createInstanceReader } from '../../../src/instance/instance-reader.ts';
import { createAllowance } from '../../../src/kit/allowance.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import type { Observation } from '../../../src/observe/observation.ts';
import { paces } from '../../../src/observe/pace.ts';
import { changesBetween } from '../../../src/report/changes.ts';
import { createLog } from '../../../src/report/logger.ts';
import { createTold } from '../../../src/report/told.ts';
import { names, openStage } from '../endpoints/stage.ts';
import { describeInstance, startFakeImds } from '../instance/fake-imds.ts';
import { observe } from '../reconcile/observations.ts';
import { lookAtEndpoints } from './endpoints-look.ts';

const signal = new AbortController().signal;

/** The same number of addresses, others each time. */
function rotating(turn: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `10.${turn % 256}.${index >> 8}.${index & 255}`);
}

describe('DNS', () => {
  it('answers 1,400 addresses, others each time: no address of a name is taken', async () => {
    const stage = openStage();
    onTestFinished(() => stage.close());
    const dns = await stage.startDns();
    stage.writeResolvConf(`nameserver ${dns.address}`);
    dns.program('*', { cycle: [rotating(1, 1_400), rotating(2, 1_400)], types: ['A'], outcome: 'truncated' });
    const { endpoints } = await lookAtEndpoints(stage, 20_000);
    for (const endpoint of endpoints) {
      expect(endpoint).toMatchObject({ class: 'failed', problem: { code: 'dns-bad-answer' }, addresses: [] });
      expect(endpoint.problem?.message).toContain('answered 1400 addresses, more than the 128');
    }
  });

  it.each([
    ['16 million times', 'options attempts:16777215 timeout:1'],
    ['with 5,000 search domains', `options ndots:9\nsearch ${'x '.repeat(5_000)}`],
  ])('is refused, by a resolv.conf that wants it asked %s: it is asked a few times', async (_, line) => {
    const stage = openStage();
    onTestFinished(() => stage.close());
    const dns = await stage.startDns();
    stage.writeResolvConf(`nameserver ${dns.address}`, line);
    dns.program('*', { outcome: 'refused' });
    await lookAtEndpoints(stage, 2_000);
    const asked = names
      .flatMap(({ host }) => [host, `${host}.x`])
      .map((name) => dns.queries(name))
      .reduce((sum, count) => sum + count);
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(2_000);
  });

  it('rotates as many as are taken: the log has a budget, and says what it left out', () => {
    let nowMs = 0;
    const lines: string[] = [];
    const log = createLog(
      { level: 'info', format: 'json', priorityPrefix: false, version: '1' },
      (line) => lines.push(line) > 0,
      () => nowMs,
    );
    const told = createTold();
    let before: Observation | undefined;
    /** A day of looks five seconds apart. */
    for (let look = 0; look < 17_280; look += 1) {
      nowMs += 5_000;
      const seen = observe({ classes: ['mixed', 'mixed', 'mixed'] });
      const { endpoints } = seen;
      if (endpoints === undefined) throw new Error('no endpoints');
      const problem = { code: 'endpoint-tcp-refused', message: 'refused', advice: 'Look.' } as const;
      const after: Observation = {
        ...seen,
        endpoints: {
          ...endpoints,
          endpoints: endpoints.endpoints.map((endpoint) => ({
            ...endpoint,
            addresses: rotating(look, 4).map((address) => ({
              address,
              family: 4 as const,
              private: true,
              rule: '',
            })),
            probes: rotating(look, 4).map((address) => ({
              address,
              ok: false,
              durationMs: 1,
              issuer: undefined,
              problem,
            })),
          })),
        },
      };
      for (const { code, fields } of changesBetween(before, after, told)) log(code, fields);
      before = after;
    }
    // Three kinds of three endpoints, and what the first look says.
    expect(lines.length).toBeLessThan(9 * (1_440 + 50) + 10);
    expect(lines.length).toBeGreaterThan(9 * 1_440);
    expect(lines.at(-1)).toMatch(/"suppressed":\d+/);
  });
});

it('what somebody causes again and again hides neither another problem of that endpoint nor another phase', () => {
  const lines: string[] = [];
  const log = createLog(
    { level: 'info', format: 'json', priorityPrefix: false, version: '1' },
    (line) => lines.push(line) > 0,
    () => 0,
  );
  for (let look = 0; look < 1_000; look += 1) {
    log('problem', { problem: 'endpoint-tcp-refused', where: `ecs 10.0.0.${look % 256}` });
    log('phase-changed', { phase: look % 2 === 0 ? 'waiting' : 'settling' });
  }
  expect(lines.length).toBe(3 * 50);
  log('problem', { problem: 'endpoint-tls-untrusted', where: 'ecs 10.0.0.1' });
  log('phase-changed', { phase: 'restarting' });
  expect(lines.slice(150).map((line) => JSON.parse(line).problem ?? JSON.parse(line).phase)).toEqual([
    'endpoint-tls-untrusted',
    'restarting',
  ]);
});

describe('what others can cause', () => {
  it('is allowed so often at once, and then so often in a time, of each kind apart', () => {
    let nowMs = 0;
    const allowance = createAllowance({ atOnce: 2, thenEveryMs: 1_000 }, () => nowMs);
    expect([1, 2, 3, 4].map(() => allowance('a'))).toEqual([0, 0, undefined, undefined]);
    expect(allowance('b')).toBe(0);
    nowMs = 999;
    expect(allowance('a')).toBeUndefined();
    nowMs = 1_000;
    expect([1, 2].map(() => allowance('a'))).toEqual([3, undefined]);
    nowMs = 2_500;
    expect([1, 2].map(() => allowance('a'))).toEqual([1, undefined]);
    nowMs = 3_000;
    expect([1, 2].map(() => allowance('a'))).toEqual([1, undefined]);
    nowMs = 1_000_000;
    expect([1, 2, 3].map(() => allowance('a'))).toEqual([1, 0, undefined]);
  });
});

describe('IMDS', () => {
  async function hostile(interfaces: number, delayMs: number, budgetMs: number) {
    const imds = await startFakeImds();
    onTestFinished(() => imds.close());
    describeInstance(imds);
    const macs = Array.from(
      { length: interfaces },
      (_, index) => `02:00:00:00:00:${index.toString(16).padStart(2, '0')}/`,
    );
    imds.items.set('meta-data/network/interfaces/macs/', macs.join('\n'));
    let asked = 0;
    imds.fault = (request) => {
      if (request.includes('cidr')) {
        asked += 1;
        // Blocks the server too: it answers one after the other.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
      }
      return undefined;
    };
    const clock = systemClock('/proc');
    const client = createImdsClient(
      { disabled: false, endpoint: imds.endpoint, mode: 'ipv4', v1Fallback: false, timeoutMs: 20_000 },
      { clock, random: () => 0 },
    );
    const reader = createInstanceReader({
      imds: client,
      overrides: {},
      clock,
      random: () => 0,
      budgetMs,
    });
    return { seen: await reader.look(paces.close, signal), asked: () => asked };
  }

  it('has 250 interfaces: none of them is asked about', async () => {
    const { seen, asked } = await hostile(250, 0, 60_000);
    expect(seen.problem?.code).toBe('imds-bad-answer');
    expect(asked()).toBe(0);
  });

  it('is slow about each of 100: the look goes on with what it has learned', async () => {
    const { seen, asked } = await hostile(100, 20, 1_000);
    expect(seen.problem?.code).toBe('imds-slow');
    expect(seen.facts?.region).toBeDefined();
    const askedThen = asked();
    expect(askedThen).toBeLessThan(100);
    await delay(200);
    expect(asked() - askedThen).toBeLessThan(3);
  });
});

describe('the Engine', () => {
  it.each([
    ['events', `${JSON.stringify({ Action: 'start' })}\n`],
    ['events of another kind', `${JSON.stringify({ Action: 'exec_start: sh' })}\n`],
    ['empty lines', '\n'],
  ])('sends %s without end: they are not read, and cause few looks', async (_, line) => {
    let read = 0;
    let streams = 0;
    const events: string[] = [];
    const problems: (string | undefined)[] = [];
    const delays: number[] = [];
    const own = new AbortController();
    const chunk = Buffer.from(line.repeat(1_000));
    const done = watchContainerEvents(
      {
        engine: {
          events: () => {
            streams += 1;
            return Promise.resolve(
              new Readable({
                read() {
                  read += 1;
                  this.push(chunk);
                },
              }),
            );
          },
        },
        name: 'ecs-agent',
        clock: {
          now: () => ({ wallMs: 0, monoMs: 0 }),
          sleep: async (ms, aborted) => {
            // How old a stream grows, apart from the pauses between them.
            if (aborted !== own.signal) await delay(600_000, undefined, { signal: aborted });
            delays.push(ms);
            if (delays.length === 6) own.abort();
          },
        },
        random: () => 1 - Number.EPSILON,
        onEvent: (event) => events.push(event),
        onProblem: (problem) => problems.push(problem?.code),
      },
      own.signal,
    );
    await done;
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
    expect(streams).toBe(6);
    expect(events.length).toBeLessThanOrEqual(6 * 21);
    expect(read).toBeLessThan(6 * 10);
    expect(problems).toEqual(['engine-error']);
  });
});
