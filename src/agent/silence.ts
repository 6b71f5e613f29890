import type { EndpointAddress } from '../endpoints/endpoint-observation.ts';
import { privateTexts } from './agent-path.ts';
import { type AgentSockets, lasts } from './seen-socket.ts';

/** More than a name ever answers; a name that answers others each time must not fill the memory. */
const MAX_ADDRESSES = 256;

export interface SilenceLook {
  /** Tells one process from the next. */
  readonly process: string;
  /** Before that it has no websocket to hold. */
  readonly registered: boolean;
  readonly sockets: AgentSockets;
  /** What `ecs-a` answers now. */
  readonly acs: readonly EndpointAddress[];
  readonly isPrivate: (address: string) => boolean;
}

/**
 * Measures for how long, in milliseconds, no reading of a registered process's connections has shown one that lasts to an
 * address that `ecs-a` answers or has answered in its time, or to any that is not private. What is being tried, and a
 * websocket on its way to being refused, does not end it. 0 while that cannot be seen: where the connections cannot be
 * read, or it is not known what `ecs-a` answers.
 */
export function createSilence(lastingMs: number): (look: SilenceLook) => number {
  let of = '';
  let sinceMonoMs: number | undefined;
  let known = new Set<string>();

  return ({ process, registered, sockets, acs, isPrivate }) => {
    if (of !== process) {
      of = process;
      sinceMonoMs = undefined;
      known = new Set();
    }
    if (known.size < MAX_ADDRESSES) known = new Set([...known, ...privateTexts(acs)]);
    const { connections, readMonoMs } = sockets;
    const canBeSeen = registered && acs.length > 0 && connections !== undefined;
    const holds =
      canBeSeen &&
      connections.some(
        (one) =>
          lasts(one, readMonoMs, lastingMs) &&
          (known.has(one.remoteAddress) || !isPrivate(one.remoteAddress)),
      );
    if (!canBeSeen || holds) {
      sinceMonoMs = undefined;
      return 0;
    }
    sinceMonoMs ??= readMonoMs;
    return readMonoMs - sinceMonoMs;
  };
}
