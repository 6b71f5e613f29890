import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EndpointName } from '../../../src/endpoints/endpoint-names.ts';
import { probeEndpoint } from '../../../src/endpoints/probe.ts';
import { describeProbeFailure } from '../../../src/endpoints/probe-problem.ts';
import { trustSource } from '../../../src/endpoints/trust-source.ts';
import { createTrustStore } from '../../../src/endpoints/trust-store.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../lab/stand-ins/certificate-authority.ts';
import { monotonicMs, openStage, type Stage, signal } from './stage.ts';

const trustIn = (path: string) => createTrustStore(() => trustSource({ caFile: path }));

const host = 'ecs-a.us-east-1.amazonaws.com';
const serviceName = 'com.amazonaws.us-east-1.ecs-agent';
const name: EndpointName = { service: 'ecs-agent', host, serviceName };

let stage: Stage;
let authority: CertificateAuthority;
let caFile: string;
beforeAll(async () => {
  stage = openStage();
  authority = await createCertificateAuthority('test CA');
  caFile = join(stage.directory, 'ca.pem');
  await authority.writeTo(caFile);
});
afterAll(async () => await stage.close());

const servers: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
});

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  servers.push({ server, sockets });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

function probe(
  port: number,
  options: { ca?: string; timeoutMs?: number; address?: string; name?: EndpointName } = {},
) {
  const trustStore = trustIn(options.ca ?? caFile);
  return probeEndpoint(
    options.name ?? name,
    options.address ?? '127.0.0.1',
    { port, timeoutMs: options.timeoutMs ?? 5_000, trustStore, monotonicMs },
    signal,
  );
}

