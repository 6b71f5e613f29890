import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type EndpointService, endpointServices } from '../../../src/settings/endpoint-services.ts';
import { type Daemon, type Host, startHost } from '../hosts/host.ts';
import type { Settings } from '../program.ts';
import type { DnsBehaviour } from '../stand-ins/dns/behaviour.ts';
import { type DnsReply, type ProgrammableDns, startProgrammableDns } from '../stand-ins/dns/programmable.ts';
import type { AddressMode } from '../stand-ins/ecs-service/service-address.ts';
import type { EmbeddedEngine } from '../stand-ins/embedded-engine/embedded-engine.ts';
import { makeTemporaryDirectory } from '../temporary-directory.ts';
import type { DaemonLife, History, ReplyKind } from './history.ts';
import type { Promised } from './promises.ts';
import type { Schedule } from './schedule.ts';

export const promised: Promised = { settleRounds: 3, waitingIntervalMs: 100, maxRestarts: 3 };

/** Far faster than the defaults, in the same order of lengths. */
const settings: Settings = {
  'waiting-interval': `${promised.waitingIntervalMs}ms`,
  'settled-interval': '100ms',
  'settle-rounds': String(promised.settleRounds),
  'max-restarts': String(promised.maxRestarts),
  'imds-timeout': '200ms',
  'docker-timeout': '300ms',
  'connect-timeout': '300ms',
  'unknown-path-after': '5s',
  'recreate-timeout': '5s',
  'verify-timeout': '8s',
  'cool-downs': '300ms',
};

const agentEnvironment = {
  // The real one ends its websockets after half an hour, by itself.
  LAB_SESSION_MS: '4000',
  LAB_DIAL_MS: '500',
  LAB_RECONNECT_MAX_MS: '500',
};

/** A host whose parts fail one by one, and which keeps a record from outside. */
export interface FaultHost {
  readonly host: Host;
  readonly engine: EmbeddedEngine;
  /** The Engine's socket as the daemon alone sees it. */
  readonly socket: { show(): void; hide(): void; leave(): void };
  daemon(): Daemon | undefined;
  startDaemon(): void;
  killDaemon(): void;
  /** How the name is answered from now on; undefined for as it should be. */
  setName(service: EndpointService, behaviour: DnsBehaviour | undefined): void;
  createEndpoint(service: EndpointService): void;
  setPort(service: EndpointService, zones: number, mode: AddressMode): Promise<void>;
  history(): Promise<History>;
  close(): Promise<void>;
}

/** The daemon's calls that an Engine's fault is to meet; the supervisor's own go through. */
export const callsOfDaemon = /^\/containers\/ecs-agent\/json$|\/kill$|\/restart$|^\/events/;

