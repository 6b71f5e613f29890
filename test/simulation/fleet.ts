import { agentStartMs, moveHost, sketchHost } from './host.ts';
import { randomFrom } from './random.ts';
import { registerAll } from './registrations.ts';

export interface Fleet {
  readonly hosts: number;
  readonly splayMs: number;
  readonly seed: number;
  /** The part of ECS's bucket that they have, where they stand for a fleet as many times larger. Default 1. */
  readonly bucketPart?: number;
}

/** What the move of a fleet came to, in an account and region of its own. */
export interface FleetMove extends Fleet {
  /** Restarts in the second with the most of them. */
  readonly mostRestarts: number;
  /** Hosts of which ECS refused a request to register. */
  readonly throttledHosts: number;
  /** From the call to the registration, the longest and the one that half of the hosts do not exceed. */
  readonly longestAwayMs: number;
  readonly medianAwayMs: number;
  /** Hosts whose daemon told in between that the agent is not registered. */
  readonly blockedHosts: number;
  /** When the last agent was registered, since the names turned private. */
  readonly lastMs: number;
  /** Requests to register by whole second. */
  readonly requestsPerSecond: readonly number[];
}

/** Larger fleets are followed to the restart of every host, and from there to the end for one host in ten. */
const allFollowed = 36_000;

export async function moveFleet({ hosts, splayMs, seed, bucketPart = 1 }: Fleet): Promise<FleetMove> {
  const restartMs = new Float64Array(hosts);
  for (let host = 0; host < hosts; host += 1) {
    restartMs[host] = (await moveHost(sketchHost(seed, host), { splayMs })).restartMs;
  }
  const { registeredMs, throttledHosts, perSecond } = registerAll(
    restartMs.map((ms) => ms + agentStartMs),
    randomFrom(seed),
    bucketPart,
  );
  let blockedHosts = 0;
  const every = hosts > allFollowed ? 10 : 1;
  for (let host = 0; host < hosts; host += every) {
    // From the beginning once more: a million states do not fit into memory.
    const move = await moveHost(sketchHost(seed, host), {
      splayMs,
      registeredMs: registeredMs[host] ?? Number.NaN,
    });
    if (move.blocked) blockedHosts += every;
  }
  const awayMs = registeredMs.map((ms, host) => ms - (restartMs[host] ?? 0)).sort();
  return {
    hosts,
    splayMs,
    seed,
    mostRestarts: mostPerSecond(restartMs),
    throttledHosts,
    longestAwayMs: awayMs.at(-1) ?? 0,
    medianAwayMs: awayMs.at(Math.floor(hosts / 2)) ?? 0,
    blockedHosts,
    lastMs: registeredMs.reduce((last, ms) => Math.max(last, ms), 0),
    requestsPerSecond: perSecond,
  };
}

function mostPerSecond(times: Float64Array): number {
  const counts = new Map<number, number>();
  for (const time of times) {
    const second = Math.floor(time / 1_000);
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}
