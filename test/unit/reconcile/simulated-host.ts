import { isRestart, turn } from '../../../src/daemon/turn.ts';
import type { EndpointClass } from '../../../src/endpoints/endpoint-observation.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import type { Observation } from '../../../src/observe/observation.ts';
import { type Pace, paces } from '../../../src/observe/pace.ts';
import { type PreflightAnswer, unanswered } from '../../../src/preflight/preflight-answer.ts';
import type { ActOutcome, Decision, LookPlan } from '../../../src/reconcile/decision.ts';
import type { Journal } from '../../../src/reconcile/journal.ts';
import type { Policy } from '../../../src/reconcile/policy.ts';
import { initialState, type State } from '../../../src/reconcile/state.ts';
import type { AgentAct } from '../../../src/supervision/agent-restarter.ts';
import { observe } from './observations.ts';

/** One thing that can happen to a host between two looks. */
export type Incident =
  | { readonly kind: 'dns'; readonly classes: readonly [EndpointClass, EndpointClass, EndpointClass] }
  | { readonly kind: 'security-group'; readonly open: boolean }
  | { readonly kind: 'engine'; readonly up: boolean }
  | { readonly kind: 'supervisor'; readonly as: 'ecs-init' | 'restart-policy' | 'none' }
  | { readonly kind: 'ecs-init-dies' }
  | { readonly kind: 'agent-ends'; readonly exitCode: 1 | 5 }
  | { readonly kind: 'agent-starts' }
  | { readonly kind: 'sockets'; readonly readable: boolean }
  | { readonly kind: 'wall-clock'; readonly byMs: number }
  | { readonly kind: 'daemon-killed'; readonly at: 'before-act' | 'after-act' | 'between-looks' }
  | { readonly kind: 'reboot' }
  | { readonly kind: 'disk'; readonly writable: boolean }
  | { readonly kind: 'call'; readonly outcome: 'yes' | 'no' | 'maybe-done' | 'maybe-not-done' }
  | { readonly kind: 'stubborn'; readonly on: boolean }
  | { readonly kind: 'wake' }
  | { readonly kind: 'time'; readonly ms: number };

/** A look and what was decided on it. */
export interface Looked {
  readonly observation: Observation;
  /** Undefined where none was made that stands: the intent of a restart could not be saved. */
  readonly decision: Decision | undefined;
  readonly before: State;
  readonly monoMs: number;
  /** Time as it really went by, whatever became of the host's clocks. */
  readonly realMs: number;
  /** A restart call that really reached the agent. */
  readonly restarted: boolean;
}

/** The daemon was killed in the midst of a turn. */
class Killed extends Error {}

/** The host as it really is, with a daemon that sees it only through observations. */
export class SimulatedHost {
  private readonly limits: Policy;
  private monoMs = 100_000;
  private realMs = 0;
  private wallMs = 1_700_000_000_000;
  private bootId = 'boot-1';
  private boots = 1;
  private classes: readonly EndpointClass[] = ['public', 'public', 'public'];
  private open = true;
  private engineUp = true;
  private supervisor: 'ecs-init' | 'restart-policy' | 'none' = 'ecs-init';
  private ecsInitAlive = true;
  private diskWritable = true;
  private socketsReadable = true;
  private callOutcome: 'yes' | 'no' | 'maybe-done' | 'maybe-not-done' = 'yes';
  /** New agents go on using the public path whatever DNS says (custom resolv.conf in the container, say). */
  private stubborn = false;
  /** Which addresses the endpoints have: whoever mends what kept agents on the public path changes what is seen. */
  private generation = 10;
  private starts = 1;
  /** When each agent process was started, whoever did it. */
  readonly agentStarts: number[] = [];
  private process: { id: string; startedMonoMs: number; path: 'private' | 'public' } | undefined;
  private exitCode = 0;
  private recreateAtMonoMs: number | undefined;
  private onDisk: Journal | undefined;
  private state: State;
  private plan: LookPlan = { inMs: 0, pace: 'waiting' };
  private lastClasses: readonly EndpointClass[] = this.classes;
  private askedMonoMs = Number.NEGATIVE_INFINITY;
  private killAt: 'before-act' | 'after-act' | undefined;
  private wakened = false;

