import { budgets } from '../kit/budgets.ts';
import { type HttpLimits, httpGet } from '../kit/http-get.ts';
import { errorCodeOf } from '../kit/problem.ts';
import { type IntrospectionAnswer, parseMetadata } from './introspection-answers.ts';
import { createTaskCounter } from './task-counter.ts';

const limitMs = 2_000;

/** Where the agent's introspection listens, once it has registered. */
export interface IntrospectionAddress {
  readonly host: string;
  readonly port: number;
}

/** The address in the setting, which is a URL. By an address, so that it is known whose port is asked. */
export function introspectionAt(url: string): IntrospectionAddress {
  const { hostname, port } = new URL(url);
  const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '');
  return { host, port: Number(port || 80) };
}

/** `GET /v1/metadata`. Rejects only with the signal's reason. */
export async function readMetadata(
  address: IntrospectionAddress,
  signal: AbortSignal,
): Promise<IntrospectionAnswer> {
  try {
    const limits = { limitMs, largestBytes: budgets.metadataBytes };
    return parseMetadata(JSON.parse(await get(address, '/v1/metadata', limits, signal)));
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
    const counter = createTaskCounter();
    const limits = { limitMs, largestBytes: budgets.tasksBytes, onText: counter.add };
    await get(address, '/v1/tasks', limits, signal);
    return counter.end();
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Rejects when the answer is not a 200, is too long, or is not there in time. */
async function get(
  address: IntrospectionAddress,
  path: string,
  limits: HttpLimits,
  signal: AbortSignal,
): Promise<string> {
  const { status, body } = await httpGet({ ...address, path }, limits, signal);
  if (status !== 200) throw new Error(`status ${status}`);
  return body;
}
