import { httpGet } from '../kit/http-get.ts';
import { errorCodeOf } from '../kit/problem.ts';
import { countStarting, type IntrospectionAnswer, parseMetadata } from './introspection-answers.ts';

/** An answer with 500 tasks of 10 containers is about 3 MB. */
const limits = { limitMs: 2_000, largestBytes: 8 * 1024 * 1024 };

/** Where the agent's introspection listens, once it has registered. */
export interface IntrospectionAddress {
  readonly host: string;
  readonly port: number;
}

/** The address in the setting, which is a URL. */
export function introspectionAt(url: string): IntrospectionAddress {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || 80) };
}

/** `GET /v1/metadata`. Rejects only with the signal's reason. */
export async function readMetadata(
  address: IntrospectionAddress,
  signal: AbortSignal,
): Promise<IntrospectionAnswer> {
  try {
    return parseMetadata(await getJson(address, '/v1/metadata', signal));
  } catch (thrown) {
    signal.throwIfAborted();
    return { state: errorCodeOf(thrown) === 'ECONNREFUSED' ? 'not-registered' : 'unclear' };
  }
}

/** By `GET /v1/tasks`; undefined when it does not tell. Rejects only with the signal's reason. */
export async function countTasksStarting(
  address: IntrospectionAddress,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return countStarting(await getJson(address, '/v1/tasks', signal));
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Rejects when the answer is not a 200 with JSON, is too long, or is not there in time. */
async function getJson(address: IntrospectionAddress, path: string, signal: AbortSignal): Promise<unknown> {
  const { status, body } = await httpGet({ ...address, path }, limits, signal);
  if (status !== 200) throw new Error(`status ${status}`);
  return JSON.parse(body);
}
