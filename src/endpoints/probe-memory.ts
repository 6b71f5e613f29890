import type { EndpointName } from './endpoint-names.ts';
import type { EndpointProbe } from './endpoint-observation.ts';

/** One address of one endpoint. */
export interface ProbeSubject {
  readonly name: EndpointName;
  readonly address: string;
}

/** The last result for each address of each name. All times are monotonic milliseconds. */
export interface ProbeMemory {
  get(subject: ProbeSubject): EndpointProbe | undefined;
  set(subject: ProbeSubject, probe: EndpointProbe, nowMs: number): void;
  /** True when there is no result, or it is older than its kind stays fresh. */
  isStale(subject: ProbeSubject, nowMs: number): boolean;
  /** Forgets stale results, except those of the subjects given. */
  prune(keep: readonly ProbeSubject[], nowMs: number): void;
}

// An endpoint that works rarely stops; one that does not is being mended by somebody who waits.
const freshMs = { ok: 60_000, failed: 10_000 } as const;

export function createProbeMemory(): ProbeMemory {
  const results = new Map<string, { readonly probe: EndpointProbe; readonly atMs: number }>();

  function isStaleKey(key: string, nowMs: number): boolean {
    const result = results.get(key);
    if (result === undefined) return true;
    return nowMs - result.atMs > (result.probe.ok ? freshMs.ok : freshMs.failed);
  }

  return {
    get: (subject) => results.get(keyOf(subject))?.probe,
    set: (subject, probe, atMs) => {
      results.set(keyOf(subject), { probe, atMs });
    },
    isStale: (subject, nowMs) => isStaleKey(keyOf(subject), nowMs),
    prune: (keep, nowMs) => {
      const kept = new Set(keep.map(keyOf));
      for (const key of results.keys()) {
        if (!kept.has(key) && isStaleKey(key, nowMs)) results.delete(key);
      }
    },
  };
}

function keyOf({ name, address }: ProbeSubject): string {
  return `${name.host} ${address}`;
}
