import * as v from 'valibot';
import type { Problem } from '../kit/problem.ts';
import { foreignName } from './foreign-name.ts';

const metadataSchema = v.object({
  Cluster: foreignName,
  ContainerInstanceArn: v.nullish(foreignName),
  Version: v.nullish(foreignName, ''),
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

/** Whether the agent is registered cannot be asked: another process listens in its place. */
export function introspectionForeign({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): Problem {
  return {
    code: 'agent-introspection-foreign',
    message: `${host}:${port}, where the agent's introspection listens, is held by another process, which is not asked`,
    advice: `Find it (\`ss -ltnp 'sport = :${port}'\`) and end it; the agent then takes its port when it is restarted.`,
  };
}

/** `1.105.1` from `Amazon ECS Agent - v1.105.1 (*abc1234)`. */
export function parseAgentVersion(text: string): string | undefined {
  return /\bv(\d{1,6}\.\d{1,6}\.\d{1,6})\b/.exec(text)?.[1];
}
