import type { EndpointAddress } from '../endpoints/endpoint-observation.ts';
import { canonicalAddress } from '../kit/ip-address.ts';
import type { AgentPathEvidence } from './agent-observation.ts';
import { type AgentSockets, lasts, type SeenSocket } from './seen-socket.ts';

/** Connections shown as evidence. */
const MAX_SHOWN = 8;

/** The addresses that each of the names answers now. */
export interface ControlPlaneAddresses {
  /** `ecs-a` */
  readonly acs: readonly EndpointAddress[];
  /** `ecs-t` */
  readonly tcs: readonly EndpointAddress[];
  /** `ecs` */
  readonly api: readonly EndpointAddress[];
}

export interface AgentPathInput {
  /** Whether the agent has a running process. */
  readonly running: boolean;
  readonly sockets: AgentSockets;
  readonly addresses: ControlPlaneAddresses;
  readonly registered: boolean;
  /** `ECS_DISABLE_METRICS` */
  readonly metricsDisabled: boolean;
  /** Host of the last websocket that the agent's log names, where it was read. */
  readonly lastWebsocketHost: string | undefined;
  /** The log ends with a complaint of the control plane, where it was read. */
  readonly complains: boolean;
  /** For how long no reading has shown a connection that may be one to the control plane, in milliseconds. */
  readonly silentMs: number;
  readonly isPrivate: (address: string) => boolean;
  readonly limits: PathLimits;
}

export interface PathLimits {
  /** How far apart the two looks are that show the same socket, in milliseconds. */
  readonly lastingMs: number;
  /** For how long there must be no connection, in milliseconds. */
  readonly silentMs: number;
}

/** A refused websocket is ESTABLISHED for 40 ms; a reconnect takes the agent 0.4 to 0.6 s (both measured). */
export const pathLimits: PathLimits = { lastingMs: 3_000, silentMs: 10_000 };

/**
 * Which path the agent is on. Only what it holds open to `ecs-a`, and goes on holding, proves the private path; private
 * peers of other services (ECR, SSM, S3 endpoints) prove nothing, and neither do connections that are over (TIME_WAIT,
 * CLOSE_WAIT). What the sockets show outweighs the log, which decides alone only where they cannot be read; it never
 * makes a path private.
 */
export function agentPath(input: AgentPathInput): AgentPathEvidence {
  const { sockets, lastWebsocketHost, running, metricsDisabled } = input;
  const ranked = rank(sockets.connections ?? [], input);
  const publicSeen = ranked.some(({ telling }) => telling === 'public');
  const readable = running && sockets.unreadable === undefined;
  return {
    ...judge(input, ranked),
    connections: ranked.slice(0, MAX_SHOWN).map(({ socket }) => `${socket.remoteAddress} ${socket.state}`),
    lastWebsocketHost,
    tcs: metricsDisabled ? 'disabled' : readable ? tcsPath(input, publicSeen) : 'unknown',
    publicSeen: readable ? publicSeen : undefined,
  };
}

type Judgement = Pick<AgentPathEvidence, 'path' | 'evidence' | 'connectedMonoMs'>;

function judge(input: AgentPathInput, ranked: readonly Ranked[]): Judgement {
  const { running, sockets, registered, lastWebsocketHost: host, limits } = input;
  if (!running) return tell('none', 'the agent has no running process');
  const proof = proven(input, ranked);
  if (proof !== undefined) return proof;
  if (!registered) return tell('none', 'the agent has not registered with its cluster yet');
  if (sockets.unreadable !== undefined) {
    return host !== undefined && isNumberedAcsHost(host)
      ? tell('public', `its last websocket went to the public name ${host}`)
      : tell('unknown', sockets.unreadable);
  }
  const [first] = ranked;
  switch (first?.telling) {
    case 'acs':
    case 'shared':
      return {
        ...tell('unknown', whyUnproven(first, input)),
        connectedMonoMs: first.socket.state === 'ESTABLISHED' ? first.socket.establishedMonoMs : undefined,
      };
    case 'public':
      return tell(
        'public',
        `${doing(first.socket)} ${first.socket.remoteAddress}, a public address, on port 443`,
      );
    default:
      return input.silentMs >= limits.silentMs
        ? tell(
            'disconnected',
            `no connection to the control plane for ${inSeconds(limits.silentMs)} or longer`,
          )
        : tell('unknown', 'no ACS connection found; it may be reconnecting');
  }
}

function tell(path: Judgement['path'], evidence: string): Judgement {
  return { path, evidence, connectedMonoMs: undefined };
}

/** Undefined when no connection proves the private path. */
function proven(input: AgentPathInput, ranked: readonly Ranked[]): Judgement | undefined {
  const open = ranked.filter(({ socket }) => lastsIn(input, socket));
  const own = open.filter(({ telling }) => telling === 'acs');
  const shared = open.filter(({ telling }) => telling === 'shared');
  const proof = own.length > 0 ? own : isAcsAmong(shared, ranked, input) ? shared : [];
  const connectedMonoMs = Math.min(...proof.map(({ socket }) => socket.establishedMonoMs ?? 0));
  const [first] = proof.filter(({ socket }) => socket.establishedMonoMs === connectedMonoMs);
  if (first === undefined) return undefined;
  const evidence = `connected to ${first.socket.remoteAddress}, a private address of ecs-a`;
  return { path: 'private', evidence, connectedMonoMs };
}

