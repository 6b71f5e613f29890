import { createMemory, type Memory } from '../kit/age.ts';
import type { EndpointName } from './endpoint-names.ts';
import type { EndpointProbe } from './endpoint-observation.ts';

/** One address of one endpoint. */
export interface ProbeSubject {
  readonly name: EndpointName;
  readonly address: string;
}

/** The last result for each address of each name. */
export interface ProbeMemory {
  of(subject: ProbeSubject): Memory<EndpointProbe>;
  /** Forgets all results but those of the subjects given. */
  prune(keep: readonly ProbeSubject[]): void;
}

export function createProbeMemory(monotonicMs: () => number): ProbeMemory {
  const results = new Map<string, Memory<EndpointProbe>>();
  return {
    of: (subject) => {
      const key = keyOf(subject);
      const result = results.get(key) ?? createMemory<EndpointProbe>(monotonicMs);
      results.set(key, result);
      return result;
    },
    prune: (keep) => {
      const kept = new Set(keep.map(keyOf));
      for (const key of results.keys()) if (!kept.has(key)) results.delete(key);
    },
  };
}

function keyOf({ name, address }: ProbeSubject): string {
  return `${name.host} ${address}`;
}
