import { isIPv4, isIPv6 } from 'node:net';
import type { Answer, RecordType } from 'dns-packet';
import { endpointTtl } from './dns-server.ts';

/**
 * How the programmable server treats the queries for one name.
 * - `answer`: the addresses of the type asked for; none of that type is NODATA
 * - `truncated`: over UDP an empty answer with TC; the full answer over TCP only
 * - `lame`: no records, by a server that has neither authority nor recursion
 * - `no-tcp`: nothing answers over TCP, so that an answer must fit what the question says that it takes (EDNS)
 * - `formerr-to-edns`: the response code FORMERR to a question with EDNS
 * - `one-per-port`: a second question from the same source port stays unanswered
 * - `silence`: nothing is sent; `garbage`: bytes that are no DNS message; `wrong-id`: right answer, wrong id
 */
export type DnsOutcome =
  | 'answer'
  | 'nxdomain'
  | 'nodata'
  | 'servfail'
  | 'refused'
  | 'truncated'
  | 'lame'
  | 'no-tcp'
  | 'formerr-to-edns'
  | 'one-per-port'
  | 'silence'
  | 'garbage'
  | 'wrong-id';

export interface DnsBehaviour {
  readonly outcome?: DnsOutcome;
  /** IPv4 and IPv6 addresses. */
  readonly addresses?: readonly string[];
  /** Answer lists taken in turn, one per query of a type; instead of `addresses`. */
  readonly cycle?: readonly (readonly string[])[];
  /** Names that the queried name is an alias of, in order; the addresses belong to the last. */
  readonly cnames?: readonly string[];
  /** Seconds; default 60. */
  readonly ttl?: number;
  /** Milliseconds before the answer is sent. */
  readonly delayMs?: number;
  /** The types that `outcome` holds for; the other is answered. Default both. */
  readonly types?: readonly RecordType[];
}

/** The outcome for one query. */
export function outcomeFor(behaviour: DnsBehaviour, type: RecordType): DnsOutcome {
  const meant = behaviour.types === undefined || behaviour.types.includes(type);
  return meant ? (behaviour.outcome ?? 'answer') : 'answer';
}

const withRecords: readonly DnsOutcome[] = [
  'answer',
  'truncated',
  'wrong-id',
  'no-tcp',
  'one-per-port',
  'formerr-to-edns',
];

/** Whether it is answered with records at all. */
export function hasRecords(outcome: DnsOutcome): boolean {
  return withRecords.includes(outcome);
}

/** The records of an answer. `turn` counts the queries of this name and type so far, from 0. */
export function recordsFor(behaviour: DnsBehaviour, name: string, type: RecordType, turn: number): Answer[] {
  const { cycle, cnames = [], ttl = endpointTtl } = behaviour;
  const addresses = cycle === undefined ? (behaviour.addresses ?? []) : (cycle[turn % cycle.length] ?? []);
  const names = [name, ...cnames];
  const aliases = cnames.map(
    (data, index): Answer => ({ type: 'CNAME', name: names[index] ?? name, ttl, data }),
  );
  const owner = names.at(-1) ?? name;
  if (type === 'A') {
    return [
      ...aliases,
      ...addresses.filter(isIPv4).map((data): Answer => ({ type, name: owner, ttl, data })),
    ];
  }
  if (type === 'AAAA') {
    return [
      ...aliases,
      ...addresses.filter(isIPv6).map((data): Answer => ({ type, name: owner, ttl, data })),
    ];
  }
  return aliases;
}
