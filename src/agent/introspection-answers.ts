import * as v from 'valibot';
import { foreignName } from './foreign-name.ts';

const metadataSchema = v.object({
  Cluster: foreignName,
  ContainerInstanceArn: v.nullish(foreignName),
  Version: v.nullish(foreignName, ''),
});

const tasksSchema = v.object({
  Tasks: v.nullable(
    v.array(v.object({ DesiredStatus: v.nullish(v.string(), ''), KnownStatus: v.nullish(v.string(), '') })),
    [],
  ),
});

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

/** What `GET /v1/metadata` told. @throws when it is something else */
export function parseMetadata(json: unknown): IntrospectionAnswer {
  const {
    Cluster: cluster,
    ContainerInstanceArn: containerInstanceArn,
    Version,
  } = v.parse(metadataSchema, json);
  if (!containerInstanceArn) return { state: 'not-registered' };
  return { state: 'registered', cluster, containerInstanceArn, version: parseAgentVersion(Version) };
}

/**
 * Tasks that are to run and do not yet, by what `GET /v1/tasks` told: known status NONE, MANIFEST_PULLED, CREATED and
 * whatever else the agent may put before RUNNING. @throws when it told something else
 */
export function countStarting(json: unknown): number {
  const begun = new Set(['RUNNING', 'STOPPED']);
  return v
    .parse(tasksSchema, json)
    .Tasks.filter((task) => task.DesiredStatus === 'RUNNING' && !begun.has(task.KnownStatus)).length;
}

/** `1.105.1` from `Amazon ECS Agent - v1.105.1 (*abc1234)`. */
export function parseAgentVersion(text: string): string | undefined {
  return /\bv(\d{1,6}\.\d{1,6}\.\d{1,6})\b/.exec(text)?.[1];
}
