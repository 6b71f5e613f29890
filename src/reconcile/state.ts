import { emptyJournal, type Journal, rebaseJournal } from './journal.ts';
import type { Phase, Reason } from './phase.ts';

/** An operator's `restart` command, handed to the daemon. */
export interface RestartRequest {
  readonly id: string;
  /** Only if the agent is not on the private path and all is ready for it; skips splay, cool-downs and the count. */
  readonly ifNeeded: boolean;
}

/** All that the reconciler remembers. Only `journal` outlives the process; the rest is seen anew within rounds. */
export interface State {
  readonly journal: Journal;
  readonly phase: Phase;
  readonly reason: Reason;
  readonly phaseSinceMonoMs: number;
  /** Consecutive rounds with all names private and reachable. */
  readonly readyRounds: number;
  /** Consecutive fresh looks in which a name was answered and the answer was not private. */
  readonly notPrivateRounds: number;
  /** When all names were first seen private in the present run of rounds. */
  readonly privateSince: { readonly monoMs: number; readonly wallMs: number } | undefined;
  /** When the last round was counted, so that looks in quick succession are one round. */
  readonly lastRoundMonoMs: number | undefined;
  /** The agent's process (container id and start) that the counts below are about. */
  readonly process: string | undefined;
  /** Consecutive looks at that process on the public path. */
  readonly publicLooks: number;
  readonly lastPublicLookMonoMs: number | undefined;
  /** Since when the path of that process has not been known. */
  readonly unknownSinceMonoMs: number | undefined;
  /** Since when there has been no registered agent. */
  readonly noAgentSinceMonoMs: number | undefined;
  /** Since when the agent has not been running. */
  readonly downSinceMonoMs: number | undefined;
  readonly taskWaitSinceMonoMs: number | undefined;
  /** When a `scheduled` restart will be made; undefined otherwise, or when it waits for tasks. */
  readonly scheduledMonoMs: number | undefined;
  /** The intent in the journal was made by this process, so its act is not in doubt. */
  readonly intentOwned: boolean;
  /** The endpoints were private and have been withdrawn. */
  readonly withdrawn: boolean;
  /** The operator's request being handled. */
  readonly request: RestartRequest | undefined;
  /** The last request that ended without a restart, and why. */
  readonly requestAnswer: { readonly id: string; readonly phase: Phase; readonly reason: Reason } | undefined;
  /** The process that `settled` was concluded for. */
  readonly settledProcess: string | undefined;
  /** The process for which a dry run has told what it would do. */
  readonly dryRunTold: string | undefined;
}

/**
 * The state at the start of the daemon.
 *
 * @param journal what the state file held, or undefined when there was none or it was corrupt
 */
export function initialState(journal: Journal | undefined, bootId: string, monoMs: number): State {
  return {
    journal: journal ? rebaseJournal(journal, bootId, monoMs) : emptyJournal(bootId, monoMs),
    phase: 'waiting',
    reason: { code: 'starting', message: 'The daemon has just started', advice: undefined },
    phaseSinceMonoMs: monoMs,
    readyRounds: 0,
    notPrivateRounds: 0,
    privateSince: undefined,
    lastRoundMonoMs: undefined,
    process: undefined,
    publicLooks: 0,
    lastPublicLookMonoMs: undefined,
    unknownSinceMonoMs: undefined,
    noAgentSinceMonoMs: undefined,
    downSinceMonoMs: undefined,
    taskWaitSinceMonoMs: undefined,
    scheduledMonoMs: undefined,
    intentOwned: false,
    withdrawn: false,
    request: undefined,
    requestAnswer: undefined,
    settledProcess: undefined,
    dryRunTold: undefined,
  };
}
