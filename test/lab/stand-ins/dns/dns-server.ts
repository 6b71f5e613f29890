/** Record types that the stand-ins count and answer. */
export type QueryType = 'A' | 'AAAA';

/** What every DNS server of the lab can do, so that a test can swap one for another. */
export interface DnsServer {
  /** The first address it listens on. */
  readonly address: string;
  /**
   * Makes a name answer with exactly these IPv4 and IPv6 addresses, TTL 60. None: the name exists no more.
   * Resolves once queries are answered so.
   */
  setRecord(host: string, addresses: readonly string[]): Promise<void>;
  /** The same for many names at once. */
  setRecords(records: Readonly<Record<string, readonly string[]>>): Promise<void>;
  /** Queries received so far for a name, of one type or of both. */
  queries(host: string, type?: QueryType): number;
  totalQueries(): number;
  close(): Promise<void>;
}

/** The TTL of an interface endpoint's records, in seconds. */
export const endpointTtl = 60;

/** Queries by name and type. */
export interface QueryCounts {
  add(host: string, type: string): void;
  of(host: string, type?: QueryType): number;
  total(): number;
}

export function queryCounts(): QueryCounts {
  const counts = new Map<string, number>();
  const key = (host: string, type: string) => `${type} ${host.toLowerCase()}`;
  const of = (host: string, type: string) => counts.get(key(host, type)) ?? 0;
  return {
    add: (host, type) => {
      counts.set(key(host, type), of(host, type) + 1);
    },
    of: (host, type) => (type === undefined ? of(host, 'A') + of(host, 'AAAA') : of(host, type)),
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
  };
}
