import { expect } from 'vitest';
import type { Observation } from '../../../src/observe/observation.ts';
import type { PreflightAnswer } from '../../../src/preflight/preflight-answer.ts';
import { decide } from '../../../src/reconcile/decide.ts';
import type { ActOutcome, Decision } from '../../../src/reconcile/decision.ts';
import type { Journal } from '../../../src/reconcile/journal.ts';
import type { Policy } from '../../../src/reconcile/policy.ts';
import { reasons } from '../../../src/reconcile/reasons.ts';
import { withAnswer } from '../../../src/reconcile/rules/preflight.ts';
import type { ReasonRow } from '../../../src/reconcile/rules/rule.ts';
import { afterAct } from '../../../src/reconcile/start-restart.ts';
import { initialState, type RestartRequest, type State } from '../../../src/reconcile/state.ts';
import { limits, type ObservationSketch, observe } from './observations.ts';

/** A daemon's life, one look after the other, with the time and what is seen told by the test. */
export class Story {
  limits: Policy;
  monoMs = 1_000_000;
  wallMs = 1_700_000_000_000;
  bootId = 'boot-1';
  state: State;
  private asking: Decision['ask'];
  /** What is seen from now on, unless a look is told otherwise. */
  sketch: ObservationSketch = {};

  constructor(changed: Partial<Policy> = {}, journal?: Journal) {
    this.limits = { ...limits, ...changed };
    this.state = initialState(journal, this.bootId, this.monoMs);
  }

  /** One look, `afterMs` after the last. What is decided to do is done only in so far as `did` is called. */
  look(sketch: ObservationSketch = {}, afterMs = 5_000): Decision {
    this.monoMs += afterMs;
    this.wallMs += afterMs;
    const seen = {
      bootId: this.bootId,
      ...this.sketch,
      ...sketch,
      agent: { ...this.sketch.agent, ...sketch.agent },
    };
    return this.decideOn(observe(seen));
  }

  /** As `look`, with all of the observation told by the test, and no time gone by. */
  decideOn(observation: Observation): Decision {
    const now = { monoMs: this.monoMs, wallMs: this.wallMs };
    const decision = decide(this.state, observation, now, this.limits);
    this.state = decision.state;
    this.asking = decision.ask;
    expectPhaseOfReason(decision);
    return decision;
  }

  looks(count: number, sketch: ObservationSketch = {}, afterMs = 5_000): Decision {
    for (let index = 1; index < count; index += 1) this.look(sketch, afterMs);
    return this.look(sketch, afterMs);
  }

  /** Looks until a call is to be made; fails after `limit` looks without one. */
  untilAct(sketch: ObservationSketch = {}, afterMs = 5_000, limit = 2_000): Decision {
    for (let index = 0; index < limit; index += 1) {
      const decision = this.look(sketch, afterMs);
      if (decision.act) return decision;
    }
    throw new Error(`no call within ${limit} looks: ${this.state.phase} (${this.state.reason.code})`);
  }

  /** Looks until a phase is reached; fails after `limit` looks. */
  untilPhase(phase: State['phase'], sketch: ObservationSketch = {}, limit = 2_000): void {
    for (let index = 0; index < limit; index += 1) {
      this.look(sketch);
      if (this.state.phase === phase) return;
    }
    throw new Error(`not ${phase} within ${limit} looks: ${this.told}`);
  }

  did(performed: ActOutcome['performed'], problem?: ActOutcome['problem']): void {
    this.state = afterAct(this.state, { performed, problem });
  }

  /** What comes of the question of the last look. */
  answered(answer: PreflightAnswer): void {
    if (this.asking === undefined) throw new Error('nothing was asked');
    this.state = withAnswer(this.state, this.asking, answer, this.monoMs);
    this.asking = undefined;
  }

  ask(request: RestartRequest): void {
    this.state = { ...this.state, request };
  }

  /** The daemon ends at once and another one starts, with what the last one had on disk. */
  daemonDies(): void {
    this.state = initialState({ ...this.state.journal, savedMonoMs: this.monoMs }, this.bootId, this.monoMs);
  }

  /** The instance boots anew, `offMs` of wall time later. */
  reboot(offMs = 60_000): void {
    const journal = { ...this.state.journal, savedMonoMs: this.monoMs };
    this.bootId = `${this.bootId}+`;
    this.monoMs = 20_000;
    this.wallMs += offMs;
    this.state = initialState(journal, this.bootId, this.monoMs);
  }

  get told(): string {
    return `${this.state.phase}: ${this.state.reason.code}`;
  }
}

/** The documents say in which phases each reason is given. */
function expectPhaseOfReason({ state: { phase, reason } }: Decision): void {
  const rows: Readonly<Record<string, ReasonRow>> = reasons;
  if (rows[reason.code]?.phases.includes(phase) !== false) return;
  expect.fail(`${reason.code} is given in ${phase}, and the documents do not say so`);
}

/** Phase and reason of a decision, as `phase: code`. */
export function told({ state }: Decision): string {
  return `${state.phase}: ${state.reason.code}`;
}

export function happened({ events }: Decision): string[] {
  return events.map(({ code }) => code);
}

/** The agent that ecs-init created in place of `container-1`. */
export const newAgent = { id: 'container-2', startedAt: 'second start', startedMonoMs: 2_000_000 } as const;

/** A story in which the restart has just been called and answered; the old agent was `container-1`. */
export function restarted(changed: Partial<Policy> = {}, sketch: ObservationSketch = {}): Story {
  const story = new Story(changed);
  story.sketch = sketch;
  story.untilAct();
  story.did('yes');
  return story;
}
