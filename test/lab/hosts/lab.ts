import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EndpointService, endpointServices } from '../../../src/settings/endpoint-services.ts';
import { type CertificateAuthority, createCertificateAuthority } from '../stand-ins/certificate-authority.ts';
import type { DnsServer } from '../stand-ins/dns/dns-server.ts';
import { type Dnsmasq, startDnsmasq } from '../stand-ins/dns/dnsmasq.ts';
import { type ProgrammableDns, startProgrammableDns } from '../stand-ins/dns/programmable.ts';
import { type EcsService, startEcsService } from '../stand-ins/ecs-service/ecs-service.ts';
import { endpointHosts, hostsOf, type Place } from '../stand-ins/ecs-service/hosts.ts';
import { type Imds, startImds } from '../stand-ins/imds/imds.ts';
import { type Proxy as HttpProxy, startProxy } from '../stand-ins/proxy.ts';
import { makeTemporaryDirectory } from '../temporary-directory.ts';
import { type HostFiles, hostFiles } from './host-files.ts';
import { loopbackTopology, namespaceTopology, type PublicGroup, type Topology } from './topology.ts';

interface CommonOptions {
  /** Default: the namespace's addresses where ECS_PRIVATELINKD_LAB says so, otherwise loopback's. */
  readonly topology?: Topology;
  readonly place?: Place;
  /** Where the lab's files are kept, and stay; default a temporary directory that `close` removes. */
  readonly directory?: string;
  /** Public hosts also answer AAAA. */
  readonly ipv6?: boolean;
}

/** One running lab: the VPC's resolver, IMDS, and the ECS service with all its names public at first. */
export interface Lab<Dns extends DnsServer = DnsServer> {
  readonly topology: Topology;
  readonly place: Place;
  readonly directory: string;
  /** The private DNS name of each service. */
  readonly hosts: Readonly<Record<EndpointService, string>>;
  readonly authority: CertificateAuthority;
  /** The authority's certificate as a file. */
  readonly caFile: string;
  readonly imds: Imds;
  /** The VPC resolver, at all its addresses. */
  readonly dns: Dns;
  readonly service: EcsService;
  readonly files: HostFiles;
  /** Makes a service's private DNS name answer privately: by default the addresses in both zones. */
  createEndpoint(service: EndpointService, addresses?: readonly string[]): Promise<void>;
  /** Makes it answer publicly again. */
  withdrawEndpoint(service: EndpointService): Promise<void>;
  /** Records of every name as the world outside sees them, for a custom DNS server. */
  publicRecords(): Record<string, string[]>;
  /** Starts a DNS server of the VPC's owner at `topology.customResolver`; it ends with the lab. */
  startCustomDns(forward?: Readonly<Record<string, string>>): Promise<Dnsmasq>;
  /** Starts a proxy at `topology.proxy` that sees names as the world outside does; it ends with the lab. */
  startProxy(): Promise<HttpProxy>;
  /** The environment of an agent in this lab. A container needs `directory` bound at the same path. */
  agentEnvironment(): Record<string, string>;
  close(): Promise<void>;
}

export function startLab(options: CommonOptions & { readonly dns: 'dnsmasq' }): Promise<Lab<Dnsmasq>>;
export function startLab(
  options: CommonOptions & { readonly dns: 'programmable' },
): Promise<Lab<ProgrammableDns>>;
export async function startLab(
  options: CommonOptions & { readonly dns: 'dnsmasq' | 'programmable' },
): Promise<Lab> {
  const topology = options.topology ?? topologyHere();
  const place = options.place ?? { region: 'us-east-1', suffix: 'amazonaws.com' };
  const directory = options.directory ?? (await makeTemporaryDirectory('lab'));
  const hosts = endpointHosts(place);
  const caFile = join(directory, 'ca.pem');
  const files = hostFiles(directory, process.env);
  const closers: (() => Promise<void>)[] = [];

  function publicAddresses(group: PublicGroup): string[] {
    const ipv6 = options.ipv6 === true ? topology.publicIpv6Addresses[group] : [];
    return [...topology.publicAddresses[group], ...ipv6];
  }

  function publicRecords(): Record<string, string[]> {
    const groups = [...endpointServices, 'ecs-agent-numbered', 'ecs-telemetry-numbered', 'other'] as const;
    return Object.fromEntries(
      groups.flatMap((group) => hostsOf(group, place).map((host) => [host, publicAddresses(group)])),
    );
  }

  async function close(): Promise<void> {
    for (const closer of closers.splice(0).reverse()) await closer();
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  }

  function closeLater<T extends { close(): Promise<void> }>(part: T): T {
    closers.push(() => part.close());
    return part;
  }

  try {
    const authority = await createCertificateAuthority();
    await authority.writeTo(caFile);
    const dnsOptions = {
      addresses: [topology.vpcResolver, topology.vpcResolverLinkLocal, topology.vpcResolverIpv6].filter(
        (address) => address !== undefined,
      ),
      records: publicRecords(),
    };
    const startDns = options.dns === 'dnsmasq' ? startDnsmasq : startProgrammableDns;
    const dns = closeLater<DnsServer>(await startDns(dnsOptions));
    const imds = closeLater(await startImds({ addresses: imdsAddresses(topology), instance: { ...place } }));
    imds.changeCidrs(
      topology.vpcCidrs.filter((cidr) => !cidr.includes(':')),
      topology.vpcCidrs.filter((cidr) => cidr.includes(':')),
    );
    imds.change({ availabilityZone: `${place.region}a` });
    const service = closeLater(await startEcsService({ topology, authority, place }));
    await files.setNameservers([topology.vpcResolver]);
    await files.setHosts({});

    return {
      topology,
      place,
      directory,
      hosts,
      authority,
      caFile,
      imds,
      dns,
      service,
      files,
      createEndpoint: (name, addresses = topology.privateAddresses[name]) =>
        dns.setRecord(hosts[name], addresses),
      withdrawEndpoint: (name) => dns.setRecord(hosts[name], publicAddresses(name)),
      publicRecords,
      startCustomDns: async (forward = {}) =>
        closeLater(
          await startDnsmasq({
            addresses: [topology.customResolver],
            forward,
            // A name that is forwarded must not have a record of its own.
            records: Object.fromEntries(
              Object.entries(publicRecords()).filter(([host]) => !isForwarded(host, forward)),
            ),
          }),
        ),
      startProxy: async () => {
        const lookup = (host: string) => Promise.resolve(publicRecords()[host] ?? []);
        return closeLater(await startProxy({ address: topology.proxy, lookup }));
      },
      agentEnvironment: () => ({
        AWS_DEFAULT_REGION: place.region,
        LAB_SUFFIX: place.suffix,
        ECS_CLUSTER: 'lab',
        NODE_EXTRA_CA_CERTS: caFile,
        // Mounted over /etc/resolv.conf and /etc/hosts, they are found without being named, in a container too.
        ...(files.mounted ? {} : { LAB_RESOLV_CONF: files.resolvConf, LAB_HOSTS: files.hosts }),
        LAB_AGENT_LOG: join(directory, 'ecs-agent.log'),
      }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function topologyHere(): Topology {
  return process.env['ECS_PRIVATELINKD_LAB'] === 'namespace' ? namespaceTopology : loopbackTopology;
}

function imdsAddresses(topology: Topology): string[] {
  return [topology.imds, topology.imdsIpv6].filter((address) => address !== undefined);
}

function isForwarded(host: string, forward: Readonly<Record<string, string>>): boolean {
  return Object.keys(forward).some((domain) => host === domain || host.endsWith(`.${domain}`));
}
