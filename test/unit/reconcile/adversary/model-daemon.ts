import { turn } from '../../../../src/daemon/turn.ts';
import type { Problem } from '../../../../src/kit/problem.ts';
import type { Observation } from '../../../../src/observe/observation.ts';
import type { Decision, LookPlan } from '../../../../src/reconcile/decision.ts';
import type { Policy } from '../../../../src/reconcile/policy.ts';
import { initialState, type RestartRequest, type State } from '../../../../src/reconcile/state.ts';
import type { AgentAct } from '../../../../src/supervision/agent-restarter.ts';
import type { Deed, ModelHost } from './model-host.ts';
import { Readers } from './readers.ts';

/** The moments at which a daemon may be killed, beside between two looks. */
export const crashPoints = [
  'before-save',
  'after-save',
  'before-call',
  'after-call',
  'after-question',
] as const;

export type CrashPoint = (typeof crashPoints)[number];

/** The state file. It outlives daemons and boots. */
export interface Disk {
  journal: State['journal'] | undefined;
}

/** What one look came to, as it is told before its call is made. */
export interface Told {
  readonly before: State;
  readonly observation: Observation;
  readonly decision: Decision;
}

/** Told of what the daemon says and does, at the moment at which it does. */
export interface Watcher {
  decided(told: Told): void;
  /** Just before the call; the host is as it was looked at. */
  acts(act: AgentAct, told: Told, intentIsOnDisk: boolean): void;
  acted(deed: Deed, told: Told): void;
}

class Killed extends Error {}

const unwritable: Problem = { code: 'state-unwritable', message: 'no space left', advice: 'Make space.' };

/** The loop of src/daemon/loop.ts around the real turn, from one start of the daemon to its end. */
export class ModelDaemon {
  state: State;
  plan: LookPlan = { inMs: 0, pace: 'waiting' };
  nextLookMs: number;
  request: RestartRequest | undefined;
  crashAt: CrashPoint | undefined;
  private doubted = false;
  private storageProblem: Problem | undefined;
  private saved: State['journal'] | undefined;
  private readonly host: ModelHost;
  private readonly limits: Policy;
  private readonly disk: Disk;
  private readonly readers: Readers;
  private readonly watcher: Watcher;

  constructor(host: ModelHost, { limits, disk, watcher }: { limits: Policy; disk: Disk; watcher: Watcher }) {
    this.host = host;
    this.limits = limits;
    this.disk = disk;
    this.watcher = watcher;
    this.readers = new Readers(host);
    this.state = initialState(disk.journal, `boot-${host.boots}`, host.monoMs);
    this.nextLookMs = host.nowMs;
  }

  /** An event of the Engine's, or SIGHUP. */
  wake(): void {
    this.doubted = true;
    this.nextLookMs = this.host.nowMs;
  }

  /** Resolves to false when the daemon was killed in it. */
  async look(): Promise<boolean> {
    const { host, request } = this;
    let { pace } = this.plan;
    if (request !== undefined) {
      this.request = undefined;
      this.state = { ...this.state, request };
      pace = 'close';
    }
    const before = this.state;
    const observation = this.readers.look(pace, this.storageProblem, this.doubted);
    this.doubted = false;
    let told: Told | undefined;
    try {
      const { state, outcome } = await turn(before, observation, {
        now: { monoMs: host.monoMs, wallMs: host.nowMs + host.wallOffsetMs },
        limits: this.limits,
        save: (journal) => this.save(journal),
        decided: (decision) => {
          told = { before, observation, decision };
          this.plan = decision.look;
          this.watcher.decided(told);
          return Promise.resolve(false);
        },
        ask: () => {
          const answer = host.network.answer();
          host.advance(host.nowMs + 300);
          this.diesAt('after-question');
          return Promise.resolve(answer);
        },
        perform: (act) => this.perform(act, told),
      });
      this.state = state;
      // A turn that could not save is followed by another at once.
      this.nextLookMs = host.nowMs + (outcome === 'not-saved' ? 1 : this.plan.inMs);
      return true;
    } catch (thrown) {
      if (thrown instanceof Killed) return false;
      throw thrown;
    }
  }

  private save(journal: State['journal']): Promise<boolean> {
    if (this.saved === journal && this.storageProblem === undefined) return Promise.resolve(true);
    this.diesAt('before-save');
    const { diskWritable } = this.host;
    this.storageProblem = diskWritable ? undefined : unwritable;
    if (diskWritable) {
      this.saved = journal;
      this.disk.journal = { ...journal, savedMonoMs: this.host.monoMs };
    }
    this.diesAt('after-save');
    return Promise.resolve(diskWritable);
  }

  private perform(act: AgentAct, told: Told | undefined) {
    if (told === undefined) throw new Error('a call that was not told before');
    this.diesAt('before-call');
    const onDisk = this.storageProblem === undefined && this.saved === told.decision.state.journal;
    this.watcher.acts(act, told, onDisk);
    const { outcome, deed } = this.host.perform(act);
    this.watcher.acted(deed, told);
    this.host.advance(this.host.nowMs + 20);
    this.diesAt('after-call');
    return Promise.resolve(outcome);
  }

  private diesAt(point: CrashPoint): void {
    if (this.crashAt !== point) return;
    this.crashAt = undefined;
    throw new Killed(point);
  }
}
