import type { EndpointAddress } from '../endpoints/endpoint-observation.ts';
import { canonicalAddress } from '../kit/ip-address.ts';
import type { AgentPathEvidence } from './agent-observation.ts';
import type { AgentSockets } from './agent-sockets.ts';
import type { TcpSocket } from './tcp-table.ts';

/** Connections shown as evidence. */
const MAX_SHOWN = 8;

export interface AgentPathInput {
  /** Whether the agent has a running process. */
  readonly running: boolean;
  readonly sockets: AgentSockets;
  /** The addresses that `ecs-a` answers now. */
  readonly acsAddresses: readonly EndpointAddress[];
  readonly registered: boolean;
  /** Host of the last websocket that the agent's log names, where it was read. */
  readonly lastWebsocketHost: string | undefined;
  readonly isPrivate: (address: string) => boolean;
}

/**
 * Which path the agent is on. Only what it holds open to `ecs-a` proves the private path; private peers of other
 * services (ECR, SSM, S3 endpoints) prove nothing, and neither do connections that are over (TIME_WAIT,
 * CLOSE_WAIT). A public peer may be another service too: the log, where it was read, has the last word there.
 */
export function agentPath(input: AgentPathInput): AgentPathEvidence {
  const { running, sockets, registered, lastWebsocketHost } = input;
  const ranked = rank(sockets.connections ?? [], input);
  const connections = ranked
    .slice(0, MAX_SHOWN)
    .map(({ socket }) => `${socket.remoteAddress} ${socket.state}`);
  const tell = (path: AgentPathEvidence['path'], evidence: string): AgentPathEvidence => ({
    path,
    evidence,
    connections,
    lastWebsocketHost,
    connectedMonoMs: undefined,
    tcs: 'unknown',
    publicSeen: undefined,
  });

  if (!running) return tell('none', 'the agent has no running process');
  const [first] = ranked;
  if (first?.telling === 'acs') {
    return tell('private', `connected to ${first.socket.remoteAddress}, a private address of ecs-a`);
  }
  if (!registered) return tell('none', 'the agent has not registered with its cluster yet');

  const numbered = lastWebsocketHost !== undefined && isNumberedAcsHost(lastWebsocketHost);
  if (numbered) {
    return tell('public', `its last websocket went to the public name ${lastWebsocketHost}`);
  }
  if (sockets.unreadable !== undefined) return tell('unknown', sockets.unreadable);
  if (first?.telling === 'public') {
    const trying = first.socket.state === 'SYN_SENT' ? 'trying to connect' : 'connected';
    const seen = `${trying} to ${first.socket.remoteAddress}, a public address, on port 443`;
    return lastWebsocketHost === undefined
      ? tell('public', seen)
      : tell('unknown', `${seen}, but its last websocket went to ${lastWebsocketHost}`);
  }
  return tell('unknown', 'no ACS connection found; it may be reconnecting');
}

/** `ecs-a-4.us-east-1.amazonaws.com`: a host given out to agents that asked over the public path only. */
function isNumberedAcsHost(host: string): boolean {
  return /^ecs-a-\d+\./.test(host);
}

/** Tells the connections that prove the private path: established, to a private address that `ecs-a` answers now. */
export function privateAcsConnection(
  acsAddresses: readonly EndpointAddress[],
): (connection: TcpSocket) => boolean {
  const acs = new Set(acsAddresses.filter((one) => one.private).map((one) => canonicalAddress(one.address)));
  return ({ remoteAddress, state }) => state === 'ESTABLISHED' && acs.has(remoteAddress);
}

type Telling = 'acs' | 'public' | 'nothing';

const order: readonly Telling[] = ['acs', 'public', 'nothing'];

function rank(
  connections: readonly TcpSocket[],
  { acsAddresses, isPrivate }: AgentPathInput,
): readonly { readonly socket: TcpSocket; readonly telling: Telling }[] {
  const toAcs = privateAcsConnection(acsAddresses);
  const tellingOf = (socket: TcpSocket): Telling => {
    if (toAcs(socket)) return 'acs';
    const { remoteAddress, state } = socket;
    const alive = state === 'ESTABLISHED' || state === 'SYN_SENT';
    return alive && !isPrivate(remoteAddress) ? 'public' : 'nothing';
  };
  return connections
    .map((socket) => ({ socket, telling: tellingOf(socket) }))
    .sort((one, other) => order.indexOf(one.telling) - order.indexOf(other.telling));
}
