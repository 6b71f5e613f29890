import { httpGet } from '../../kit/http-get.ts';

export interface PlainAnswer {
  readonly status: number;
  /** Milliseconds since the epoch by the `Date` header; undefined when there is none. */
  readonly dateMs: number | undefined;
}

/** Status and date of an HTTP answer, whatever the answer is. Rejects only with the signal's reason. */
export async function askPlainly(url: string, signal: AbortSignal): Promise<PlainAnswer | undefined> {
  try {
    const { hostname: host, port, pathname: path } = new URL(url);
    const { status, headers } = await httpGet(
      { host, port, path },
      { limitMs: 1_000, largestBytes: 0 },
      signal,
    );
    const dateMs = Date.parse(headers.date ?? '');
    return { status, dateMs: Number.isNaN(dateMs) ? undefined : dateMs };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
