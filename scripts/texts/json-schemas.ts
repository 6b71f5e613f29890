import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema';
import { documentSchema } from '../../src/cli/json-forms.ts';
import { type JsonCommand, jsonVersions } from '../../src/cli/json-versions.ts';
import { keysOf } from '../../src/kit/keys-of.ts';

type OverrideAction = NonNullable<ConversionConfig['overrideAction']>;

/** File below docs/schemas/ → JSON Schema (draft-07, which every validator knows) of what a command's `--json` prints. */
export function jsonSchemas(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    keysOf(jsonVersions).map((command) => [
      `${command}.json`,
      `${JSON.stringify(schemaOf(command), undefined, 1)}\n`,
    ]),
  );
}

function schemaOf(command: JsonCommand): object {
  const { $schema, ...schema } = toJsonSchema(documentSchema(command), { overrideAction: metadata });
  return { $schema, title: `ecs-privatelinkd ${command} --json`, ...schema };
}

/** Codes are any text, so that one which is added later is no breach; times say their format. */
const metadata: OverrideAction = ({ valibotAction, jsonSchema }) => {
  if (valibotAction.type !== 'metadata' || !('metadata' in valibotAction)) return undefined;
  const { enum: _, ...open } = jsonSchema;
  const about: { readonly type?: unknown } = valibotAction.metadata ?? {};
  if (about.type === 'code') return { ...open, type: 'string' };
  return about.type === 'time' ? { ...jsonSchema, type: 'string', format: 'date-time' } : jsonSchema;
};
