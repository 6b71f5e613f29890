import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createServer, type Server } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEndpointsReader } from '../../../src/endpoints/endpoints-reader.ts';
import type { NextAgent } from '../../../src/endpoints/next-agent.ts';
import { type Pace, type PaceName, paces } from '../../../src/observe/pace.ts';
import {
  createCertificateAuthority,
  type LeafCertificate,
} from '../../lab/stand-ins/certificate-authority.ts';
import type { ProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';
import { dnsPort, names, openStage, type Stage, signal } from './stage.ts';

const hosts = ['ecs-a', 'ecs-t', 'ecs'].map((label) => `${label}.us-east-1.amazonaws.com`);
const [agentHost = '', telemetryHost = '', apiHost = ''] = hosts;
const endpointPort = 10_443;

let certificate: LeafCertificate;
let caPem: (path: string) => Promise<void>;
beforeAll(async () => {
  const authority = await createCertificateAuthority('test CA');
  certificate = await authority.issue({ names: ['*.us-east-1.amazonaws.com'] });
  caPem = authority.writeTo;
});

let stage: Stage;
let dns: ProgrammableDns;
let nowMs: number;
beforeEach(async () => {
  stage = openStage();
  nowMs = 1_000_000;
  dns = await stage.startDns();
  stage.writeResolvConf(`nameserver ${dns.address}`);
  await caPem(join(stage.directory, 'ca.pem'));
});
afterEach(async () => await stage.close());

/** An endpoint's network interface; counts its connections. */
async function startEndpoint(address = stage.nextAddress()) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer(certificate);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    connections++;
    socket.on('error', () => {});
  });
  server.listen(endpointPort, address);
  await once(server, 'listening');
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  stage.onClose(close);
  const onConnection = (act: () => void) => void server.on('connection', act);
  return { address, close, connections: () => connections, onConnection };
}

function reader(
  { agent, ...extra }: { dnsTimeoutMs?: number; caFile?: undefined; agent?: NextAgent } = {},
  until: AbortSignal = signal,
) {
  const { look } = createEndpointsReader({
    resolver: { resolvConfPath: stage.resolvConfPath, hostsPath: stage.hostsPath },
    privateCidrs: [],
    caFile: join(stage.directory, 'ca.pem'),
    dnsTimeoutMs: 1_000,
    connectTimeoutMs: 3_000,
    monotonicMs: () => nowMs,
    dnsPort,
    endpointPort,
    ...extra,
  });
  return async (pace: PaceName | Pace, vpcCidrs = ['127.0.0.0/8']) => {
    const asked: Pace = typeof pace === 'string' ? paces[pace] : pace;
    return await look({ names, agent, vpcCidrs, ...asked }, until);
  };
}

/** Has it find the authority that vouches for the endpoints, for which it connects twice. */
async function acquaint(look: ReturnType<typeof reader>): Promise<void> {
  const known = await startEndpoint();
  dns.program('*', { addresses: [known.address] });
  await look('close');
}

/** An agent whose container trusts the endpoints' authority, and a look for it; `end` ends it. */
async function startAgent() {
  const root = join(stage.directory, 'root');
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
  await caPem(join(root, 'etc/ssl/certs/ca-certificates.crt'));
  const dnsSettings = { nameservers: [], options: [], search: [], extraHosts: [], networkMode: 'host' };
  const look = reader({ caFile: undefined, agent: { dns: dnsSettings, trust: {}, root } });
  return { look: () => look('close'), end: () => rmSync(root, { recursive: true, force: true }) };
}

