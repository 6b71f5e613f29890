import { createHash } from 'node:crypto';
import type { Observation } from '../observe/observation.ts';

/**
 * Names all that decides where a new agent process will connect, as far as it was seen: the names with their answers and
 * who gave them, what they and their certificates were judged by, and the agent's own settings, image and version. A restart that did not help is not repeated while this
 * stays the same.
 */
export function evidenceOf({ endpoints, agent }: Observation): string {
  const names = (endpoints?.endpoints ?? []).map(
    ({ host, class: classified, addresses, nameserver, source }) => [
      host,
      classified,
      addresses.map(({ address }) => address).sort(),
      nameserver ?? source,
    ],
  );
  const { image, networkMode } = agent.container ?? {};
  const seen = [
    names,
    endpoints?.judgedBy?.evidence,
    image,
    networkMode,
    agent.registration.version,
    agent.settings,
  ];
  return createHash('sha256').update(JSON.stringify(seen)).digest('hex').slice(0, 16);
}