/**
 * Whether ACS is one of the connections to addresses that are those of `ecs` or `ecs-t` too. By the log: its last
 * websocket went to the un-numbered host, and nothing went wrong since. Without the log: there are more of them than the
 * idle connection to the API and TCS explain, and none that could be ACS is public.
 */
function isAcsAmong(shared: readonly Ranked[], ranked: readonly Ranked[], input: AgentPathInput): boolean {
  const { lastWebsocketHost: host, addresses, metricsDisabled } = input;
  if (host !== undefined) return isPlainAcsHost(host) && !input.complains;
  const isTo = (others: readonly EndpointAddress[]) => {
    const texts = privateTexts(others);
    return shared.some(({ socket }) => texts.has(socket.remoteAddress)) ? 1 : 0;
  };
  const explained = isTo(addresses.api) + (metricsDisabled ? 0 : isTo(addresses.tcs));
  return shared.length > explained && ranked.every(({ telling }) => telling !== 'public');
}

function whyUnproven({ socket, telling }: Ranked, input: AgentPathInput): string {
  const seen = `${doing(socket)} ${socket.remoteAddress}, a private address of ecs-a`;
  if (socket.state !== 'ESTABLISHED') return seen;
  if (!lastsIn(input, socket)) return `${seen}, for less than ${inSeconds(input.limits.lastingMs)}`;
  return telling === 'shared'
    ? `${seen} that ecs or ecs-t answers too: it may be another connection than ACS`
    : seen;
}

function doing({ state }: SeenSocket): string {
  return state === 'SYN_SENT' ? 'trying to connect to' : 'connected to';
}

function inSeconds(ms: number): string {
  return `${ms / 1000} s`;
}

function lastsIn({ sockets, limits }: AgentPathInput, socket: SeenSocket): boolean {
  return sockets.readMonoMs !== undefined && lasts(socket, sockets.readMonoMs, limits.lastingMs);
}

function tcsPath({ sockets, addresses }: AgentPathInput, publicSeen: boolean): AgentPathEvidence['tcs'] {
  const texts = privateTexts(addresses.tcs);
  const isOpen = sockets.connections?.some(
    ({ state, remoteAddress }) => state === 'ESTABLISHED' && texts.has(remoteAddress),
  );
  return isOpen ? 'private' : publicSeen ? 'public' : 'none-seen';
}

/** `ecs-a-4.us-east-1.amazonaws.com`: a host given out to agents that asked over the public path only. */
export function isNumberedAcsHost(host: string): boolean {
  return /^ecs-a[^.]*-\d+\./.test(host);
}

/** `ecs-a.REGION.SUFFIX` in every partition, and its FIPS variant: what the endpoint makes private. */
function isPlainAcsHost(host: string): boolean {
  return /^ecs-a(-fips)?\./.test(host);
}

/** Tells the connections that prove the private path when they last: to a private address that `ecs-a` alone answers now. */
export function privateAcsConnection(addresses: ControlPlaneAddresses): (connection: SeenSocket) => boolean {
  const tellingOf = telling(addresses, () => true);
  return (socket) => socket.state === 'ESTABLISHED' && tellingOf(socket) === 'acs';
}

/** The private ones, each in the spelling of a socket's. */
export function privateTexts(addresses: readonly EndpointAddress[]): ReadonlySet<string> {
  return new Set(addresses.filter((one) => one.private).map((one) => canonicalAddress(one.address)));
}

/**
 * - `acs`: to a private address that `ecs-a` answers now, and no other name
 * - `public`: to an address that is not private
 * - `shared`: to a private address that `ecs-a` answers now, and another name too
 */
type Telling = 'acs' | 'public' | 'shared' | 'nothing';

interface Ranked {
  readonly socket: SeenSocket;
  readonly telling: Telling;
}

const order: readonly Telling[] = ['acs', 'public', 'shared', 'nothing'];

/** Most telling first, and of these what is established before what is being tried. */
function rank(
  connections: readonly SeenSocket[],
  { addresses, isPrivate }: AgentPathInput,
): readonly Ranked[] {
  const tellingOf = telling(addresses, isPrivate);
  const place = ({ socket, telling: one }: Ranked) =>
    2 * order.indexOf(one) + (socket.state === 'ESTABLISHED' ? 0 : 1);
  return connections
    .map((socket) => ({ socket, telling: tellingOf(socket) }))
    .sort((one, other) => place(one) - place(other));
}

function telling(
  { acs, tcs, api }: ControlPlaneAddresses,
  isPrivate: AgentPathInput['isPrivate'],
): (socket: SeenSocket) => Telling {
  const toAcs = privateTexts(acs);
  const others = privateTexts([...tcs, ...api]);
  return (socket) => {
    const { remoteAddress } = socket;
    if (!isAlive(socket)) return 'nothing';
    if (toAcs.has(remoteAddress)) return others.has(remoteAddress) ? 'shared' : 'acs';
    return isPrivate(remoteAddress) ? 'nothing' : 'public';
  };
}

/** Open, or being tried. */
function isAlive({ state }: SeenSocket): boolean {
  return state === 'ESTABLISHED' || state === 'SYN_SENT';
}
