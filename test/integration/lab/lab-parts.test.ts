import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../lab/hosts/lab.ts';
import { startDnsmasq } from '../../lab/stand-ins/dns/dnsmasq.ts';
import { startProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function closeAfter<T extends { close(): Promise<void> }>(part: T): T {
  closers.push(() => part.close());
  return part;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function ask(url: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    outgoing.on('error', reject).end();
  });
}

function resolverAt(address: string): Resolver {
  const resolver = new Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([address]);
  return resolver;
}

/** Resolves with the certificate's common name, or with the code of the failure. */
function handshake(lab: Lab, address: string, servername: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ host: address, port: 443, servername, ca: lab.authority.pem, timeout: 500 });
    const end = (outcome: string) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on('secureConnect', () => end(String(socket.getPeerCertificate().subject.CN)));
    socket.on('timeout', () => end('timeout'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

describe('IMDS stand-in', () => {
  it('gives tokens, items and 404, and follows changes', async () => {
    const lab = closeAfter(await startLab({ dns: 'programmable' }));
    const { imds } = lab;
    const latest = `${imds.endpoint}/latest`;
    const newToken = async () => {
      const answer = await ask(`${latest}/api/token`, 'PUT', {
        'x-aws-ec2-metadata-token-ttl-seconds': '60',
      });
      return { 'x-aws-ec2-metadata-token': answer.body };
    };
    expect((await ask(`${latest}/api/token`, 'PUT')).status).toBe(400);
    expect((await ask(`${latest}/meta-data/placement/region`)).status).toBe(401);
    let token = await newToken();
    const read = (path: string) => ask(`${latest}/${path}`, 'GET', token);
    expect(await read('meta-data/placement/region')).toEqual({ status: 200, body: 'us-east-1' });
    const mac = (await read('meta-data/mac')).body;
    expect((await read('meta-data/network/interfaces/macs/')).body).toBe(`${mac}/`);
    const cidrs = await read(`meta-data/network/interfaces/macs/${mac}/vpc-ipv4-cidr-blocks`);
    expect(cidrs.body).toBe(lab.topology.vpcCidrs[0]);
    expect((await read('meta-data/spot/instance-action')).status).toBe(404);

    imds.change({ spotAction: { action: 'terminate', time: '2030-01-01T00:00:00Z' } });
    expect(JSON.parse((await read('meta-data/spot/instance-action')).body)).toMatchObject({
      action: 'terminate',
    });
    imds.expireTokens();
    expect((await read('meta-data/mac')).status).toBe(401);
    token = await newToken();
    imds.addFault({ kind: 'status', status: 503, times: 2, on: 'read' });
    imds.addFault({ kind: 'cut', times: 1 });
    expect((await read('meta-data/mac')).status).toBe(503);
    expect((await read('meta-data/mac')).status).toBe(503);
    await expect(read('meta-data/mac')).rejects.toThrow();
    expect((await read('meta-data/mac')).status).toBe(200);
    imds.setMode('off');
    expect((await ask(`${latest}/api/token`, 'PUT')).status).toBe(403);
    expect(imds.requests.get('GET meta-data/mac')).toBe(6);
  });
});

describe('DNS stand-ins', () => {
  it('dnsmasq follows changes, serves TTL 60 and forwards conditionally', async () => {
    const upstream = closeAfter(
      await startDnsmasq({
        addresses: ['127.53.0.2'],
        records: { 'ecs.us-east-1.amazonaws.com': ['10.0.1.12'] },
      }),
    );
    const dns = closeAfter(
      await startDnsmasq({
        addresses: ['127.53.0.1'],
        records: { 'a.example.com': ['192.0.2.1', '2001:db8::1'] },
      }),
    );
    const resolver = resolverAt('127.53.0.1');
    expect(await resolver.resolve4('a.example.com', { ttl: true })).toEqual([
      { address: '192.0.2.1', ttl: 60 },
    ]);
    expect(await resolver.resolve6('a.example.com')).toEqual(['2001:db8::1']);
    await dns.setRecord('a.example.com', ['10.0.1.10', '10.0.2.10']);
    expect((await resolver.resolve4('a.example.com')).sort()).toEqual(['10.0.1.10', '10.0.2.10']);
    await expect(resolver.resolve6('a.example.com')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolver.resolve4('ecs.us-east-1.amazonaws.com')).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
    await dns.setForward({ 'us-east-1.amazonaws.com': upstream.address });
    expect(await resolver.resolve4('ecs.us-east-1.amazonaws.com')).toEqual(['10.0.1.12']);
    await dns.setRecord('a.example.com', []);
    await expect(resolver.resolve4('a.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(dns.queries('a.example.com', 'A')).toBe(3);
    expect(dns.queries('a.example.com')).toBe(5);
  });

  it('the programmable server fails in every way asked for', async () => {
    const dns = closeAfter(await startProgrammableDns({ addresses: ['127.53.0.1'] }));
    const resolver = resolverAt('127.53.0.1');
    const host = 'ecs-a.us-east-1.amazonaws.com';
    await dns.setRecord(host, ['10.0.1.10', '198.51.100.10', '2001:db8::1']);
    expect(await resolver.resolve4(host, { ttl: true })).toEqual([
      { address: '10.0.1.10', ttl: 60 },
      { address: '198.51.100.10', ttl: 60 },
    ]);
    for (const [outcome, code] of [
      ['nxdomain', 'ENOTFOUND'],
      ['nodata', 'ENODATA'],
      ['servfail', 'ESERVFAIL'],
      ['refused', 'EREFUSED'],
      ['silence', 'ETIMEOUT'],
      ['wrong-id', 'ETIMEOUT'],
      ['garbage', 'EBADRESP'],
    ] as const) {
      dns.program(host, { outcome, addresses: ['10.0.1.10'] });
      await expect(resolver.resolve4(host), outcome).rejects.toMatchObject({ code });
    }
    dns.program(host, { outcome: 'truncated', addresses: ['10.0.1.10'] });
    expect(await resolver.resolve4(host)).toEqual(['10.0.1.10']);
    const hundred = Array.from({ length: 100 }, (_, index) => `10.0.3.${index}`);
    dns.program(host, { addresses: hundred, cnames: ['vpce.example.com'], ttl: 0, delayMs: 20 });
    expect(await resolver.resolve4(host)).toHaveLength(100);
    dns.program(host, { cycle: [['10.0.1.10'], ['198.51.100.10']] });
    expect(await resolver.resolve4(host)).toEqual(['10.0.1.10']);
    expect(await resolver.resolve4(host)).toEqual(['198.51.100.10']);
    expect(dns.queries(host, 'A')).toBeGreaterThan(11);
  });
});

describe('ECS service stand-in', () => {
  it('presents valid, wrong and expired certificates, refuses, swallows, and stays mute', async () => {
    const lab = closeAfter(await startLab({ dns: 'dnsmasq' }));
    const host = lab.hosts['ecs-agent'];
    const [address = ''] = lab.topology.privateAddresses['ecs-agent'];
    const site = lab.service.at(address);
    expect(await readFile(lab.caFile, 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(await handshake(lab, address, host)).toBe(host);
    expect(await handshake(lab, address, lab.hosts.ecs)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    site.setCertificate(await lab.authority.issue({ names: [host], expired: true }));
    expect(await handshake(lab, address, host)).toBe('CERT_HAS_EXPIRED');
    await site.setMode('refused');
    expect(await handshake(lab, address, host)).toBe('ECONNREFUSED');
    await site.setMode('mute');
    expect(await handshake(lab, address, host)).toBe('timeout');
    await site.setMode('blackhole');
    const socket = connectTcp({ host: address, port: 443 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(socket.readyState).toBe('opening');
    socket.destroy();
    await site.setMode('open');
    expect(await handshake(lab, address, host)).toBe('CERT_HAS_EXPIRED');
  });
});