describe('an agent', () => {
  it('is whose trust they are judged by', async () => {
    const endpoint = await startEndpoint();
    dns.program('*', { addresses: [endpoint.address] });
    const { endpoints, judgedBy } = await (await startAgent()).look();
    expect(endpoints.map(({ reachable }) => reachable)).toEqual([true, true, true]);
    expect(judgedBy.trust).toMatchObject({ of: 'agent' });
  });

  it.each(['before the look', 'while it looks names up', 'with the first connection', 'with the last'])(
    'that ends %s is one whose trust cannot be seen, not one that trusts nobody',
    async (moment) => {
      const endpoint = await startEndpoint();
      const agent = await startAgent();
      let connections = 0;
      const last = { 'with the first connection': 1, 'with the last': 6 }[moment];
      endpoint.onConnection(() => {
        connections += 1;
        if (connections === last) agent.end();
      });
      dns.program('*', { addresses: [endpoint.address] });
      if (moment === 'before the look') agent.end();
      const looking = agent.look();
      if (moment === 'while it looks names up') agent.end();
      const { endpoints, judgedBy, ages } = await looking;
      expect(judgedBy.trust).toMatchObject({ of: 'host' });
      expect(ages.probes).toBe(0);
      const [problem] = endpoints.flatMap(({ probes }) => probes.map((probe) => probe.problem));
      expect(problem?.code).toBe('endpoint-tls-untrusted');
      expect(problem?.message).toContain("of this host (the agent's own cannot be seen) does not trust");
    },
  );
});

