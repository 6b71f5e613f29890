import type { PreflightAnswer, PreflightQuestion } from '../preflight/preflight-answer.ts';
import { emptyJournal, type Journal, rebaseJournal } from './journal.ts';
import type { Phase, Reason } from './phase.ts';

/** An operator's `restart` command, handed to the daemon. */
export interface RestartRequest {
  readonly id: string;
  /** Only if the agent is not on the private path and all is ready for it; overrides what only postpones or counts. */
  readonly ifNeeded: boolean;
}

/** What was counted of the endpoints. */
export interface EndpointsCount {
  /** Consecutive rounds with all names private and reachable. */
  readonly readyRounds: number;
  /** Consecutive rounds in which a name was answered and the answer was not private. */
  readonly notPrivateRounds: number;
  /** When all names were first seen private in the present run of rounds. */
  readonly privateSince: { readonly monoMs: number; readonly wallMs: number } | undefined;
  /** When the last round was counted, so that looks in quick succession are one round. */
  readonly lastRoundMonoMs: number | undefined;
  /** They were private and have been withdrawn. */
  readonly withdrawn: boolean;
}

/** What was counted of one process of the agent. Replaced whole with another process. */
export interface ProcessCount {
  /** Container id and start, which name the process. */
  readonly id: string;
  /** What the names answered when it was first seen. */
  readonly answersAtFirst: string;
  /** Looks at it on the public path since it was last seen on the private one. */
  readonly publicLooks: number;
  readonly lastPublicLookMonoMs: number | undefined;
  /** Since when its connections cannot be read. */
  readonly unknownSinceMonoMs: number | undefined;
  /** Since when it has had no connection that lasts. */
  readonly disconnectedSinceMonoMs: number | undefined;
  /** When it was last seen on the private path. */
  readonly privateMonoMs: number | undefined;
  /** Since when none of its connections to a public address has been seen. */
  readonly noPublicSinceMonoMs: number | undefined;
  /** Since when its telemetry has been seen on the public path while the agent is on the private one. */
  readonly tcsPublicSinceMonoMs: number | undefined;
  /** Since when a restart of it has waited for tasks that are starting. */
  readonly taskWaitSinceMonoMs: number | undefined;
  /** A dry run has told what it would do. */
  readonly dryRunTold: boolean;
}

/** What was counted while there is no registered agent. Ends with the next one that lasts. */
export interface AbsenceCount {
  readonly sinceMonoMs: number;
  /** Since when no process has been running; undefined while one is. */
  readonly downSinceMonoMs: number | undefined;
  /** Since when there has been a registered one again; undefined while there is none. */
  readonly backSinceMonoMs: number | undefined;
  /** How often a process has ended in it. */
  readonly ends: number;
  /** The last of them ended with a terminal error (exit code 5). */
  readonly exitFive: boolean;
}

/** What ECS answered when it was last asked what the agent will ask. */
export interface PreflightCount {
  readonly question: PreflightQuestion;
  /** For which it was asked (evidence.ts). */
  readonly evidence: string;
  readonly answer: PreflightAnswer;
  readonly askedMonoMs: number;
  /** How many answers in succession have forbidden a restart on this evidence. */
  readonly forbade: number;
  /** The operator's request for which it was asked. */
  readonly requestId: string | undefined;
}

/** All that the reconciler remembers. Only `journal` outlives the process; the rest is seen anew within rounds. */
export interface State {
  readonly journal: Journal;
  readonly phase: Phase;
  readonly reason: Reason;
  readonly phaseSinceMonoMs: number;
  readonly endpoints: EndpointsCount;
  /** Undefined while none has been seen to run. */
  readonly process: ProcessCount | undefined;
  readonly absence: AbsenceCount | undefined;
  /** Undefined until it is asked for the first time. */
  readonly preflight: PreflightCount | undefined;
  /** When a `scheduled` restart will be made; undefined otherwise. */
  readonly scheduledMonoMs: number | undefined;
  /** The intent in the journal was made by this process, so its act is not in doubt. */
  readonly intentOwned: boolean;
  /** The operator's request being handled. */
  readonly request: RestartRequest | undefined;
  /** The last request that ended without a restart, and why. */
  readonly requestAnswer: { readonly id: string; readonly phase: Phase; readonly reason: Reason } | undefined;
}

export const noRounds: EndpointsCount = {
  readyRounds: 0,
  notPrivateRounds: 0,
  privateSince: undefined,
  lastRoundMonoMs: undefined,
  withdrawn: false,
};

export function newProcess(id: string, answersAtFirst = ''): ProcessCount {
  return {
    id,
    answersAtFirst,
    publicLooks: 0,
    lastPublicLookMonoMs: undefined,
    unknownSinceMonoMs: undefined,
    disconnectedSinceMonoMs: undefined,
    privateMonoMs: undefined,
    noPublicSinceMonoMs: undefined,
    tcsPublicSinceMonoMs: undefined,
    taskWaitSinceMonoMs: undefined,
    dryRunTold: false,
  };
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
    endpoints: noRounds,
    process: undefined,
    absence: undefined,
    preflight: undefined,
    scheduledMonoMs: undefined,
    intentOwned: false,
    request: undefined,
    requestAnswer: undefined,
  };
}

/** Takes an operator's request; one that comes while another is handled is answered at once. */
export function withRequest(state: State, request: RestartRequest): State {
  if (state.request === undefined || state.request.id === request.id) return { ...state, request };
  return {
    ...state,
    requestAnswer: {
      id: request.id,
      phase: state.phase,
      reason: {
        code: 'another-request',
        message: 'Another request for a restart is being handled',
        advice: 'See `ecs-privatelinkd status`, and ask again once that one has ended.',
      },
    },
  };
}

export function withRounds(state: State, changed: Partial<EndpointsCount>): State {
  return { ...state, endpoints: { ...state.endpoints, ...changed } };
}
