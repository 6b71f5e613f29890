import type { LookResult, LoopParts } from '../../../src/daemon/loop.ts';
import type { Clock } from '../../../src/kit/clock.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import type { Observation } from '../../../src/observe/observation.ts';
import type { PreflightAnswer } from '../../../src/preflight/preflight-answer.ts';
import type { ActOutcome } from '../../../src/reconcile/decision.ts';
import type { Journal } from '../../../src/reconcile/journal.ts';
import type { Policy } from '../../../src/reconcile/policy.ts';
import { initialState, type RestartRequest, type State } from '../../../src/reconcile/state.ts';
import type { LogFields } from '../../../src/report/logger.ts';
import { limits, type ObservationSketch, observe } from '../reconcile/observations.ts';

/** What the loop did, in order: `look close`, `save intent`, `act kill`, `wait 5000`, … */
export type Trace = string[];

/** A loop's surroundings, told by the test; whatever it is not told throws. */
export class LoopStage {
  private readonly runaway = new AbortController();
  readonly trace: Trace = [];
  readonly logged: { readonly code: string; readonly fields: LogFields }[] = [];
  readonly saved: Journal[] = [];
  readonly results: LookResult[] = [];
  monoMs = 1_000_000;
  limits: Partial<Policy> = {};
  /** What each look sees: the last one stands for all that follow. */
  looks: (ObservationSketch | Error)[] = [];
  /** Ends the loop after that many looks. */
  endAfter = 10;
  acts: ActOutcome[] = [];
  /** Of ECS, to what is asked before a restart. */
  answers: PreflightAnswer[] = [];
  /** Problems of the next saves; undefined = it goes well. */
  saves: (Problem | undefined)[] = [];
  requests: RestartRequest[] = [];
  /** Called at each await, before it goes on. */
  at: (where: string) => Promise<void> | void = () => {};

  state(): State {
    return initialState(undefined, 'boot-1', this.monoMs);
  }

  /** For a loop that is to end by itself: aborts when it goes on without end. */
  get bounded(): AbortSignal {
    return this.runaway.signal;
  }

  private async step(what: string): Promise<void> {
    this.trace.push(what);
    if (this.trace.length > 20_000) this.runaway.abort(new Error('without end'));
    await this.at(what);
  }

  parts(): LoopParts {
    const clock: Clock = {
      now: () => ({ monoMs: this.monoMs, wallMs: 1_700_000_000_000 + this.monoMs }),
      sleep: () => Promise.reject(new Error('the loop waits through its wake')),
    };
    return {
      clock,
      observer: {
        look: async (pace, storageProblem, signal) => {
          await this.step(`look ${pace}`);
          signal.throwIfAborted();
          const seen = this.looks.length > 1 ? this.looks.shift() : this.looks[0];
          if (seen === undefined) throw new Error('not told what to see');
          if (seen instanceof Error) throw seen;
          const observation: Observation = observe({
            close: pace === 'close' || pace === 'bringing-back',
            ages: { answers: pace === 'hasty' ? 200 : 0 },
            storageProblem,
            ...seen,
          });
          return observation;
        },
      },
      performer: {
        describe: (act) => `call ${act.verb}`,
        ask: async ({ host }) => {
          await this.step(`ask ${host}`);
          const answer = this.answers.shift();
          if (!answer) throw new Error('not told what is answered');
          return answer;
        },
        perform: async (act, signal) => {
          await this.step(`act ${act.verb}`);
          signal.throwIfAborted();
          const outcome = this.acts.shift();
          if (!outcome) throw new Error('not told what comes of it');
          return outcome;
        },
      },
      journal: {
        load: () => Promise.reject(new Error('the loop does not load')),
        save: async (journal) => {
          const { intent } = journal;
          await this.step(`save ${intent ? `intent${intent.acted ? ' acted' : ''}` : 'journal'}`);
          const problem = this.saves.shift();
          if (!problem) this.saved.push(journal);
          return problem;
        },
      },
      wake: {
        now: () => {
          throw new Error('the loop does not wake itself');
        },
        wait: async (ms, signal) => {
          await this.step(`wait ${ms}`);
          signal.throwIfAborted();
          this.monoMs += ms;
        },
      },
      log: (code, fields = {}) => this.logged.push({ code, fields }),
      policyFor: () => ({ ...limits, ...this.limits }),
      takeRequest: async () => {
        await this.step('request?');
        return this.requests.shift();
      },
      onLook: async (result) => {
        await this.step('told');
        this.results.push(result);
        return this.results.length >= this.endAfter;
      },
    };
  }

  get codes(): string[] {
    return this.logged.map(({ code }) => code);
  }
}