  constructor(limits: Policy) {
    this.limits = limits;
    this.process = { id: 'container-1', startedMonoMs: 50_000, path: 'public' };
    this.state = initialState(undefined, this.bootId, this.monoMs);
  }

  get phase(): State['phase'] {
    return this.state.phase;
  }

  get reasonCode(): string {
    return this.state.reason.code;
  }

  /** What the daemon holds to be true of its restarts. */
  get journal(): Journal {
    return this.state.journal;
  }

  get agentPath(): 'private' | 'public' | undefined {
    return this.process?.path;
  }

  happen(incident: Incident): void {
    switch (incident.kind) {
      case 'dns':
        this.classes = incident.classes;
        break;
      case 'security-group':
        this.open = incident.open;
        break;
      case 'engine':
        this.engineUp = incident.up;
        break;
      case 'supervisor':
        this.supervisor = incident.as;
        this.ecsInitAlive = incident.as === 'ecs-init';
        break;
      case 'ecs-init-dies':
        this.ecsInitAlive = false;
        break;
      case 'agent-ends':
        this.endProcess(incident.exitCode);
        break;
      case 'agent-starts':
        if (!this.process) this.startProcess();
        break;
      case 'sockets':
        this.socketsReadable = incident.readable;
        break;
      case 'wall-clock':
        this.wallMs += incident.byMs;
        break;
      case 'daemon-killed':
        if (incident.at === 'between-looks') this.restartDaemon();
        else this.killAt = incident.at;
        break;
      case 'reboot':
        this.reboot();
        break;
      case 'disk':
        this.diskWritable = incident.writable;
        break;
      case 'call':
        this.callOutcome = incident.outcome;
        break;
      case 'stubborn':
        this.stubborn = incident.on;
        this.generation += 1;
        break;
      case 'wake':
        this.wakened = true;
        break;
      case 'time':
        this.advance(incident.ms);
        break;
    }
  }

  /** Everything but the disk, the agent and its supervisor in order again. */
  healAround(): void {
    this.generation += 1;
    this.classes = ['private', 'private', 'private'];
    this.open = true;
    this.engineUp = true;
    this.socketsReadable = true;
    this.callOutcome = 'yes';
    this.stubborn = false;
  }

  /** Everything in order again, as after an operator has fixed it all. */
  heal(): void {
    this.healAround();
    this.ecsInitAlive = this.supervisor === 'ecs-init';
    this.diskWritable = true;
    this.exitCode = this.exitCode === 5 ? 1 : this.exitCode;
    if (!this.process && this.supervisor !== 'ecs-init') this.startProcess();
    if (!this.process && this.recreateAtMonoMs === undefined) this.recreateAtMonoMs = this.monoMs + 700;
  }

  async look(): Promise<Looked> {
    const wait = this.wakened ? 1 : this.plan.inMs;
    this.wakened = false;
    this.advance(wait);
    const before = this.state;
    const observation = this.observe();
    const { monoMs, realMs } = this;
    let decision: Decision | undefined;
    let restarted = false;
    try {
      const { outcome, state } = await turn(before, observation, {
        now: { monoMs, wallMs: this.wallMs },
        limits: this.limits,
        save: async (journal) => this.save(journal),
        decided: (decided) => {
          decision = decided;
          this.plan = decided.look;
          return Promise.resolve(false);
        },
        ask: async ({ address }) => this.answerOf(address),
        perform: (act) => {
          const { done, performed } = this.perform(act);
          restarted = done && decision !== undefined && isRestart(decision, before);
          if (this.killAt === 'after-act') throw new Killed();
          return Promise.resolve({ performed, problem: undefined });
        },
      });
      this.state = state;
      if (outcome === 'not-saved') this.plan = { ...this.plan, inMs: 0 };
    } catch (thrown) {
      if (!(thrown instanceof Killed)) throw thrown;
      this.restartDaemon();
    }
    if (decision?.act) this.killAt = undefined;
    return { observation, decision, before, monoMs, realMs, restarted };
  }

  /** Of ECS, through the endpoint; the resolver of a stubborn agent is not asked. */
  private answerOf(address: string): PreflightAnswer {
    if (!this.open) return unanswered(`${address} cannot be reached`);
    return { outcome: 'told', acsHost: 'ecs-a.us-east-1.amazonaws.com' };
  }

