import type { EndpointService } from '../../../src/settings/endpoint-services.ts';
import type { DaemonEvent } from '../rehearse/daemon-event.ts';
import type { ServiceConnection } from '../stand-ins/ecs-service/connection-record.ts';

/**
 * What the daemon was answered when it asked for the A records of a name. `none`: nothing that it can take for an
 * answer (silence, a wrong id, a truncated one over UDP), so that it goes on asking.
 */
export type ReplyKind = 'private' | 'not-private' | 'failed' | 'none';

/** One run of the daemon. */
export interface DaemonLife {
  readonly startedAt: number;
  /** Whether it was ended from outside. */
  readonly ended: 'killed' | 'by-itself' | 'not-yet';
  readonly events: readonly DaemonEvent[];
}

/** What the lab saw from outside. Times are milliseconds since the Unix epoch, in order. */
export interface History {
  readonly replies: readonly {
    readonly at: number;
    readonly service: EndpointService;
    readonly kind: ReplyKind;
  }[];
  /** Whether port 443 of the endpoint was open in any zone, from `at` on. */
  readonly ports: readonly {
    readonly at: number;
    readonly service: EndpointService;
    readonly open: boolean;
  }[];
  /** The daemon's calls that restart the agent, as they reached the Engine. */
  readonly restarts: readonly { readonly at: number; readonly call: string }[];
  /** Starts of the agent's container, whoever made them. */
  readonly agentStarts: readonly number[];
  readonly connections: readonly ServiceConnection[];
  readonly lives: readonly DaemonLife[];
}