describe('a look at the endpoints', () => {
  it('tells class, addresses and reachability of each, in order', async () => {
    const works = await startEndpoint();
    const closed = stage.nextAddress();
    dns.program(agentHost, { addresses: [works.address] });
    dns.program(telemetryHost, { addresses: [closed] });
    dns.program(apiHost, { addresses: ['52.46.1.1'] });
    const { endpoints } = await reader()('close');
    expect(
      endpoints.map(({ service, host, class: seen, reachable }) => [service, host, seen, reachable]),
    ).toEqual([
      ['ecs-agent', agentHost, 'private', true],
      ['ecs-telemetry', telemetryHost, 'private', false],
      ['ecs', apiHost, 'public', undefined],
    ]);
    expect(endpoints[1]?.probes).toMatchObject([
      { address: closed, ok: false, problem: { code: 'endpoint-tcp-refused' } },
    ]);
    expect(endpoints[2]?.probes).toEqual([]);
  });

  it('is reachable when one of two addresses is', async () => {
    const works = await startEndpoint();
    const closed = stage.nextAddress();
    dns.program('*', { addresses: [closed, works.address] });
    const [endpoint] = (await reader()('close')).endpoints;
    expect(endpoint?.reachable).toBe(true);
    expect(endpoint?.probes.map(({ address, ok }) => [address, ok])).toEqual([
      [works.address, true],
      [closed, false],
    ]);
  });

  it('does not connect when the pace does not ask for it, and shows what is known', async () => {
    const endpoint = await startEndpoint();
    const look = reader();
    await acquaint(look);
    dns.program('*', { addresses: [endpoint.address] });
    expect((await look('settled')).endpoints.map(({ class: seen, reachable }) => [seen, reachable])).toEqual(
      Array(3).fill(['private', undefined]),
    );
    expect(endpoint.connections()).toBe(0);
    await look('close');
    nowMs += 3_600_000;
    expect((await look('settled')).endpoints.map(({ reachable }) => reachable)).toEqual([true, true, true]);
    expect(endpoint.connections()).toBe(3);
  });

  it('lets a result stand for as long as it may, whatever it was', async () => {
    const pace: Pace = { ...paces.close, maxAgeMs: { answers: 0, probes: 10_000 } };
    const works = await startEndpoint();
    const look = reader();
    await acquaint(look);
    const closed = stage.nextAddress();
    dns.program('*', { addresses: [works.address] });
    dns.program(apiHost, { addresses: [closed] });
    const reachable = async () => (await look(pace)).endpoints.map((endpoint) => endpoint.reachable);
    expect(await reachable()).toEqual([true, true, false]);
    await startEndpoint(closed);
    nowMs += 9_999;
    expect(await reachable()).toEqual([true, true, false]);
    expect(works.connections()).toBe(2);
    nowMs += 1;
    expect(await reachable()).toEqual([true, true, true]);
    expect(works.connections()).toBe(4);
  });

  it('gives the answers of before for as long as they may stand, unless other names are asked for', async () => {
    dns.program('*', { addresses: ['127.1.2.3'] });
    const look = reader();
    expect((await look('hasty')).ages).toEqual({ answers: 0, probes: undefined });
    dns.program('*', { addresses: ['52.46.1.1'] });
    nowMs += 4_999;
    const stood = await look('hasty');
    expect(stood.endpoints.map((endpoint) => endpoint.class)).toEqual(['private', 'private', 'private']);
    expect(stood.ages.answers).toBe(4_999);
    nowMs += 1;
    const asked = await look('hasty');
    expect(asked.endpoints.map((endpoint) => endpoint.class)).toEqual(['public', 'public', 'public']);
    expect(asked.ages.answers).toBe(0);
  });

  it('connects to an address that is new at once, and leaves reachability open when the pace does not ask for it', async () => {
    const closed = stage.nextAddress();
    dns.program('*', { addresses: [closed] });
    const look = reader();
    await look('close');
    const added = await startEndpoint();
    dns.program('*', { addresses: [closed, added.address] });
    expect((await look('settled')).endpoints[0]?.reachable).toBeUndefined();
    expect((await look('close')).endpoints[0]?.reachable).toBe(true);
  });

  it('connects to at most 16 addresses of a name', async () => {
    const endpoints = await Promise.all(Array.from({ length: 20 }, () => startEndpoint()));
    const look = reader();
    await acquaint(look);
    dns.program('*', { outcome: 'nxdomain' });
    dns.program(agentHost, { addresses: endpoints.map(({ address }) => address) });
    const [endpoint] = (await look('close')).endpoints;
    expect(endpoint?.addresses).toHaveLength(20);
    expect(endpoint?.probes).toHaveLength(16);
    expect(endpoints.map(({ connections }) => connections()).reduce((sum, count) => sum + count)).toBe(16);
  });

  it('connects to 8 addresses at a time', async () => {
    const held = Array.from({ length: 12 }, () => stage.nextAddress());
    const sockets: Socket[] = [];
    for (const address of held) {
      const server = createTcpServer((socket) => sockets.push(socket.on('error', () => {})));
      server.listen(endpointPort, address);
      await once(server, 'listening');
      stage.onClose(async () => {
        const closed = once(server, 'close');
        server.close();
        for (const socket of sockets) socket.destroy();
        await closed;
      });
    }
    dns.program('*', { outcome: 'nxdomain' });
    dns.program(agentHost, { addresses: held });
    const controller = new AbortController();
    const look = reader({}, controller.signal)('close');
    const aborted = expect(look).rejects.toThrow('stopping');
    await expect.poll(() => sockets.length).toBe(8);
    await delay(150);
    expect(sockets.length).toBe(8);
    controller.abort(new Error('stopping'));
    await aborted;
  });

  it("follows the VPC's CIDRs", async () => {
    dns.program('*', { addresses: ['203.0.113.10'] });
    const look = reader();
    const classes = async (cidrs: string[]) =>
      (await look('settled', cidrs)).endpoints.map((endpoint) => endpoint.class);
    expect(await classes([])).toEqual(['public', 'public', 'public']);
    expect(await classes(['203.0.113.0/24'])).toEqual(['private', 'private', 'private']);
    expect(await classes(['10.0.0.0/16'])).toEqual(['public', 'public', 'public']);
  });

  it('goes on when nothing can be looked up', async () => {
    dns.program('*', { outcome: 'servfail' });
    const { endpoints } = await reader()('close');
    expect(endpoints.map(({ class: seen, problem }) => [seen, problem?.code])).toEqual(
      Array(3).fill(['failed', 'dns-servfail']),
    );
  });

  it('ends at once when aborted', async () => {
    dns.program('*', { outcome: 'silence' });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('stopping')), 20);
    await expect(reader({ dnsTimeoutMs: 60_000 }, controller.signal)('close')).rejects.toThrow('stopping');
  });
});

