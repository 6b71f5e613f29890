import * as v from 'valibot';

// What the forms of JSON are made of. docs/status.md and docs/schemas/ show the words.

/** A value with what it means. */
export function say<Schema extends v.GenericSchema>(schema: Schema, meaning: string) {
  return v.pipe(schema, v.description(meaning));
}

/** A code, of which docs/events.md has the list. */
export function codeOf<Code extends string>(codes: readonly Code[], meaning: string) {
  return v.pipe(v.picklist(codes), v.description(meaning), v.metadata({ type: 'code' }));
}

export const text = (meaning: string) => say(v.string(), meaning);
export const flag = (meaning: string) => say(v.boolean(), meaning);
export const count = (meaning: string) => say(v.number(), meaning);
export const milliseconds = (meaning: string) => v.pipe(count(meaning), v.metadata({ unit: 'ms' }));
export const time = (meaning: string) => v.pipe(text(meaning), v.metadata({ type: 'time' }));
