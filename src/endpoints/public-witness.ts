import { isRequired } from '../settings/endpoint-services.ts';
import type { RecordAnswer, RecordType } from './dns-answer.ts';
import type { EndpointObservation } from './endpoint-observation.ts';
import type { PrivateAddressRule } from './private-address.ts';

/** One question that can show that not all names are private. */
export interface PublicWitness {
  readonly host: string;
  readonly type: RecordType;
}

/** The last name that DNS answered with an address that counts and is not private: in the order AWS recommends it stays so the longest. */
export function publicWitness(endpoints: readonly EndpointObservation[]): PublicWitness | undefined {
  for (const { service, host, source, addresses } of endpoints.toReversed()) {
    if (!isRequired(service)) continue;
    const address = source === 'dns' ? addresses.find((one) => !one.private && !one.unrouted) : undefined;
    if (address !== undefined) return { host, type: address.family === 4 ? 'A' : 'AAAA' };
  }
  return undefined;
}

/** Whether the answer holds an address that is not private, which is enough: a name is private when all of its are. */
export function isStillPublic(answer: RecordAnswer | undefined, rule: PrivateAddressRule): boolean {
  return (
    answer?.status === 'answered' && answer.records.some(({ address }) => rule(address)?.private === false)
  );
}
