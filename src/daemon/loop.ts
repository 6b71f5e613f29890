import type { Clock } from '../kit/clock.ts';
import { messageOf, type Problem } from '../kit/problem.ts';
import type { Observation } from '../observe/observation.ts';
import type { Observer } from '../observe/observer.ts';
import type { AskPreflight } from '../preflight/ask-preflight.ts';
import type { PreflightAnswer, PreflightQuestion } from '../preflight/preflight-answer.ts';
import type { ActOutcome, Decision, Found, LookPlan } from '../reconcile/decision.ts';
import type { Policy } from '../reconcile/policy.ts';
import { type RestartRequest, type State, withRequest } from '../reconcile/state.ts';
import { changesBetween } from '../report/changes.ts';
import type { Log, LogFields } from '../report/logger.ts';
import { createTold, type Told } from '../report/told.ts';
import type { AgentAct } from '../supervision/agent-restarter.ts';
import type { JournalFile } from './journal-file.ts';
import { turn } from './turn.ts';
import type { Wake } from './wake.ts';

/** Makes one call and tells what came of it. Rejects only with the signal's reason. */
export interface Performer {
  readonly ask: AskPreflight;
  perform(act: AgentAct, signal: AbortSignal): Promise<ActOutcome>;
  /** The exact call in words, for logs and dry runs. */
  describe(act: AgentAct): string;
}

/** What the loop hands out after every look. */
export interface LookResult {
  /** How many looks there have been with it, from 1. */
  readonly looks: number;
  readonly state: State;
  readonly observation: Observation;
  readonly look: LookPlan;
  readonly trace: readonly Found[];
}

export interface LoopParts {
  readonly observer: Observer;
  readonly performer: Performer;
  readonly journal: JournalFile;
  readonly clock: Clock;
  readonly wake: Wake;
  readonly log: Log;
  /** Computed anew for every look: the splay depends on an instance id that may not be known at first. */
  readonly policyFor: (observation: Observation) => Policy;
  readonly takeRequest: () => Promise<RestartRequest | undefined>;
  /** Called after every look; resolves to true to end the loop (for commands that run it only so far). */
  readonly onLook: (result: LookResult) => Promise<boolean>;
}

/** Pause after a look that failed with an unexpected error. */
const afterDefectMs = 5_000;

/** Looks, decides, acts and tells, until `signal` aborts or `onLook` says so. */
export async function runLoop(initial: State, parts: LoopParts, signal: AbortSignal): Promise<State> {
  const { observer, clock, wake, log, journal } = parts;
  let state = initial;
  let plan: LookPlan = { inMs: 0, pace: 'waiting' };
  let before: Observation | undefined;
  const told = createTold();
  /** The last answer of ECS that was told. */
  let answered = '';
  let looks = 0;
  let storageProblem: Problem | undefined;
  let saved: State['journal'] | undefined;

  async function save(next: State['journal']): Promise<boolean> {
    if (saved === next && storageProblem === undefined) return true;
    storageProblem = await journal.save({ ...next, savedMonoMs: clock.now().monoMs });
    if (storageProblem === undefined) saved = next;
    return storageProblem === undefined;
  }

  while (!signal.aborted) {
    try {
      const request = await parts.takeRequest();
      if (request) {
        state = withRequest(state, request);
        plan = { ...plan, pace: 'close' };
      }
      const observation = await observer.look(plan.pace, storageProblem, signal);
      const { outcome, state: after } = await turn(state, observation, {
        now: clock.now(),
        limits: parts.policyFor(observation),
        save,
        decided: async (decision) => {
          const call = decision.act && parts.performer.describe(decision.act);
          state = decision.state;
          plan = decision.look;
          tell(log, call, { before, after: observation, decision, told });
          before = observation;
          looks += 1;
          return await parts.onLook({ looks, state, observation, look: plan, trace: decision.trace });
        },
        perform: async (act) => await perform(parts, act, signal),
        ask: async (question) => {
          const answer = await parts.performer.ask(question, signal);
          const text = JSON.stringify(answer);
          if (text !== answered) tellAnswer(log, question, answer);
          answered = text;
          return answer;
        },
      });
      state = after;
      if (outcome === 'ended') return state;
      if (outcome === 'not-saved') continue;
      await wake.wait(plan.inMs, signal);
    } catch (error) {
      if (signal.aborted) break;
      tellDefect(log, error);
      await wake.wait(afterDefectMs, signal).catch(() => undefined);
    }
  }
  return state;
}

async function perform(
  { performer, log }: LoopParts,
  act: AgentAct,
  signal: AbortSignal,
): Promise<ActOutcome> {
  const outcome = await performer.perform(act, signal);
  if (outcome.problem) {
    const { code, message, advice } = outcome.problem;
    log('restart-call-failed', { problem: code, detail: message, advice });
  }
  return outcome;
}

function tellAnswer(
  log: Log,
  { host, address, agentCredentials }: PreflightQuestion,
  answer: PreflightAnswer,
) {
  const { outcome, ...detail } = answer;
  log('preflight-answered', { outcome, host, address, ...detail, agentCredentials });
}

function tellDefect(log: Log, error: unknown): void {
  log('look-failed', { detail: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
}

interface News {
  readonly before: Observation | undefined;
  readonly after: Observation;
  readonly decision: Decision;
  readonly told: Told;
}

/** @param call the decision's, in words */
function tell(log: Log, call: string | undefined, { before, after, decision, told }: News): void {
  const said = tellDecision(log, call, decision, told);
  for (const { code, fields } of changesBetween(before, after, told)) {
    // What blocks has just been said, with the advice.
    if (code === 'problem' && said.has(fields['problem'])) continue;
    log(code, fields);
  }
}

/** Returns the reasons of blocks that it told. */
function tellDecision(
  log: Log,
  call: string | undefined,
  decision: Decision,
  told: Told,
): ReadonlySet<unknown> {
  const said = new Set<unknown>();
  for (const { code, fields } of decision.events) {
    if (code === 'phase-changed' && !isNews(fields, told)) continue;
    const blocked = code === 'phase-changed' && fields['phase'] === 'blocked';
    if (blocked) said.add(fields['reason']);
    const withCall = call !== undefined && code.startsWith('restart-') ? { ...fields, call } : fields;
    log(blocked ? 'phase-blocked' : code, withoutSamePhase(withCall));
  }
  return said;
}

/** `from=waiting phase=waiting` says nothing: only the reason is another then. */
function withoutSamePhase({ from, ...fields }: LogFields): LogFields {
  return from === undefined || from === fields.phase ? fields : { from, ...fields };
}

/** Whether a change of phase or reason has to be told: not the return of a trouble that was told in this phase. */
function isNews({ from, phase, reason, advice }: LogFields, told: Told): boolean {
  if (from !== phase || advice === undefined) told.forget('phase');
  return advice === undefined || told.isNews('phase', String(reason));
}
