import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { JsonCommand } from '../../src/cli/json-versions.ts';
import { inCheckout } from './checkout.ts';

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });

/**
 * What a command printed with `--json`, held to docs/schemas/: one document, every field that is named there, and no
 * other.
 *
 * @throws Error with what is wrong
 */
export function documentOf(command: JsonCommand, stdout: string) {
  const document = JSON.parse(stdout);
  const schema: object = JSON.parse(readFileSync(inCheckout(`docs/schemas/${command}.json`), 'utf8'));
  const validate = ajv.compile(closed(schema));
  const valid: boolean = validate(document);
  if (valid) return document;
  const wrong = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(`docs/schemas/${command}.json:\n${wrong.join('\n')}\n${stdout}`);
}

/** The schema with `additionalProperties: false` where fields are named, which readers are not held to. */
function closed(schema: unknown): object {
  return JSON.parse(JSON.stringify(schema), (_, value) =>
    typeof value === 'object' &&
    value !== null &&
    value.type === 'object' &&
    Object.keys(value.properties ?? {}).length > 0
      ? { ...value, additionalProperties: false }
      : value,
  );
}