describe('a waiting look', () => {
  const isPublic = { addresses: ['52.46.1.1'] };
  const isPrivate = { addresses: ['127.1.2.3'] };

  /** Waiting looks, each with the classes that it gave and the questions that it asked. */
  function waiting() {
    const look = reader();
    const questions = hosts.flatMap((host) => (['A', 'AAAA'] as const).map((type) => ({ host, type })));
    return async (vpcCidrs?: string[]) => {
      const before = questions.map(({ host, type }) => dns.queries(host, type));
      const { endpoints } = await look('waiting', vpcCidrs);
      const asked = questions.flatMap(({ host, type }, index) =>
        Array<string>(dns.queries(host, type) - (before[index] ?? 0)).fill(`${host} ${type}`),
      );
      return { classes: endpoints.map((endpoint) => endpoint.class), asked };
    };
  }

  it('asks for one address of the last public name, and for everything every sixth time', async () => {
    dns.program('*', isPublic);
    const look = waiting();
    const counts: number[] = [];
    for (let looks = 0; looks < 13; looks += 1) counts.push((await look()).asked.length);
    expect(counts).toEqual([6, 1, 1, 1, 1, 1, 6, 1, 1, 1, 1, 1, 6]);
    expect((await look()).asked).toEqual([`${apiHost} A`]);
  });

  it('asks for an IPv6 address where that is the one that is not private', async () => {
    dns.program('*', { addresses: ['127.0.0.9', '2600:1f18::1'] });
    const look = waiting();
    await look();
    expect(await look()).toEqual({ classes: ['mixed', 'mixed', 'mixed'], asked: [`${apiHost} AAAA`] });
  });

  it('asks for everything in the very look in which the last public name turns private', async () => {
    dns.program('*', isPrivate);
    dns.program(apiHost, isPublic);
    const look = waiting();
    expect((await look()).classes).toEqual(['private', 'private', 'public']);
    expect((await look()).asked).toEqual([`${apiHost} A`]);
    dns.program(apiHost, isPrivate);
    const { classes, asked } = await look();
    expect(classes).toEqual(['private', 'private', 'private']);
    expect(asked).toHaveLength(7);
    // With none left that is public, everything is asked for each time.
    expect((await look()).asked).toHaveLength(6);
  });

  it('turns to another name when one is private and the others are not', async () => {
    dns.program('*', isPublic);
    const look = waiting();
    await look();
    dns.program(apiHost, isPrivate);
    expect((await look()).classes).toEqual(['public', 'public', 'private']);
    expect((await look()).asked).toEqual([`${telemetryHost} A`]);
  });

  it.each([
    ['fails', { outcome: 'servfail' }, 'failed'],
    ['tells of no address', { outcome: 'nxdomain' }, 'absent'],
  ] as const)('asks for everything when the one answer %s', async (_, behaviour, seen) => {
    dns.program('*', isPublic);
    const look = waiting();
    await look();
    dns.program(apiHost, behaviour);
    expect((await look()).classes).toEqual(['public', 'public', seen]);
  });

  it('judges by the ranges of now', async () => {
    dns.program('*', isPublic);
    const look = waiting();
    await look();
    expect((await look(['52.46.0.0/16'])).classes).toEqual(['private', 'private', 'private']);
  });

  it('asks for everything when the hosts file comes to decide', async () => {
    dns.program('*', isPublic);
    const look = waiting();
    await look();
    stage.writeHosts(`127.0.0.7 ${apiHost}`);
    expect((await look()).classes).toEqual(['public', 'public', 'private']);
  });
});