describe('a probe', () => {
  it('succeeds where TLS does, sends the name, and closes at once', async () => {
    const server = createTlsServer(await authority.issue({ names: [host] }));
    const seen = new Promise<{ servername: string | false | null; ended: Promise<unknown> }>((resolve) =>
      server.once('secureConnection', (socket) =>
        resolve({ servername: socket.servername ?? null, ended: once(socket.resume(), 'end') }),
      ),
    );
    const result = await probe(await listening(server));
    expect(result).toMatchObject({ address: '127.0.0.1', ok: true, issuer: 'test CA', problem: undefined });
    const { servername, ended } = await seen;
    expect(servername).toBe(host);
    await ended;
  });

  it('says when the certificate is for another name', async () => {
    const port = await listening(
      createTlsServer(await authority.issue({ names: ['ecs-t.us-east-1.amazonaws.com'] })),
    );
    const result = await probe(port);
    expect(result).toMatchObject({ ok: false, issuer: 'test CA', problem: { code: 'endpoint-tls-name' } });
    expect(result.problem?.message).toContain('DNS:ecs-t.us-east-1.amazonaws.com');
  });

  it('says when nothing but the common name is the right one, which the agent does not look at', async () => {
    const port = await listening(
      createTlsServer(await authority.issue({ names: [host], commonNameOnly: true })),
    );
    expect(await probe(port)).toMatchObject({
      ok: false,
      problem: { code: 'endpoint-tls-name', message: expect.stringContaining('(none)') },
    });
  });

  it('trusts an authority that another one has signed, as the agent does', async () => {
    const below = await authority.subordinate('subordinate CA');
    const ca = join(stage.directory, 'subordinate.pem');
    await below.writeTo(ca);
    const leaf = await below.issue({ names: [host] });
    const withChain = { ...leaf, cert: `${leaf.cert}\n${below.pem}` };
    for (const shown of [leaf, withChain]) {
      const port = await listening(createTlsServer(shown));
      expect(await probe(port, { ca })).toMatchObject({ ok: true });
    }
    // By the one above, where the server shows the one between.
    expect(await probe(await listening(createTlsServer(withChain)))).toMatchObject({ ok: true });
    expect(await probe(await listening(createTlsServer(leaf)))).toMatchObject({
      ok: false,
      problem: { code: 'endpoint-tls-untrusted' },
    });
  });

  it('says when it has expired', async () => {
    const port = await listening(createTlsServer(await authority.issue({ names: [host], expired: true })));
    expect(await probe(port)).toMatchObject({ ok: false, problem: { code: 'endpoint-tls-expired' } });
  });

  it('says when its authority is not trusted, and who that is', async () => {
    const other = await createCertificateAuthority('inspection proxy');
    const port = await listening(createTlsServer(await other.issue({ names: [host] })));
    const result = await probe(port);
    expect(result).toMatchObject({
      ok: false,
      issuer: 'inspection proxy',
      problem: { code: 'endpoint-tls-untrusted' },
    });
    expect(result.problem?.message).toContain(caFile);
  });

  it('says when something else than TLS answers', async () => {
    const port = await listening(createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect(await probe(port)).toMatchObject({ ok: false, problem: { code: 'endpoint-tls-failed' } });
  });

  it('says when the connection is closed during the handshake', async () => {
    const port = await listening(createTcpServer((socket) => socket.destroy()));
    const result = await probe(port, { timeoutMs: 15_000 });
    expect(result).toMatchObject({ ok: false, problem: { code: 'endpoint-tls-failed' } });
    expect(result.durationMs).toBeLessThan(10_000);
  });

  it('does not count what this host takes to load its trust store as a delay of the endpoint', async () => {
    const port = await listening(
      createTlsServer({
        ...(await authority.issue({ names: [host] })),
        SNICallback: (_, go) => setTimeout(go, 100, null),
      }),
    );
    const trustStore = trustIn(caFile);
    let spentMs = 0;
    const slow = {
      ...trustStore,
      trust: async () => {
        spentMs += 600_000;
        return await trustStore.trust();
      },
    };
    const clock = () => monotonicMs() + spentMs;
    const options = { port, timeoutMs: 60_000, trustStore: slow, monotonicMs: clock };
    expect(await probeEndpoint(name, '127.0.0.1', options, signal)).toMatchObject({ ok: true });
  });

  it('says when the handshake does not end', async () => {
    const server = createTcpServer();
    const left = once(server, 'connection').then(([socket]) => once(socket.resume(), 'close'));
    const port = await listening(server);
    const result = await probe(port, { timeoutMs: 200 });
    await left;
    expect(result).toMatchObject({ ok: false, problem: { code: 'endpoint-tls-failed' } });
    expect(result.problem?.message).toContain('0.2 s');
  });

  it('says when the port is closed, and names the security group', async () => {
    const server = createTcpServer();
    const port = await listening(server);
    servers.splice(0);
    server.close();
    const result = await probe(port);
    expect(result).toMatchObject({ ok: false, issuer: undefined, problem: { code: 'endpoint-tcp-refused' } });
    expect(result.problem?.advice).toContain('security group');
  });

  it('needs no trust store until TCP is through, and says when that cannot be read', async () => {
    const ca = join(stage.directory, 'missing.pem');
    expect(existsSync(ca)).toBe(false);
    const closed = createTcpServer();
    const closedPort = await listening(closed);
    servers.splice(0);
    closed.close();
    expect(await probe(closedPort, { ca })).toMatchObject({ problem: { code: 'endpoint-tcp-refused' } });
    const port = await listening(createTlsServer(await authority.issue({ names: [host] })));
    expect(await probe(port, { ca })).toMatchObject({
      ok: false,
      problem: { code: 'trust-store-unreadable' },
    });
    writeFileSync(join(stage.directory, 'empty.pem'), '');
    expect(await probe(port, { ca: join(stage.directory, 'empty.pem') })).toMatchObject({
      problem: { code: 'trust-store-unreadable' },
    });
  });

  it('checks a host that is an address against the certificate too', async () => {
    const port = await listening(createTlsServer(await authority.issue({ names: [host] })));
    expect(await probe(port, { name: { ...name, host: '127.0.0.1' } })).toMatchObject({
      problem: { code: 'endpoint-tls-name' },
    });
  });

  it('ends at once when aborted', async () => {
    const port = await listening(createTcpServer(() => {}));
    const controller = new AbortController();
    const options = { port, timeoutMs: 60_000, trustStore: trustIn(caFile), monotonicMs };
    setTimeout(() => controller.abort(new Error('stopping')), 50);
    await expect(probeEndpoint(name, '127.0.0.1', options, controller.signal)).rejects.toThrow('stopping');
    await expect(probeEndpoint(name, '127.0.0.1', options, controller.signal)).rejects.toThrow('stopping');
  });
});

describe('what an operator is told', () => {
  const target = { name, address: '10.0.1.10', port: 443 };

  it('about a time-out: security group, service, address and commands', () => {
    const problem = describeProbeFailure({ stage: 'tcp', code: 'TIMEOUT', timeoutMs: 3000 }, target);
    expect(problem.code).toBe('endpoint-tcp-timeout');
    expect(problem.message).toBe(
      `${host} (${serviceName}) at 10.0.1.10 does not answer on TCP 443 within 3 s`,
    );
    expect(problem.advice).toContain('security group');
    expect(problem.advice).toContain(
      `aws ec2 describe-vpc-endpoints --region us-east-1 --filters Name=service-name,Values=${serviceName}`,
    );
    expect(problem.advice).toContain('aws ec2 authorize-security-group-ingress --region us-east-1 ');
  });

  it('about an IPv6 address: the IPv6 form of the permission', () => {
    const failure = { stage: 'tcp', code: 'ETIMEDOUT', detail: 'connect ETIMEDOUT' } as const;
    expect(describeProbeFailure(failure, { ...target, address: 'fd00::1' }).advice).toContain('CidrIpv6');
  });

  it.each(['EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EADDRNOTAVAIL', ''])('about %s: no route', (code) => {
    expect(describeProbeFailure({ stage: 'tcp', code, detail: `connect ${code}` }, target).code).toBe(
      'endpoint-no-route',
    );
  });

  it.each([
    ['CERT_NOT_YET_VALID', 'endpoint-tls-expired'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'endpoint-tls-untrusted'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'endpoint-tls-untrusted'],
  ])('about %s', (code, expected) => {
    const failure = {
      stage: 'certificate',
      code,
      issuer: undefined,
      names: undefined,
      trust: { words: 't', of: 'host' },
    } as const;
    expect(describeProbeFailure(failure, target).code).toBe(expected);
  });
});

describe('the trust store', () => {
  /** A file of several authorities, and how often a server was connected to. */
  async function among(commonName: string) {
    const [needed, ...others] = await Promise.all(
      [commonName, 'another CA', 'a third CA'].map(createCertificateAuthority),
    );
    const path = join(stage.directory, `${others.length}-of-${commonName.length}.pem`);
    writeFileSync(
      path,
      ['# A comment', ...others, needed].map((one) => (typeof one === 'string' ? one : one?.pem)).join('\n'),
    );
    if (needed === undefined) throw new Error('no authority');
    const server = createTlsServer(await needed.issue({ names: [host] }));
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    const trustStore = trustIn(path);
    const port = await listening(server);
    const probed = async (asked = name) => {
      const before = connections;
      const { ok, problem } = await probeEndpoint(
        asked,
        '127.0.0.1',
        { port, timeoutMs: 5_000, trustStore, monotonicMs },
        signal,
      );
      return { ok, code: problem?.code, connections: connections - before };
    };
    return { path, trustStore, probed };
  }

  it('uses none of the authorities until one is needed, and then that one', async () => {
    const { trustStore, probed } = await among('Amazon Root CA 1');
    const empty = await trustStore.trust();
    expect(await probed()).toEqual({ ok: true, code: undefined, connections: 2 });
    const enough = await trustStore.trust();
    expect(enough.context).not.toBe(empty.context);
    expect(await probed()).toEqual({ ok: true, code: undefined, connections: 1 });
    expect((await trustStore.trust()).context).toBe(enough.context);
  });

  it('uses all of them where the name does not lead to the one', async () => {
    const { probed } = await among('Größe, Inc. "CA"');
    expect(await probed()).toEqual({ ok: true, code: undefined, connections: 2 });
    expect(await probed()).toEqual({ ok: true, code: undefined, connections: 1 });
  });

  it('is not widened for a certificate that is only for another name', async () => {
    const { probed } = await among('test CA of names');
    const other = { ...name, host: 'ecs-t.us-east-1.amazonaws.com' };
    expect(await probed(other)).toEqual({ ok: false, code: 'endpoint-tls-name', connections: 2 });
    expect(await probed(other)).toEqual({ ok: false, code: 'endpoint-tls-name', connections: 1 });
  });

  it('is asked side by side', async () => {
    const { probed } = await among('side by side CA');
    const all = await Promise.all([probed(), probed(), probed()]);
    expect(all.map(({ ok }) => ok)).toEqual([true, true, true]);
  });

  it('keeps one context until the file changes or it is let go', async () => {
    const path = join(stage.directory, 'changing.pem');
    writeFileSync(path, authority.pem);
    const store = trustIn(path);
    const first = await store.trust();
    expect((await store.trust()).context).toBe(first.context);
    const named = await store.wider(first, ['CN=test CA']);
    expect((await store.trust()).context).toBe(named?.context);
    expect((await store.wider(first, []))?.context).toBe(named?.context);
    store.release();
    const second = await store.trust();
    expect(second.context).not.toBe(named?.context);
    const all = await store.wider(second, ['CN=nobody']);
    expect(all && (await store.wider(all, ['CN=nobody']))).toBeUndefined();
    writeFileSync(path, `${authority.pem}\n`);
    expect((await store.trust()).context).not.toBe(all?.context);
  });

  it("takes the first of the system's bundles that exists, or Node.js's own", async () => {
    const bundles = ['/nonexistent', caFile, '/etc/passwd'];
    expect(trustSource({}, bundles).words).toContain(caFile);
    const own = createTrustStore(() => trustSource({}, ['/nonexistent']));
    const none = await own.trust();
    expect(none.source.words).toContain('Node.js');
    expect(await own.wider(none, ['C=US\nO=Amazon\nCN=Amazon Root CA 1'])).toBeDefined();
  });
});
