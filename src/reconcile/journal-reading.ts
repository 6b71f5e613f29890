import * as v from 'valibot';
import {
  dutySchema,
  intentSchema,
  type Journal,
  journalSchema,
  journalVersion,
  lastRestartSchema,
  transitionSchema,
  verifyingSchema,
} from './journal.ts';

/** What a state file gives. */
export interface JournalReading {
  readonly journal: Journal;
  /** Set when a later version of the daemon wrote it (this one was put back in its place). */
  readonly later?: LaterJournal;
}

export interface LaterJournal {
  readonly version: number;
  /** The parts of it that are there and were not understood. */
  readonly lost: readonly string[];
}

/** A part that may be missing, or not understood. */
function part<Schema extends v.GenericSchema>(schema: Schema) {
  return v.fallback(v.optional(schema), undefined);
}

/**
 * Of an intent it must be known which process was to go; the rest has a safe meaning: the call was made, it may take as
 * long as any, and in the end the Docker Engine starts the container.
 */
const laterIntentSchema = v.pipe(
  v.object({
    ...intentSchema.entries,
    verb: v.fallback(intentSchema.entries.verb, 'systemctl-restart'),
    supervised: v.fallback(v.boolean(), false),
    unit: v.fallback(v.string(), ''),
    acted: v.fallback(v.boolean(), true),
    fallbackMonoMs: part(v.number()),
    fallbacks: part(v.number()),
    fallbackCameTo: part(v.string()),
    replaces: part(lastRestartSchema),
    requestId: part(v.string()),
  }),
  v.transform((intent) => (intent.unit === '' ? { ...intent, supervised: false } : intent)),
);

const laterSchema = v.object({
  version: v.pipe(v.number(), v.minValue(journalVersion + 1)),
  bootId: v.string(),
  savedMonoMs: v.number(),
  instanceId: part(v.string()),
  transition: part(transitionSchema),
  intent: part(laterIntentSchema),
  verifying: part(v.object({ ...verifyingSchema.entries, duty: part(dutySchema) })),
  lastRestart: part(lastRestartSchema),
  restartsTotal: v.fallback(v.number(), 0),
  recentRestarts: part(v.array(v.number())),
});

/**
 * Reads what a state file holds: all of it when it is of this version (there is none before it), of a later one what
 * can be understood. Undefined when it is neither.
 */
export function readJournal(found: unknown): JournalReading | undefined {
  const own = v.safeParse(journalSchema, found);
  if (own.success) return { journal: own.output };
  const parsed = v.safeParse(laterSchema, found);
  if (!parsed.success) return undefined;
  const { version, ...rest } = parsed.output;
  const known = new Set(Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [name])));
  const lost = Object.keys(Object(found)).filter((name) => name !== 'version' && !known.has(name));
  return { journal: { ...rest, version: journalVersion }, later: { version, lost } };
}
