import { type RecordWithTtl, Resolver } from 'node:dns';
import { isIPv6 } from 'node:net';
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
  readonly monotonicMs: () => number;
}

/** Below this c-ares raises a time-out to it. */
const shortestTimeoutMs = 250;

export function createNameserver({ address, port, timeoutMs, monotonicMs }: NameserverOptions): Nameserver {
  const underWay = new Set<{ readonly resolver: Resolver }>();
  let cancels = 0;
  let resolver = open(timeoutMs);

  function open(ms: number): Resolver {
    const opened = new Resolver({ timeout: ms, tries: 1 });
    opened.setServers([isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`]);
    return opened;
  }

  async function put(question: { readonly resolver: Resolver }, host: string, type: RecordType) {
    underWay.add(question);
    const answer = await query(question.resolver, address, host, type);
    underWay.delete(question);
    return answer;
  }

  async function ask(host: string, type: RecordType): Promise<NameserverAnswer> {
    const used = resolver;
    const startedMs = monotonicMs();
    const cancelsBefore = cancels;
    const answer = await put({ resolver: used }, host, type);
    if (answer.status !== 'failed' || answer.failure.reason !== 'timeout') return answer;
    // c-ares lowers the time-out to a few times what a server usually takes (it gives up after 1 s however long
    // the setting), so one that must ask upstream now and then would seem dead. A new resolver has no such
    // memory: it gets the rest of the time.
    if (resolver === used) resolver = open(timeoutMs);
    const leftMs = Math.round(timeoutMs - (monotonicMs() - startedMs));
    if (leftMs < shortestTimeoutMs || cancels !== cancelsBefore) return answer;
    return await put({ resolver: open(leftMs) }, host, type);
  }

  function cancel(): void {
    cancels++;
    for (const question of underWay) question.resolver.cancel();
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
  EBADRESP: ['bad-answer', 'sent what is no DNS message'],
  ECANCELLED: ['cancelled', 'had not answered when the look ended'],
};

function answerOf(error: Error, nameserver: string): NameserverAnswer {
  const code = errorCodeOf(error) ?? error.message;
  if (code === 'ENODATA') return { status: 'no-data' };
  if (code === 'ENOTFOUND') return { status: 'no-such-name' };
  const [reason, detail] = failures[code] ?? ['bad-answer', `gave no usable answer (${code})`];
  return { status: 'failed', failure: { nameserver, reason, detail } };
}