  private observe(): Observation {
    const { maxAgeMs }: Pace = paces[this.plan.pace];
    const answersMs = this.monoMs - this.askedMonoMs;
    const stand = answersMs < (maxAgeMs.answers ?? 0);
    if (!stand) {
      this.lastClasses = this.classes;
      this.askedMonoMs = this.monoMs;
    }
    const close = maxAgeMs.unit !== undefined;
    const running = this.process !== undefined;
    const storageProblem: Problem | undefined = this.diskWritable
      ? undefined
      : { code: 'state-unwritable', message: 'disk full', advice: '' };
    return observe({
      classes: this.lastClasses,
      address: `10.0.1.${this.generation % 250}`,
      close,
      ages: { answers: stand ? answersMs : 0 },
      bootId: this.bootId,
      storageProblem,
      ...(close && { reachable: this.open }),
      agent: {
        exists: running || this.supervisor !== 'ecs-init' || this.exitCode === 5,
        running,
        exitCode: this.exitCode,
        supervisor: this.supervisor,
        id: this.process?.id ?? 'container-1',
        startedAt: `start ${this.starts}`,
        ...(this.process && { startedMonoMs: this.process.startedMonoMs }),
        path: this.socketsReadable ? (this.process?.path ?? 'none') : 'unknown',
        ...(!this.engineUp && { engineProblem: { code: 'engine-refused', message: 'refused', advice: '' } }),
      },
    });
  }

  private perform(act: AgentAct): { readonly done: boolean; readonly performed: ActOutcome['performed'] } {
    if (this.killAt === 'before-act') throw new Killed();
    const outcome = this.engineUp ? this.callOutcome : 'no';
    const done = outcome === 'yes' || outcome === 'maybe-done';
    if (done) this.effect(act);
    return { done, performed: outcome === 'yes' || outcome === 'no' ? outcome : 'maybe' };
  }

  private effect(act: AgentAct): void {
    switch (act.verb) {
      case 'kill':
        this.endProcess(137);
        break;
      case 'restart':
        this.process = undefined;
        this.startProcess();
        break;
      case 'start':
        if (!this.process) this.startProcess();
        break;
      case 'systemctl-restart':
      case 'systemctl-start':
        this.ecsInitAlive = true;
        if (act.verb === 'systemctl-restart') this.process = undefined;
        if (!this.process) this.startProcess();
        break;
    }
  }

  private endProcess(exitCode: number): void {
    if (!this.process) return;
    this.process = undefined;
    this.exitCode = exitCode;
    const comesBack = exitCode !== 5 && this.supervisor !== 'none';
    this.recreateAtMonoMs = comesBack ? this.monoMs + 700 : undefined;
  }

  private startProcess(): void {
    this.starts += 1;
    this.agentStarts.push(this.realMs);
    const ready = this.classes.every((one) => one === 'private') && this.open && !this.stubborn;
    this.process = {
      id: this.supervisor === 'ecs-init' ? `container-${this.starts}` : 'container-1',
      startedMonoMs: this.monoMs,
      path: ready ? 'private' : 'public',
    };
    this.recreateAtMonoMs = undefined;
  }

  private advance(ms: number): void {
    this.monoMs += ms;
    this.realMs += ms;
    this.wallMs += ms;
    const supervised = this.supervisor === 'restart-policy' || this.ecsInitAlive;
    if (this.recreateAtMonoMs !== undefined && this.monoMs >= this.recreateAtMonoMs && supervised) {
      this.startProcess();
    }
  }

  private save(journal: Journal): boolean {
    if (!this.diskWritable) return false;
    this.onDisk = { ...journal, savedMonoMs: this.monoMs };
    return true;
  }

  private restartDaemon(): void {
    this.killAt = undefined;
    this.advance(1_000);
    this.askedMonoMs = Number.NEGATIVE_INFINITY;
    this.state = initialState(this.onDisk, this.bootId, this.monoMs);
    this.plan = { inMs: 0, pace: 'waiting' };
  }

  private reboot(): void {
    this.boots += 1;
    this.bootId = `boot-${this.boots}`;
    this.wallMs += 60_000;
    this.realMs += 60_000;
    this.monoMs = 20_000;
    this.ecsInitAlive = this.supervisor === 'ecs-init';
    this.process = undefined;
    if (this.supervisor !== 'none' && this.exitCode !== 5) this.startProcess();
    this.restartDaemon();
  }
}
