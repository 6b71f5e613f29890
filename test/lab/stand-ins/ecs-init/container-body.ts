import { readFileSync } from 'node:fs';
import * as v from 'valibot';

const bodySchema = v.looseObject({ Env: v.optional(v.array(v.string()), []) });

/**
 * The body that creates the agent's container: the lab's, with the variables of the operator's files (ecs.config) put
 * over its own. Values are taken literally, quotes too; what ecs-init has in its own environment is not passed on.
 */
export function containerBody(specText: string, configFiles: readonly string[]): string {
  const body = v.parse(bodySchema, JSON.parse(specText));
  const variables = new Map<string, string>();
  for (const line of [...body.Env, ...configFiles.flatMap(linesOf)]) {
    const at = line.indexOf('=');
    if (at > 0) variables.set(line.slice(0, at), line.slice(at + 1));
  }
  return JSON.stringify({ ...body, Env: [...variables].map(([name, value]) => `${name}=${value}`) });
}

function linesOf(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.map((line) => line.trim()).filter((line) => !line.startsWith('#'));
  } catch {
    return [];
  }
}
