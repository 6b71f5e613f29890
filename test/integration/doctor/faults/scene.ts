import { createServer, request } from 'node:http';
import { join } from 'node:path';
import type { EndpointService } from '../../../../src/settings/endpoint-services.ts';
import { endpointServices } from '../../../../src/settings/endpoint-services.ts';
import type { Host } from '../../../lab/hosts/host.ts';
import type { Settings } from '../../../lab/program.ts';
import type { DnsBehaviour } from '../../../lab/stand-ins/dns/behaviour.ts';
import { startDnsmasq } from '../../../lab/stand-ins/dns/dnsmasq.ts';
import { startProgrammableDns } from '../../../lab/stand-ins/dns/programmable.ts';
import type { AddressMode } from '../../../lab/stand-ins/ecs-service/service-address.ts';
import type { ExpectedCause } from '../diagnosis.ts';
import type { FakePrograms } from '../fake-programs.ts';

/** Where a fault is brought about: a healthy host, whose agent is on the private path. */
export interface Scene {
  readonly host: Host;
  readonly programs: FakePrograms;
  /** Undone after the test, last first. */
  undo(step: () => unknown): void;
}

/** Something that goes wrong, and what doctor must make of it. */
export interface Fault extends ExpectedCause {
  readonly name: string;
  /** Brings it about; may give settings for the command. */
  readonly produce: (scene: Scene) => Settings | undefined | Promise<Settings | undefined>;
  /** Brings it about with what the advice says done: then all is well. */
  readonly heeded?: (scene: Scene, advice: string) => Promise<unknown>;
}

const regionDomain = 'us-east-1.amazonaws.com';

export const vpc = 'vpc-0f1e2d3c4b5a69788';

export async function withdraw(scene: Scene, ...services: readonly EndpointService[]): Promise<undefined> {
  const { lab } = scene.host;
  for (const service of services) {
    scene.undo(() => lab.createEndpoint(service));
    await lab.withdrawEndpoint(service);
  }
  return undefined;
}

export async function setPort(
  { host, undo }: Scene,
  mode: AddressMode,
  addresses: readonly string[],
): Promise<undefined> {
  for (const address of addresses) {
    const at = host.lab.service.at(address);
    undo(() => at.setMode('open'));
    await at.setMode(mode);
  }
  return undefined;
}

export function privateAddresses({ host }: Scene): readonly string[] {
  return endpointServices.flatMap((service) => host.lab.topology.privateAddresses[service]);
}

/** The host asks a DNS server of the VPC's owner that does this with every name of the lab. */
export async function customDns(scene: Scene, behaviour: DnsBehaviour): Promise<undefined> {
  const { lab } = scene.host;
  const dns = await startProgrammableDns({ addresses: [lab.topology.customResolver] });
  for (const host of Object.values(lab.hosts)) dns.program(host, behaviour);
  scene.undo(() => lab.files.setNameservers([lab.topology.vpcResolver]));
  scene.undo(() => dns.close());
  await lab.files.setNameservers([lab.topology.customResolver]);
  return undefined;
}

/** The host asks a dnsmasq, set so, that forwards everything to the VPC resolver. */
export async function forwardingDnsmasq(
  { host: { lab }, undo }: Scene,
  ...lines: readonly string[]
): Promise<undefined> {
  const { customResolver, vpcResolver } = lab.topology;
  const forward = { [regionDomain]: vpcResolver };
  const dns = await startDnsmasq({ addresses: [customResolver], forward, lines });
  undo(() => lab.files.setNameservers([vpcResolver]));
  undo(() => dns.close());
  await lab.files.setNameservers([customResolver]);
  return undefined;
}

export function imdsFault(fault: Parameters<Host['lab']['imds']['addFault']>[0]): Fault['produce'] {
  return ({ host, undo }) => {
    undo(() => host.lab.imds.clearFaults());
    host.lab.imds.addFault(fault);
    return undefined;
  };
}

/** IMDS through a relay that tells another time. */
export async function relayImds({ host, undo }: Scene, aheadMs: number): Promise<Settings> {
  const relay = createServer((incoming, outgoing) => {
    const upstream = request(`${host.lab.imds.endpoint}${incoming.url}`, {
      method: incoming.method ?? 'GET',
      headers: incoming.headers,
    });
    upstream.on('response', (answer) => {
      const headers = { ...answer.headers, date: new Date(Date.now() + aheadMs).toUTCString() };
      outgoing.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(outgoing);
    });
    upstream.end();
  });
  await new Promise<void>((resolve) => relay.listen(8_169, '127.0.0.1', resolve));
  undo(() => {
    relay.closeAllConnections();
    return new Promise((resolve) => relay.close(resolve));
  });
  return { 'imds-endpoint': 'http://127.0.0.1:8169' };
}

export async function showCertificate(
  { host, undo }: Scene,
  certificate: 'other-name' | 'expired' | 'untrusted',
): Promise<Settings | undefined> {
  const { authority, service, topology, hosts } = host.lab;
  if (certificate === 'untrusted') return { 'ca-file': '/etc/ssl/certs/ca-certificates.crt' };
  const right = await authority.issue({ names: [hosts['ecs-agent']] });
  const wrong = await authority.issue(
    certificate === 'expired'
      ? { names: [hosts['ecs-agent']], expired: true }
      : { names: ['web.example.com'] },
  );
  for (const address of topology.privateAddresses['ecs-agent']) {
    undo(() => service.at(address).setCertificate(right));
    service.at(address).setCertificate(wrong);
  }
  return undefined;
}

export async function listenOnSocket(
  { host, undo }: Scene,
  name: string,
  body: string | undefined,
): Promise<Settings> {
  const path = join(host.lab.directory, name);
  const server = createServer((_, response) => {
    if (body !== undefined) response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  undo(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { 'docker-host': `unix://${path}` };
}
