import { type RecordWithTtl, Resolver } from 'node:dns';
import { isIPv6 } from 'node:net';
import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';
import { errorCodeOf } from '../kit/problem.ts';
import type { NameserverAnswer, NameserverFailureReason, RecordType } from './dns-answer.ts';

/** One DNS server, asked directly. */
export interface Nameserver {
  readonly address: string;
  /** Never rejects. Takes at most the time-out and a second. */
  ask(host: string, type: RecordType): Promise<NameserverAnswer>;
  /** Ends every question under way; each answers `cancelled`. */
  cancel(): void;
}

export interface NameserverOptions {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
}

export function createNameserver({ address, port, timeoutMs }: NameserverOptions): Nameserver {
  /** The resolver of each question under way. Not a Set: its old tables would keep resolvers until a full collection. */
  let underWay: readonly Resolver[] = [];
  /**
   * The resolver for the next question: one that has had no answer yet. From then on c-ares remembers, in every
   * resolver: answers for their TTL, unless Node.js forbids it (20.19.0–20.19.4, 22.12–22.16 and 24.0 do not), and how
   * long the server takes. It lowers the time-out to a few times that, so that a server which must ask upstream now
   * and then would seem dead.
   */
  let unanswered: Resolver | undefined;

  function open(): Resolver {
    const opened = new Resolver({ timeout: timeoutMs, tries: 1 });
    opened.setServers([isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`]);
    return opened;
  }

  async function ask(host: string, type: RecordType): Promise<NameserverAnswer> {
    unanswered ??= open();
    const resolver = unanswered;
    underWay = [...underWay, resolver];
    const answer = await query(resolver, address, host, type);
    underWay = underWay.toSpliced(underWay.indexOf(resolver), 1);
    if (unanswered === resolver) unanswered = undefined;
    return answer;
  }

  function cancel(): void {
    unanswered = undefined;
    for (const resolver of underWay) resolver.cancel();
  }

  return { address, ask, cancel };
}

function query(
  resolver: Resolver,
  nameserver: string,
  host: string,
  type: RecordType,
): Promise<NameserverAnswer> {
  return new Promise((resolve) => {
    function settle(error: Error | null, records: readonly RecordWithTtl[]): void {
      if (error !== null) resolve(answerOf(error, nameserver));
      else if (records.length > budgets.addresses) resolve(tooMany(records.length, nameserver));
      // An alias that leads to no address is answered without an error.
      else resolve(records.length === 0 ? { status: 'no-data' } : { status: 'answered', records });
    }
    if (type === 'A') resolver.resolve4(host, { ttl: true }, settle);
    else resolver.resolve6(host, { ttl: true }, settle);
  });
}

const failures: Readonly<Record<string, readonly [NameserverFailureReason, string]>> = {
  ETIMEOUT: ['timeout', 'did not answer in time'],
  ECONNREFUSED: ['unreachable', 'could not be reached'],
  ESERVFAIL: ['servfail', 'answered SERVFAIL'],
  EREFUSED: ['refused', 'answered REFUSED'],
  EFORMERR: ['bad-answer', 'answered FORMERR'],
  ENOTIMP: ['bad-answer', 'answered NOTIMP'],
  EBADRESP: ['bad-answer', 'sent an invalid DNS message'],
  ECANCELLED: ['cancelled', 'had not answered when the look ended'],
};

function tooMany(count: number, nameserver: string): NameserverAnswer {
  const detail = `answered ${count} addresses, more than the ${budgets.addresses} that a name may have`;
  return { status: 'failed', failure: { nameserver, reason: 'bad-answer', detail } };
}

function answerOf(error: Error, nameserver: string): NameserverAnswer {
  const code = errorCodeOf(error) ?? error.message;
  if (code === 'ENODATA') return { status: 'no-data' };
  if (code === 'ENOTFOUND') return { status: 'no-such-name' };
  const [reason, detail] = failures[code] ?? [
    'bad-answer',
    `gave no usable answer (${printable(code, budgets.nameLength)})`,
  ];
  return { status: 'failed', failure: { nameserver, reason, detail } };
}
