import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { within } from './deadline.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpLimits {
  /** Milliseconds over all, not from byte to byte: an answer that trickles is no better than none. */
  readonly limitMs: number;
  /** A longer answer is refused. 0: the body is not read. */
  readonly largestBytes: number;
  /** Is given the body as it comes; `body` is then empty. Where it throws the answer is refused. */
  readonly onText?: (text: string) => void;
}

/**
 * One GET over a connection of its own, without redirects or proxies.
 * @throws the system error, LateError, or the signal's reason
 */
export async function httpGet(
  target: Pick<RequestOptions, 'host' | 'port' | 'path'>,
  { limitMs, largestBytes, onText }: HttpLimits,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return await within(`GET ${target.path}`, limitMs, signal, async (own) => {
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({ ...target, agent: false, signal: own }, resolve);
      // Stays on: a late error must not end the process.
      outgoing.on('error', reject);
      outgoing.end();
    });
    const { statusCode: status = 0, headers } = incoming;
    if (largestBytes > 0) return { status, headers, body: await readBody(incoming, largestBytes, onText) };
    incoming.destroy();
    return { status, headers, body: '' };
  });
}

/**
 * The text of an answer; `edit` may overwrite what is not to become text. Rejects when it breaks off or is too long; the
 * connection is then over.
 */
export async function readBody(
  incoming: IncomingMessage,
  largestBytes: number,
  onText?: (text: string) => void,
  edit?: (body: Buffer) => void,
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const decoder = new StringDecoder();
    let length = 0;
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > largestBytes) incoming.destroy(new Error('the answer is too long'));
      else if (onText === undefined) chunks.push(chunk);
      else handOver(decoder.write(chunk));
    });
    incoming.on('error', reject);
    incoming.once('end', () => {
      const body = Buffer.concat(chunks);
      edit?.(body);
      for (const chunk of chunks) chunk.fill(0);
      resolve(body.toString());
    });

    function handOver(text: string): void {
      try {
        onText?.(text);
      } catch (error) {
        incoming.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    }
  });
}
