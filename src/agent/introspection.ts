import { request } from 'node:http';
import * as v from 'valibot';
import { errorCodeOf } from '../kit/problem.ts';

const TIMEOUT_MS = 2_000;
/** An answer with 500 tasks of 10 containers is about 3 MB. */
const MAX_BYTES = 8 * 1024 * 1024;

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

/** The address in the operator's own words, a URL. */
export function introspectionAt(url: string): IntrospectionAddress {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || 80) };
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
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const { host, port } = address;
    const outgoing = request({ host, port, path, agent: false, signal }, (incoming) => {
      const chunks: Buffer[] = [];
      let length = 0;
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > MAX_BYTES) outgoing.destroy(new Error('the answer is too long'));
      });
      incoming.once('error', reject);
      incoming.once('end', () => {
        try {
          if (incoming.statusCode !== 200) throw new Error(`status ${incoming.statusCode}`);
          resolve(JSON.parse(Buffer.concat(chunks).toString()));
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
    // Over all, not from byte to byte: an answer that trickles is no better than none.
    const timer = setTimeout(() => outgoing.destroy(new Error('no answer in time')), TIMEOUT_MS);
    outgoing.once('error', reject);
    outgoing.once('close', () => clearTimeout(timer));
    outgoing.end();
  });
}
