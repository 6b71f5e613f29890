import { request } from 'node:http';

export interface PlainAnswer {
  readonly status: number;
  /** Milliseconds since the epoch by the `Date` header; undefined when there is none. */
  readonly dateMs: number | undefined;
}

const timeoutMs = 1_000;

/** Status and date of an HTTP answer, whatever the answer is. Rejects only with the signal's reason. */
export async function askPlainly(url: string, signal: AbortSignal): Promise<PlainAnswer | undefined> {
  signal.throwIfAborted();
  const answer = await new Promise<PlainAnswer | undefined>((resolve) => {
    const outgoing = request(url, { agent: false, signal }, (incoming) => {
      const dateMs = Date.parse(incoming.headers.date ?? '');
      resolve({ status: incoming.statusCode ?? 0, dateMs: Number.isNaN(dateMs) ? undefined : dateMs });
      incoming.destroy();
    });
    const timer = setTimeout(() => outgoing.destroy(), timeoutMs);
    outgoing.once('error', () => resolve(undefined));
    outgoing.once('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    outgoing.end();
  });
  signal.throwIfAborted();
  return answer;
}
