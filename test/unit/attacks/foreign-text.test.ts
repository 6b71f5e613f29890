import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { agentSettings } from '../../../src/agent/agent-container.ts';
import { createEngineClient } from '../../../src/agent/engine-client.ts';
import { readMetadata } from '../../../src/agent/introspection.ts';
import { harmless, standardOutput } from '../../../src/cli/output.ts';
import { colourStyle, resultLines } from '../../../src/doctor/text/report.ts';
import { probeEndpoint } from '../../../src/endpoints/probe.ts';
import { trustSource } from '../../../src/endpoints/trust-source.ts';
import { createTrustStore } from '../../../src/endpoints/trust-store.ts';
import { createImdsClient } from '../../../src/instance/imds-client.ts';
import { imdsItems, readItem } from '../../../src/instance/imds-items.ts';
import { ProblemError } from '../../../src/kit/problem.ts';
import { runProgram } from '../../../src/kit/run-program.ts';
import { createLog } from '../../../src/report/logger.ts';
import { createNotifier } from '../../../src/report/systemd-notify.ts';
import { createCertificateAuthority } from '../../lab/stand-ins/certificate-authority.ts';
import { environmentsOf, inspectAnswer, startEngine } from '../agent/engine-fake.ts';
import { openStage } from '../endpoints/stage.ts';
import { createFakeClock } from '../instance/fake-clock.ts';
import { startFakeImds } from '../instance/fake-imds.ts';
import { lookAtEndpoints } from './endpoints-look.ts';

/** Sets a window's title, clears the screen (as C0 and as C1), ends a C string, turns the direction, separates lines. */
const orders = '\u001b]0;owned\u0007\u001b[2J\u009b2J\u0000\u007f\u202eexe.\u2066\u2028\u2029\u200b';
const hostile = orders + 'A'.repeat(18_000);

/** No more than a screen's worth, and nothing in it that a terminal obeys or that cannot be seen. */
function expectHarmless(text: string | undefined): void {
  expect(text).toBeDefined();
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  expect(text?.length).toBeLessThanOrEqual(1_000);
}

