import type { Problem } from '../kit/problem.ts';

export type RecordType = 'A' | 'AAAA';

export interface AddressRecord {
  readonly address: string;
  /** Seconds; the smallest of the alias chain and the address. */
  readonly ttl: number;
}

/**
 * - `timeout`: no answer in time
 * - `unreachable`: the network or the host refused the packet
 * - `servfail`, `refused`: the DNS response codes
 * - `bad-answer`: anything else that is no usable answer
 * - `cancelled`: the look was at its deadline, or aborted
 */
export type NameserverFailureReason =
  | 'timeout'
  | 'unreachable'
  | 'servfail'
  | 'refused'
  | 'bad-answer'
  | 'cancelled';

export interface NameserverFailure {
  readonly nameserver: string;
  readonly reason: NameserverFailureReason;
  /** In words, e.g. `answered SERVFAIL`. */
  readonly detail: string;
}

/** What one nameserver said to one question. All but `failed` are final: no other nameserver is asked. */
export type NameserverAnswer =
  | { readonly status: 'answered'; readonly records: readonly AddressRecord[] }
  | { readonly status: 'no-data' }
  | { readonly status: 'no-such-name' }
  | { readonly status: 'failed'; readonly failure: NameserverFailure };

/** What came of one question after fail-over. */
export type RecordAnswer =
  | { readonly status: 'answered'; readonly nameserver: string; readonly records: readonly AddressRecord[] }
  | { readonly status: 'no-data' | 'no-such-name'; readonly nameserver: string }
  /** One failure for each nameserver that was asked, its latest. */
  | { readonly status: 'failed'; readonly failures: readonly NameserverFailure[] };

/** What a look-up gave. */
export interface LookUpAnswers {
  /** As which name the host was found, or asked for first where it was not: a search domain may stand behind it. */
  readonly name: string;
  readonly a: RecordAnswer;
  readonly aaaa: RecordAnswer;
}

/** What is known of one host's addresses. */
export type HostAnswers =
  /** One look-up for each nameserver that it may start at. */
  | { readonly source: 'dns'; readonly answers: readonly LookUpAnswers[] }
  | { readonly source: 'hosts-file'; readonly addresses: readonly string[] }
  /** The host is an address itself. */
  | { readonly source: 'literal'; readonly address: string }
  /** The files that say how to look it up cannot be read. */
  | { readonly source: 'none'; readonly problem: Problem };
