import * as v from 'valibot';
import { statusSchema } from './status-schema.ts';

type Schema = v.GenericSchema;

/** Every field of `status.json`, for docs/status.md. */
export function statusMarkdown(): string {
  const rows = fieldsOf('', statusSchema).map((cells) => `| ${cells.join(' | ')} |`);
  return ['| field | type | unit | null | meaning |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}

/** The row of a field, and those of the fields below it. */
function rowsOf(path: string, schema: Schema): string[][] {
  const there = isOptional(schema) ? schema.wrapped : schema;
  const nullable = isNullable(there);
  const inner = nullable ? there.wrapped : there;
  const { type, unit = '' } = v.getMetadata(inner);
  const row = [
    `\`${path}\``,
    String(type ?? typeOf(inner)),
    String(unit),
    nullable ? 'yes' : '',
    v.getDescription(inner) ?? '',
  ];
  return [row, ...fieldsOf(`${path}.`, inner)];
}

function fieldsOf(prefix: string, schema: Schema): string[][] {
  if (isArray(schema)) return fieldsOf(`${prefix.slice(0, -1)}[].`, schema.item);
  if (!isObject(schema)) return [];
  return Object.entries(schema.entries).flatMap(([name, entry]) => rowsOf(prefix + name, entry));
}

function typeOf(schema: Schema): string {
  if (isArray(schema)) return `list of ${typeOf(schema.item)}s`;
  if (isChoice(schema)) return schema.options.map((option) => `\`${option}\``).join(' ');
  if (isLiteral(schema)) return `\`${schema.literal}\``;
  return schema.type;
}

/** Added later: a status of an earlier daemon has none. */
function isOptional(schema: Schema): schema is v.OptionalSchema<Schema, undefined> {
  return schema.type === 'optional';
}

function isNullable(schema: Schema): schema is v.NullableSchema<Schema, undefined> {
  return schema.type === 'nullable';
}

function isArray(schema: Schema): schema is v.ArraySchema<Schema, undefined> {
  return schema.type === 'array';
}

function isObject(schema: Schema): schema is v.ObjectSchema<Record<string, Schema>, undefined> {
  return schema.type === 'object';
}

function isChoice(schema: Schema): schema is v.PicklistSchema<readonly string[], undefined> {
  return schema.type === 'picklist';
}

function isLiteral(schema: Schema): schema is v.LiteralSchema<number, undefined> {
  return schema.type === 'literal';
}
