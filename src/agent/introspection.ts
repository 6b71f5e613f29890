import * as v from 'valibot';
import { httpGet } from '../kit/http-get.ts';
import { errorCodeOf } from '../kit/problem.ts';

/** An answer with 500 tasks of 10 containers is about 3 MB. */
const limits = { limitMs: 2_000, largestBytes: 8 * 1024 * 1024 };

const metadataSchema = v.object({
  Cluster: v.string(),
  ContainerInstanceArn: v.nullish(v.string()),
  Version: v.nullish(v.string(), ''),
});

const tasksSchema = v.object({
  Tasks: v.nullable(
    v.array(v.object({ DesiredStatus: v.nullish(v.string(), ''), KnownStatus: v.nullish(v.string(), '') })),
    [],
  ),
});

/** Where the agent's introspection listens, once it has registered. */
export interface IntrospectionAddress {
  readonly host: string;
  readonly port: number;
}

export const introspectionAddress: IntrospectionAddress = { host: '127.0.0.1', port: 51678 };

/**
 * - `registered`: it told its cluster and its container instance
 * - `not-registered`: it does not listen, or has no container instance yet
 * - `unclear`: hung, or answered something else
 */
export type IntrospectionAnswer =
  | {
      readonly state: 'registered';
      readonly cluster: string;
      readonly containerInstanceArn: string;
      readonly version: string | undefined;
    }
  | { readonly state: 'not-registered' }
  | { readonly state: 'unclear' };

/** `GET /v1/metadata`. Rejects only with the signal's reason. */
export async function readMetadata(
  address: IntrospectionAddress,
  signal: AbortSignal,
): Promise<IntrospectionAnswer> {
  try {
    const answer = v.parse(metadataSchema, await getJson(address, '/v1/metadata', signal));
    if (!answer.ContainerInstanceArn) return { state: 'not-registered' };
    return {
      state: 'registered',
      cluster: answer.Cluster,
      containerInstanceArn: answer.ContainerInstanceArn,
      version: parseAgentVersion(answer.Version),
    };
  } catch (thrown) {
    signal.throwIfAborted();
    return { state: errorCodeOf(thrown) === 'ECONNREFUSED' ? 'not-registered' : 'unclear' };
  }
}

/**
 * Tasks that are to run and do not yet, from `GET /v1/tasks`: known status NONE, MANIFEST_PULLED, CREATED and
 * whatever else the agent may put before RUNNING. Undefined when it does not tell. Rejects only with the
 * signal's reason.
 */
export async function countTasksStarting(
  address: IntrospectionAddress,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const { Tasks: tasks } = v.parse(tasksSchema, await getJson(address, '/v1/tasks', signal));
    const begun = new Set(['RUNNING', 'STOPPED']);
    return tasks.filter((task) => task.DesiredStatus === 'RUNNING' && !begun.has(task.KnownStatus)).length;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** `1.105.1` from `Amazon ECS Agent - v1.105.1 (*abc1234)`. */
export function parseAgentVersion(text: string): string | undefined {
  return /\bv(\d+\.\d+\.\d+)\b/.exec(text)?.[1];
}

/** Rejects when the answer is not a 200 with JSON, is too long, or is not there in time. */
async function getJson(address: IntrospectionAddress, path: string, signal: AbortSignal): Promise<unknown> {
  const { status, body } = await httpGet({ ...address, path }, limits, signal);
  if (status !== 200) throw new Error(`status ${status}`);
  return JSON.parse(body);
}
