import type { Problem } from '../kit/problem.ts';
import type { PaceName } from '../observe/pace.ts';
import type { PreflightQuestion } from '../preflight/preflight-answer.ts';
import type { AgentAct } from '../supervision/agent-restarter.ts';
import type { Phase } from './phase.ts';
import type { ReasonCode } from './reasons.ts';
import type { RuleName } from './rules/order.ts';
import type { State } from './state.ts';

/** When to look next, and what is asked then. */
export interface LookPlan {
  readonly inMs: number;
  readonly pace: PaceName;
}

/** Something that happened and is worth a log line; the codes are those of report/events.ts. */
export interface DecisionEvent {
  readonly code:
    | 'phase-changed'
    | 'endpoints-withdrawn'
    | 'restart-issued'
    | 'restart-dry-run'
    | 'restart-new-process'
    | 'restart-verified'
    | 'restart-not-verified'
    | 'restart-failed'
    | 'restart-abandoned'
    | 'restart-fallback'
    | 'agent-stopped-for-good';
  readonly fields: {
    readonly [field: string]: string | number | boolean | undefined;
    readonly phase?: Phase;
    readonly reason?: ReasonCode;
  };
}

/** What one rule found in a look; the last of them spoke, and those after it were not reached. */
export interface Found {
  readonly rule: RuleName;
  readonly result: 'passed' | 'went-on' | 'spoke';
  /** In a few words; of the rule that spoke, its reason. */
  readonly found: string;
}

/** What is to be asked of ECS, and for which evidence. It touches nothing. */
export interface Asking {
  readonly question: PreflightQuestion;
  readonly evidence: string;
}

/** What one look leads to. */
export interface Decision {
  readonly state: State;
  /** One call to be made now. Its intent is in `state.journal` and must be on disk first. */
  readonly act: AgentAct | undefined;
  /** The call is only to be told, not made. */
  readonly dryRun: boolean;
  /** One question to be put now; never beside a call. The next look goes by its answer. */
  readonly ask: Asking | undefined;
  readonly look: LookPlan;
  readonly events: readonly DecisionEvent[];
  /** The rules that were asked, in their order. */
  readonly trace: readonly Found[];
}

/** What came of an act. `maybe`: the call was sent and not answered, so it may yet take effect. */
export interface ActOutcome {
  readonly performed: 'yes' | 'no' | 'maybe';
  /** Undefined when performed. */
  readonly problem: Problem | undefined;
}