/** `requests` is what the Engine is asked from now on; the record takes the restarts from it. */
export async function startFaultHost(
  engine: EmbeddedEngine,
  supervision: Schedule['supervision'],
  requests: readonly { readonly at: number; readonly request: string }[],
): Promise<FaultHost> {
  const begunAt = Date.now();
  const directory = await makeTemporaryDirectory('lab');
  const resolvConf = join(directory, 'resolv.conf');
  const socketPath = join(directory, 'docker.sock');
  const replies: History['replies'][number][] = [];
  const ports: History['ports'][number][] = [];
  const lives: { life: DaemonLife; daemon: Daemon }[] = [];
  const odd = new Map<EndpointService, DnsBehaviour>();
  const created = new Set<EndpointService>();
  const names: { dns?: ProgrammableDns } = {};
  const host = await startHost({
    engine,
    supervision,
    settings: { ...settings, 'docker-host': `unix://${socketPath}` },
    agentEnvironment: { ...agentEnvironment, LAB_RESOLV_CONF: resolvConf },
    before: async ({ topology, hosts, files, publicRecords }) => {
      // The agent asks at another address, so that the record is of the daemon alone.
      const { customResolver: daemons, proxy: agents } = topology;
      names.dns = await startProgrammableDns({
        addresses: [daemons, agents],
        records: publicRecords(),
        onReply: (reply) => {
          const service = endpointServices.find((one) => hosts[one] === reply.name);
          if (service === undefined || reply.type !== 'A' || reply.server !== daemons) return;
          const kind = kindOf(reply, topology.privateAddresses[service]);
          replies.push({ at: Date.now(), service, kind });
        },
      });
      await files.setNameservers([daemons], 'timeout:1 attempts:1');
      writeFileSync(resolvConf, `nameserver ${agents}\noptions timeout:1 attempts:1\n`);
    },
  });
  const { lab } = host;
  const { privateAddresses, publicAddresses } = lab.topology;

  function program(service: EndpointService): void {
    const addresses = created.has(service) ? privateAddresses[service] : publicAddresses[service];
    names.dns?.program(lab.hosts[service], { addresses, ...odd.get(service) });
  }

  function hide(): void {
    rmSync(socketPath, { force: true });
    engine.faults.closeEventStreams();
  }
  function link(target: string): void {
    hide();
    symlinkSync(target, socketPath);
  }
  link(engine.socketPath);

  return {
    host,
    engine,
    socket: {
      show: () => link(engine.socketPath),
      hide,
      // A plain file refuses connections as a socket without a listener does.
      leave: () => link(resolvConf),
    },
    daemon: () => (lives.at(-1)?.life.ended === 'not-yet' ? lives.at(-1)?.daemon : undefined),
    startDaemon: () => {
      const daemon = host.startDaemon();
      const life: { -readonly [Key in keyof DaemonLife]: DaemonLife[Key] } = {
        startedAt: Date.now(),
        ended: 'not-yet',
        events: daemon.events,
      };
      lives.push({ life, daemon });
      void daemon.ended.then(() => {
        if (life.ended === 'not-yet') life.ended = 'by-itself';
      });
    },
    killDaemon: () => {
      const last = lives.at(-1);
      if (last?.life.ended !== 'not-yet') return;
      Object.assign(last.life, { ended: 'killed' });
      last.daemon.kill('SIGKILL');
    },
    setName: (service, behaviour) => {
      if (behaviour === undefined) odd.delete(service);
      else odd.set(service, behaviour);
      program(service);
    },
    createEndpoint: (service) => {
      created.add(service);
      program(service);
    },
    setPort: async (service, zones, mode) => {
      const addresses = privateAddresses[service].map((address) => lab.service.at(address));
      const isOpen = () => addresses.some((address) => address.mode() === 'open');
      // What is doubtful counts as open.
      if (mode === 'open') ports.push({ at: Date.now(), service, open: true });
      for (const address of addresses.slice(0, zones)) await address.setMode(mode);
      ports.push({ at: Date.now(), service, open: isOpen() });
    },
    history: async () => ({
      replies,
      ports,
      restarts: requests
        .filter(({ at, request }) => at >= begunAt && /^POST .*\/(kill|restart)$/.test(request))
        .map(({ at, request }) => ({ at, call: request })),
      agentStarts: await agentStarts(engine, begunAt),
      connections: lab.service.record.connections,
      lives: lives.map(({ life }) => life),
    }),
    close: async () => {
      await engine.faults.set(undefined);
      await host.close();
      await names.dns?.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function kindOf({ outcome, transport, addresses }: DnsReply, own: readonly string[]): ReplyKind {
  switch (outcome) {
    case 'silence':
    case 'wrong-id':
      return 'none';
    case 'truncated':
      if (transport === 'udp') return 'none';
      break;
    case 'servfail':
    case 'refused':
    case 'garbage':
      return 'failed';
    case 'nxdomain':
    case 'answer':
    case 'nodata':
    case 'lame':
    case 'no-tcp':
    case 'formerr-to-edns':
    case 'one-per-port':
      break;
  }
  return addresses.length > 0 && addresses.every((address) => own.includes(address))
    ? 'private'
    : 'not-private';
}

async function agentStarts({ docker }: EmbeddedEngine, sinceMs: number): Promise<number[]> {
  const stream = (await docker.getEvents({
    since: sinceMs / 1000,
    until: Date.now() / 1000,
    filters: { type: ['container'], container: ['ecs-agent'], event: ['start'] },
  })) as Readable;
  const lines = (await text(stream)).split('\n').filter(Boolean);
  return lines.map((line) => Number(JSON.parse(line).timeNano) / 1e6);
}
