import type { PublicGroup } from '../../hosts/topology.ts';
import type { AgentAction } from './policies.ts';

/** Which side of the VPC's boundary an address of the service is on. */
export type Scope = 'public' | 'private';

/** One long-lived connection that an agent holds or held. Times are milliseconds since the Unix epoch. */
export interface ServiceConnection {
  readonly kind: 'acs' | 'tcs' | 'other';
  /** The host that the client asked for. */
  readonly host: string;
  readonly address: string;
  readonly group: PublicGroup;
  readonly scope: Scope;
  /** `address:port` of the client. */
  readonly peer: string;
  /** The client's process, as it names itself; tells one agent process from the next. */
  readonly agentProcess: string;
  readonly openedAt: number;
  closedAt: number | undefined;
}

/** One API call. */
export interface ServiceCall {
  /** e.g. `DiscoverPollEndpoint` */
  readonly operation: string;
  readonly host: string;
  readonly address: string;
  readonly scope: Scope;
  /** Empty for a caller that is no agent. */
  readonly agentProcess: string;
  readonly authorization: string | undefined;
  readonly securityToken: string | undefined;
  readonly body: string;
  readonly at: number;
}

/** One call or websocket that was refused. */
export interface ServiceRefusal {
  /** The action that was not allowed, or `inactive` for an instance that is deregistered. */
  readonly action: AgentAction | 'inactive';
  readonly host: string;
  readonly address: string;
  readonly scope: Scope;
  readonly agentProcess: string;
  readonly at: number;
}

/** Who was connected where and when, who called what, and what was refused. */
export interface ConnectionRecord {
  readonly connections: readonly ServiceConnection[];
  readonly calls: readonly ServiceCall[];
  readonly refusals: readonly ServiceRefusal[];
  open(connection: ServiceConnection): void;
  close(connection: ServiceConnection): void;
  call(call: ServiceCall): void;
  refuse(refusal: ServiceRefusal): void;
  /** Calls `listener` after every opening, closing, call and refusal, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

export function connectionRecord(): ConnectionRecord {
  const connections: ServiceConnection[] = [];
  const calls: ServiceCall[] = [];
  const refusals: ServiceRefusal[] = [];
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };
  return {
    connections,
    calls,
    refusals,
    open: (connection) => {
      connections.push(connection);
      tell();
    },
    close: (connection) => {
      connection.closedAt = Date.now();
      tell();
    },
    call: (call) => {
      calls.push(call);
      tell();
    },
    refuse: (refusal) => {
      refusals.push(refusal);
      tell();
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Resolves with the first connection, open now or later, that `matches`; rejects after `timeoutMs`. */
export function waitForConnection(
  record: ConnectionRecord,
  matches: (connection: ServiceConnection) => boolean,
  timeoutMs: number,
): Promise<ServiceConnection> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = record.connections.find((item) => item.closedAt === undefined && matches(item));
      if (found === undefined) return;
      stop();
      resolve(found);
    };
    const forget = record.onChange(look);
    const timer = setTimeout(() => {
      stop();
      const seen = record.connections.map(({ kind, host, address, closedAt }) => ({
        kind,
        host,
        address,
        closedAt,
      }));
      reject(new Error(`no such connection within ${timeoutMs} ms; seen: ${JSON.stringify(seen)}`));
    }, timeoutMs);
    const stop = () => {
      forget();
      clearTimeout(timer);
    };
    look();
  });
}
