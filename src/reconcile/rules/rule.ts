import type { Context } from '../context.ts';
import type { DecisionEvent } from '../decision.ts';
import type { Phase } from '../phase.ts';
import type { State } from '../state.ts';
import type { Step } from '../step.ts';

/**
 * What one rule makes of a look: it has nothing to say; it goes on with a changed state and what happened; or it speaks,
 * which gives the step and ends the list. `found` is what it found, in a few words, for `explain`.
 */
export type Finding =
  | { readonly result: 'passed'; readonly found: string }
  | {
      readonly result: 'went-on';
      readonly found: string;
      readonly state: State;
      readonly events: readonly DecisionEvent[];
    }
  | { readonly result: 'spoke'; readonly step: Step };

/** One rule of the decision. Pure. */
export type Rule = (context: Context) => Finding;

/** A reason that a rule gives. */
export interface ReasonRow {
  /** Phases in which it is given. */
  readonly phases: readonly Phase[];
  /** Given by the command `check` too, or by it alone. */
  readonly check?: true;
  /** For docs/events.md. */
  readonly meaning: string;
  /** What would change it, where that is not what would change all that the rule says. */
  readonly changes?: string;
}

/** What documents and `explain` say of a rule. Apart from the rule, so that the daemon does not carry it. */
export interface RuleWords {
  readonly rule: string;
  readonly changes: string;
  readonly reasons: Readonly<Record<string, ReasonRow>>;
}

export function passed(found: string): Finding {
  return { result: 'passed', found };
}

export function wentOn(found: string, state: State, events: readonly DecisionEvent[] = []): Finding {
  return { result: 'went-on', found, state, events };
}

export function spoke(step: Step): Finding {
  return { result: 'spoke', step };
}
