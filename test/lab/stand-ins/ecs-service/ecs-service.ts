import { endpointServices } from '../../../../src/settings/endpoint-services.ts';
import type { PublicGroup, Topology } from '../../hosts/topology.ts';
import type { CertificateAuthority, LeafCertificate } from '../certificate-authority.ts';
import {
  type ConnectionRecord,
  connectionRecord,
  type Scope,
  type ServiceConnection,
  waitForConnection,
} from './connection-record.ts';
import type { ApiMode, OthersMode, Site } from './control-plane.ts';
import { hostsOf, type Place } from './hosts.ts';
import { type AgentAction, policies } from './policies.ts';
import { openServiceAddress, type ServiceAddress } from './service-address.ts';

export interface EcsServiceOptions {
  readonly topology: Topology;
  readonly authority: CertificateAuthority;
  readonly place: Place;
  readonly port?: number;
}

/** The stand-in for ECS itself: its public addresses and those of the interface endpoints. */
export interface EcsService {
  readonly record: ConnectionRecord;
  /** One address. Throws when the service has none such. */
  at(address: string): ServiceAddress;
  /** All addresses of a scope. */
  addresses(scope: 'public' | 'private'): readonly ServiceAddress[];
  /** Connections that are open now. */
  connected(): readonly ServiceConnection[];
  /** Resolves with the first open connection that matches; rejects after `timeoutMs`. */
  waitForConnection(
    matches: (connection: ServiceConnection) => boolean,
    timeoutMs?: number,
  ): Promise<ServiceConnection>;
  setApiMode(mode: ApiMode): void;
  setOthersMode(mode: OthersMode): void;
  /** Whether it names numbered hosts to those who ask through an interface endpoint too, as it does not see it. */
  setBlind(isBlind: boolean): void;
  /**
   * Refuses the action from now on, with AccessDeniedException: on the private side (default) as the policy of the
   * interface endpoint does that lacks it, on the public side as the role's. Connections that are open stay.
   */
  refuse(action: AgentAction, scope?: Scope): void;
  /** Allows it again; without arguments, everything. */
  allow(action?: AgentAction, scope?: Scope): void;
  /**
   * Somebody deregisters the container instance: its sessions end, and new ones are answered with
   * InactiveInstanceException until `reactivate`.
   */
  deregister(): void;
  reactivate(): void;
  /** What NAT's removal does: public connections end, and new attempts stay in SYN_SENT. */
  removeNat(): Promise<void>;
  restoreNat(): Promise<void>;
  close(): Promise<void>;
}

export async function startEcsService(options: EcsServiceOptions): Promise<EcsService> {
  const { topology, authority, place, port = 443 } = options;
  const record = connectionRecord();
  const allowed = policies(place);
  let mode: ApiMode = 'answer';
  let othersMode: OthersMode = 'answer';
  let isBlind = false;
  const certificates = new Map<PublicGroup, Promise<LeafCertificate>>();
  const certificateOf = (group: PublicGroup): Promise<LeafCertificate> => {
    const issued = certificates.get(group) ?? authority.issue({ names: hostsOf(group, place) });
    certificates.set(group, issued);
    return issued;
  };
  const opened = new Map<string, ServiceAddress>();
  for (const site of sites(topology)) {
    const certificate = await certificateOf(site.group);
    const shared = { port, place, record, policies: allowed, modes: () => ({ mode, othersMode, isBlind }) };
    opened.set(site.address, await openServiceAddress({ ...shared, site, certificate }));
  }
  const addresses = (scope: 'public' | 'private') =>
    [...opened.values()].filter((address) => address.scope === scope);

  return {
    record,
    at: (address) => {
      const found = opened.get(address);
      if (found === undefined) throw new Error(`the ECS service has no address ${address}`);
      return found;
    },
    addresses,
    connected: () => record.connections.filter(({ closedAt }) => closedAt === undefined),
    waitForConnection: (matches, timeoutMs = 120_000) => waitForConnection(record, matches, timeoutMs),
    setApiMode: (next) => {
      mode = next;
    },
    setOthersMode: (next) => {
      othersMode = next;
    },
    setBlind: (next) => {
      isBlind = next;
    },
    refuse: (action, scope = 'private') => allowed.refuse(action, scope),
    allow: allowed.allow,
    deregister: () => {
      allowed.setInactive(true);
      for (const { group, dropConnections } of opened.values()) {
        if (/^ecs-(agent|telemetry)/.test(group)) dropConnections();
      }
    },
    reactivate: () => allowed.setInactive(false),
    removeNat: async () => {
      await Promise.all(addresses('public').map((address) => address.setMode('blackhole')));
      for (const address of addresses('public')) address.dropConnections();
    },
    restoreNat: async () => {
      await Promise.all(addresses('public').map((address) => address.setMode('open')));
    },
    close: async () => {
      await Promise.all([...opened.values()].map((address) => address.close()));
    },
  };
}

function sites(topology: Topology): Site[] {
  const privateSites = [
    topology.privateAddresses,
    topology.privateIpv6Addresses,
    topology.hubAddresses,
    topology.ownedAddresses,
  ].flatMap((addresses) => endpointServices.flatMap((group) => sitesOf(group, 'private', addresses[group])));
  const publicSites = [topology.publicAddresses, topology.publicIpv6Addresses].flatMap((addresses) =>
    publicGroups.flatMap((group) => sitesOf(group, 'public', addresses[group])),
  );
  return [...privateSites, ...publicSites];
}

const publicGroups = [
  ...endpointServices,
  'ecs-agent-numbered',
  'ecs-telemetry-numbered',
  'other',
] as const satisfies readonly PublicGroup[];

function sitesOf(group: PublicGroup, scope: Site['scope'], addresses: readonly string[]): Site[] {
  return addresses.map((address) => ({ address, group, scope }));
}