const signal = new AbortController().signal;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('a foreign text is printable and short where it enters', () => {
  it('from the issuer and the names of a certificate', async () => {
    // What Node.js shows of a name, and the generator puts into one.
    const issuer = hostile
      .replaceAll(/[\p{Zl}\p{Zp}]/gu, '')
      .replaceAll('\u0000', '')
      .slice(0, 15_000);
    const authority = await createCertificateAuthority(issuer);
    const server = createTlsServer(await authority.issue({ names: ['other.example'] }));
    closers.push(() => server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const result = await probeEndpoint(
      { service: 'ecs', host: 'ecs.us-east-1.amazonaws.com', serviceName: 'com.amazonaws.us-east-1.ecs' },
      '127.0.0.1',
      {
        port,
        timeoutMs: 20_000,
        trustStore: createTrustStore(() => trustSource({})),
        monotonicMs: () => performance.now(),
      },
      signal,
    );
    expect(result.issuer).toContain('owned');
    expectHarmless(result.issuer);
    expectHarmless(result.problem?.message);
  });

  it('from introspection', async () => {
    const server = createServer((_, response) =>
      response.end(JSON.stringify({ Cluster: hostile, ContainerInstanceArn: hostile, Version: hostile })),
    );
    closers.push(() => server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const told = await readMetadata({ host: '127.0.0.1', port }, signal);
    if (told.state !== 'registered') throw new Error(told.state);
    expectHarmless(told.cluster);
    expectHarmless(told.containerInstanceArn);
  });

  it('from a search domain of resolv.conf', async () => {
    const stage = openStage();
    closers.push(stage.close);
    const dns = await stage.startDns();
    stage.writeResolvConf(`nameserver ${dns.address}`, 'search x\u001b[2J', 'options ndots:9');
    dns.program('*', { addresses: ['10.0.0.1'] });
    const { endpoints } = await lookAtEndpoints(stage, 5_000);
    for (const { rule } of endpoints) {
      expect(rule).toContain('[2J');
      expectHarmless(rule);
    }
  });

  it('from the environment of the agent', () => {
    const names = ['ECS_BACKEND_HOST', 'AWS_DEFAULT_REGION', 'HTTPS_PROXY', 'NO_PROXY'];
    const answer = inspectAnswer({ env: names.map((name) => `${name}=${hostile}`) });
    const { api, region, proxy, noProxy } = agentSettings(environmentsOf(answer), undefined, ['ecs.example']);
    for (const shown of [api.endpoint?.text, region?.text, proxy, noProxy]) expectHarmless(shown);
  });

  it.each([500, 200])('from an Engine that answers %i', async (status) => {
    const engine = await startEngine((_, response) =>
      response.writeHead(status).end(JSON.stringify({ message: hostile, Id: hostile, [hostile]: hostile })),
    );
    closers.push(engine.close);
    const client = createEngineClient({ socketPath: engine.socketPath, answerTimeoutMs: 20_000 });
    const thrown: unknown = await client.inspect('ecs-agent', signal).catch((error: unknown) => error);
    if (!(thrown instanceof ProblemError)) throw thrown;
    expectHarmless(thrown.problem.message);
  });

  it('from IMDS', async () => {
    const imds = await startFakeImds();
    closers.push(() => imds.close());
    imds.fault = (request) => (request.startsWith('GET') ? { status: 200, body: hostile } : undefined);
    const clock = createFakeClock();
    const client = createImdsClient(
      { disabled: false, endpoint: imds.endpoint, mode: 'ipv4', v1Fallback: false, timeoutMs: 20_000 },
      { clock, random: () => 0 },
    );
    const reading = await readItem(client, imdsItems.region, signal);
    if (reading.ok) throw new Error('it was believed');
    expectHarmless(reading.problem.message);
  });
});

describe('and again where it leaves', () => {
  it('to a terminal, of which only the report’s own colours are obeyed', () => {
    let written = '';
    const output = standardOutput((_, text) => {
      written += text;
    });
    output.out(`${colourStyle.bold(orders)}\n`);
    output.err(`\u001b[8m${orders}\n`);
    expect(written.replaceAll('\u001b[1m', '').replaceAll('\u001b[0m', '')).not.toMatch(
      /[^\P{C}\n]|\p{Zl}|\p{Zp}/u,
    );
    const [line = ''] = resultLines(
      { name: 'imds', status: 'skip', code: 'imds-ok', seen: 'nothing' } as never,
      colourStyle,
      80,
    );
    output.out(line);
    expect(written.endsWith(line)).toBe(true);
  });

  it('to a terminal, whose line nothing within it erases', () => {
    const erase = '\r\u001b[K';
    expect(harmless(`${erase}12 hosts`)).toBe(`${erase}12 hosts`);
    expect(harmless(`NO: host ${erase}YES${erase}`)).toBe('NO: host \\u000d\\u001b[KYES\\u000d\\u001b[K');
    expect(harmless(`\n${erase}YES`)).toBe('\n\\u000d\\u001b[KYES');
  });

  it('to a terminal as JSON, which stays the same JSON', () => {
    let written = '';
    const value = { detail: `${orders}\ttab\nline \u{e0041}` };
    standardOutput((_, text) => {
      written += text;
    }).out(`${JSON.stringify(value, undefined, 2)}\n`);
    expect(written).not.toMatch(/[^\P{C}\n]|\p{Zl}|\p{Zp}/u);
    expect(JSON.parse(written)).toEqual(value);
  });

  it.each(['text', 'json'] as const)('to the log as %s', (format) => {
    const lines: string[] = [];
    const log = createLog(
      { level: 'info', format, priorityPrefix: false, version: '1' },
      (line) => lines.push(line) > 0,
    );
    log('problem', { detail: orders, [orders]: orders });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  });

  it('to systemd, as a status of one line', async () => {
    const statuses: string[] = [];
    const notifier = createNotifier({
      env: { NOTIFY_SOCKET: '/run/systemd/notify' },
      pid: 1,
      run: ([status = '']) => {
        statuses.push(status);
        return Promise.resolve();
      },
      monotonicMs: () => 0,
      onProblem: () => {},
    });
    closers.push(() => notifier.close());
    notifier.ready(hostile);
    await expect.poll(() => statuses.length).toBe(1);
    notifier.looked({ phase: 'blocked', detail: hostile, nextInMs: 1 });
    await expect.poll(() => statuses.length).toBe(2);
    for (const status of statuses) expectHarmless(status.slice('--status='.length));
  });

  it('to systemd: a status that cannot be sent does not cost the ping', async () => {
    const sent: string[][] = [];
    const problems: string[] = [];
    const notifier = createNotifier({
      env: { NOTIFY_SOCKET: '/run/systemd/notify' },
      pid: 1,
      // What Node.js and systemd-notify say of a NUL, or of whatever else they may not take.
      run: async (args) => {
        if (args.some((arg) => arg.startsWith('--status'))) {
          await runProgram('true', ['a\u0000b'], signal);
        }
        sent.push([...args]);
      },
      monotonicMs: () => 0,
      onProblem: ({ message }) => problems.push(message),
    });
    closers.push(() => notifier.close());
    notifier.ready(orders);
    await expect.poll(() => sent).toEqual([['WATCHDOG=1', '--ready']]);
    notifier.looked({ phase: 'blocked', detail: hostile, nextInMs: 1 });
    await expect.poll(() => sent).toEqual([['WATCHDOG=1', '--ready'], ['WATCHDOG=1']]);
    expect(problems).toHaveLength(1);
  });
});
