import * as v from 'valibot';
import { restartOutcomes } from './restart-outcome.ts';

/** Version of the form; `readJournal` reads this one, and of a later one what it can. */
export const journalVersion = 1;

/**
 * What must survive a crash or a reboot. All times are monotonic milliseconds of the boot named by `bootId`;
 * `rebaseJournal` carries them over a reboot, so that a system clock that jumps changes nothing.
 */
export const lastRestartSchema = v.object({
  atWallMs: v.number(),
  verb: v.string(),
  outcome: v.picklist(restartOutcomes),
  /** What decided where the new process would connect (see evidence.ts). */
  evidence: v.optional(v.string()),
  /** The process that came of it, as ProcessCount names it. */
  process: v.optional(v.string()),
  /** From the call to the new process, and to the private path. */
  newProcessMs: v.optional(v.number()),
  connectedMs: v.optional(v.number()),
  requestId: v.optional(v.string()),
});

/** What brings back an agent that was stopped here. */
export const dutySchema = v.object({
  /** The Engine or systemd verb. */
  verb: v.picklist(['kill', 'restart', 'systemctl-restart']),
  /** Whether a unit runs the agent, ecs-init's or another: decides which fallback is right. */
  supervised: v.boolean(),
  unit: v.string(),
  /** When the fallback was last used; absent: not yet. */
  fallbackMonoMs: v.optional(v.number()),
  /** How many there have been. */
  fallbacks: v.optional(v.number()),
  /** What kept the last one from going through; absent: nothing, as far as is known. */
  fallbackCameTo: v.optional(v.string()),
});

export const intentSchema = v.object({
  ...dutySchema.entries,
  containerId: v.string(),
  /** The Engine's start time of the process that is to be replaced. */
  startedAt: v.string(),
  atMonoMs: v.number(),
  /** The call was made and answered. False: it may or may not have been made. */
  acted: v.boolean(),
  /** What `lastRestart` was before, for a call that is never made. */
  replaces: v.optional(lastRestartSchema),
  /** Id of the operator's request, for a restart by hand. */
  requestId: v.optional(v.string()),
});

export const transitionSchema = v.object({
  /** When all names were first seen private. Negative: before this boot. */
  privateSinceMonoMs: v.number(),
  privateSinceWallMs: v.number(),
  /** Restarts made for this transition. */
  attempts: v.number(),
  /** Cool-down: no restart before this time. */
  notBeforeMonoMs: v.optional(v.number()),
});

export const verifyingSchema = v.object({
  containerId: v.string(),
  startedAt: v.string(),
  /** When the restart was called. */
  sinceMonoMs: v.number(),
  /** When its new process was first seen; absent in journals of earlier versions, as `duty`. */
  upMonoMs: v.optional(v.number()),
  /** Absent in journals of versions that did not bring back an agent which ended here. */
  duty: v.optional(dutySchema),
});

export const journalSchema = v.object({
  version: v.literal(journalVersion),
  bootId: v.string(),
  /** Whose journal it is: one baked into an image is not that of the instances made from it. */
  instanceId: v.optional(v.string()),
  savedMonoMs: v.number(),
  transition: v.optional(transitionSchema),
  intent: v.optional(intentSchema),
  verifying: v.optional(verifyingSchema),
  lastRestart: v.optional(lastRestartSchema),
  /** Restarts made since the journal was begun; never reset. */
  restartsTotal: v.number(),
  /** When the last ones were made; at most twelve. */
  recentRestarts: v.optional(v.array(v.number())),
});

export type Duty = v.InferOutput<typeof dutySchema>;
export type Transition = v.InferOutput<typeof transitionSchema>;
export type Intent = v.InferOutput<typeof intentSchema>;
export type Verifying = v.InferOutput<typeof verifyingSchema>;
export type LastRestart = v.InferOutput<typeof lastRestartSchema>;
export type Journal = v.InferOutput<typeof journalSchema>;

/** The unit that ran the agent when a restart was begun that has not ended. */
export function unitOfRestart({ intent, verifying }: Journal): string | undefined {
  const duty = intent ?? verifying?.duty;
  return duty?.supervised ? duty.unit : undefined;
}

export function emptyJournal(bootId: string, monoMs: number): Journal {
  return { version: journalVersion, bootId, savedMonoMs: monoMs, restartsTotal: 0 };
}

/**
 * The journal as seen from another boot: the time spent off counts as none, so a cool-down runs at
 * least as long as it had left. Returns the same object when the boot is the same.
 */
export function rebaseJournal(journal: Journal, bootId: string, monoMs: number): Journal {
  if (journal.bootId === bootId) return journal;
  const shift = monoMs - journal.savedMonoMs;
  const { transition, intent, verifying, recentRestarts } = journal;
  return {
    ...journal,
    bootId,
    savedMonoMs: monoMs,
    ...(transition && {
      transition: {
        ...transition,
        // Whatever runs in this boot was started after a moment of an earlier one.
        privateSinceMonoMs: Math.min(transition.privateSinceMonoMs + shift, 0),
        ...shifted(transition, 'notBeforeMonoMs', shift),
      },
    }),
    ...(intent && {
      intent: { ...intent, atMonoMs: intent.atMonoMs + shift, ...shifted(intent, 'fallbackMonoMs', shift) },
    }),
    ...(verifying && {
      verifying: {
        ...verifying,
        sinceMonoMs: verifying.sinceMonoMs + shift,
        ...shifted(verifying, 'upMonoMs', shift),
        ...(verifying.duty && {
          duty: { ...verifying.duty, ...shifted(verifying.duty, 'fallbackMonoMs', shift) },
        }),
      },
    }),
    ...(recentRestarts && { recentRestarts: recentRestarts.map((atMonoMs) => atMonoMs + shift) }),
  };
}

/** The one time, where it is there. */
function shifted<Name extends string>(
  of: { readonly [name in Name]?: number | undefined },
  name: Name,
  byMs: number,
) {
  const monoMs = of[name];
  return monoMs === undefined ? {} : { [name]: monoMs + byMs };
}

/**
 * The journal if it is this instance's, otherwise an empty one. Notes whose it is as soon as that is known.
 *
 * @param instanceId undefined while it is not known; the journal is then taken as it is
 */
export function ownJournal(
  journal: Journal,
  instanceId: string | undefined,
  bootId: string,
  monoMs: number,
): Journal {
  if (instanceId === undefined || journal.instanceId === instanceId) return journal;
  const kept = journal.instanceId === undefined ? journal : emptyJournal(bootId, monoMs);
  return { ...kept, instanceId };
}
