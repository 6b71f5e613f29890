import type { SupervisorUnit } from '../../../../src/agent/agent-observation.ts';
import { between, type Random } from './random.ts';

/** Who starts the agent again. `unit` is one of the operator's own, around an attached Docker client. */
export type SupervisorKind = 'ecs-init' | 'unit' | 'restart-policy' | 'none';

export interface SupervisorOptions {
  readonly kind: SupervisorKind;
  /** `Restart=` of the operator's own unit. */
  readonly restartRule: 'always' | 'on-failure' | 'no';
  /** Its unit has no RestartPreventExitStatus=5. */
  readonly debian: boolean;
  /** Something refers to its unit, so that systemd remembers how it ended also while it is inactive. */
  readonly enabled: boolean;
}

/** What a supervisor does to the agent's container. */
export interface Containers {
  readonly engineWorks: boolean;
  /** Removes the one that is there and creates another. */
  create(): void;
  /** Starts the one that is there. */
  start(): void;
  /** Ends the process without anybody to start it again, and gives the exit code; undefined where there is none. */
  stop(): number | undefined;
}

type Step = 'create' | 'start-unit' | 'start-container';

/** ecs-init's first pause, doubled each time up to 15 s and never reset while it lives (domain.md §4). */
const firstBackOffMs = 500;
const longestBackOffMs = 15_000;
const unitRestartSecMs = 10_000;

/** What runs the agent, with what follows from each end of the agent's process (domain.md §4 and §9). */
export class Supervisor {
  readonly options: SupervisorOptions;
  /** The process that waits for the agent is there: ecs-init, or the attached client. */
  alive = false;
  dueMs = Number.POSITIVE_INFINITY;
  private step: Step = 'create';
  private backOffMs = firstBackOffMs;
  private activeState: NonNullable<SupervisorUnit['activeState']> = 'inactive';
  private subState = 'dead';
  private beganMs = 0;
  /** How its last run ended, where systemd's timestamps tell. */
  private asked: boolean | undefined;
  private readonly containers: Containers;
  private readonly random: Random;

  constructor(options: SupervisorOptions, containers: Containers, random: Random) {
    this.options = options;
    this.containers = containers;
    this.random = random;
  }

  get hasUnit(): boolean {
    return this.options.kind === 'ecs-init' || this.options.kind === 'unit';
  }

  get unitName(): string {
    return this.options.kind === 'unit' ? 'agent.service' : 'ecs.service';
  }

  /** It is there and waits. */
  get isIdle(): boolean {
    return this.alive && this.dueMs === Number.POSITIVE_INFINITY;
  }

  /** It is about to start the agent, or to end. */
  get isActing(): boolean {
    return this.activeState === 'activating';
  }

  get isStopped(): boolean {
    return this.hasUnit && (this.activeState === 'inactive' || this.activeState === 'failed');
  }

  /** By what the kernel and systemd tell: a unit counts while it is up, a restart policy is a container's. */
  seenAs(container: boolean): SupervisorKind {
    if (this.hasUnit && (this.alive || this.isActing)) return this.options.kind;
    return container && this.options.kind === 'restart-policy' ? 'restart-policy' : 'none';
  }

  /** An operator has stopped it, and systemd tells that. */
  get isToldStopped(): boolean {
    const remembered = this.activeState === 'failed' || this.options.enabled;
    return this.isStopped && remembered && this.asked === true;
  }

  unit(bootedAtMs: number): SupervisorUnit {
    const { activeState, subState, asked } = this;
    const loaded = this.hasUnit;
    const remembered = activeState === 'failed' || this.options.enabled;
    return {
      name: this.unitName,
      loaded,
      ...(this.isStopped &&
        remembered &&
        asked !== undefined && { end: { asked, beganMonoMs: this.beganMs - bootedAtMs } }),
      activeState: loaded ? activeState : 'inactive',
      subState: loaded ? subState : 'dead',
      jobQueued: false,
      mainExitStatus: undefined,
    };
  }

  /**
   * The agent's process ended.
   *
   * @param byApi the Engine was told to, which its restart policies take for an operator's stop
   */
  agentEnded(code: number, byApi: boolean, nowMs: number): void {
    const { kind } = this.options;
    if (this.alive && kind === 'ecs-init') this.ecsInitSees(code, nowMs);
    if (this.alive && kind === 'unit') this.clientEnds(code, nowMs);
    if (kind !== 'restart-policy' || byApi || code === 0) return;
    this.plan('start-container', nowMs + this.backOffMs / 5);
    this.backOffMs = Math.min(this.backOffMs * 2, 300_000);
  }

  private ecsInitSees(code: number, nowMs: number): void {
    if (code === 0) this.ends('inactive');
    else if (code === 5 && !this.options.debian) this.ends('failed');
    else if (code === 5) this.startsAgain(nowMs);
    else {
      this.plan('create', nowMs + this.backOffMs * between(this.random, 0.9, 1.1));
      this.backOffMs = Math.min(this.backOffMs * 2, longestBackOffMs);
    }
  }

  private clientEnds(code: number, nowMs: number): void {
    const { restartRule } = this.options;
    const again = restartRule === 'always' || (restartRule === 'on-failure' && code !== 0);
    if (again) this.startsAgain(nowMs);
    else this.ends(code === 0 ? 'inactive' : 'failed');
  }

  /** ecs-init, or the attached client, is killed. */
  dies(nowMs: number): void {
    if (!this.alive) return;
    if (this.options.kind === 'unit') this.clientEnds(137, nowMs);
    else this.startsAgain(nowMs);
  }

  startUnit(nowMs: number): void {
    if (!this.hasUnit || this.alive || this.isActing) return;
    this.toAct('start-pre');
    this.beganMs = nowMs;
    this.asked = undefined;
    this.plan('create', nowMs + between(this.random, 200, 600));
  }

  /** A unit of the operator's own ends with its client, and that as its agent: badly, where that ignores SIGTERM. */
  stopUnit(): void {
    // One that is stopped already stays as it is.
    if (!this.hasUnit || this.isStopped) return;
    // What is stopped before it was active leaves nothing to tell it by, but where it waited to start again.
    const asked = this.activeState === 'active' || this.subState === 'auto-restart' ? true : undefined;
    this.ends('inactive');
    const code = this.containers.stop();
    if (this.options.kind === 'unit' && code === 137) this.ends('failed');
    this.asked = asked;
  }

  restartUnit(nowMs: number): void {
    if (!this.hasUnit) return;
    this.stopUnit();
    this.startUnit(nowMs);
  }

  /** dockerd is stopped and started again: `PartOf=docker.service` restarts ecs.service, a client ends with an error. */
  engineRestarted(nowMs: number): void {
    if (this.options.kind === 'ecs-init' && (this.alive || this.isActing)) this.startsAgain(nowMs);
    if (this.options.kind === 'unit') this.clientEnds(1, nowMs);
    if (this.options.kind === 'restart-policy') this.plan('start-container', nowMs + 500);
  }

  /** At boot the unit is started; a restart policy starts what ran. */
  boots(nowMs: number, ranBefore: boolean): void {
    this.alive = false;
    this.activeState = 'inactive';
    this.dueMs = Number.POSITIVE_INFINITY;
    this.startUnit(nowMs + between(this.random, 0, 15_000));
    if (this.options.kind === 'restart-policy' && ranBefore) this.plan('start-container', nowMs + 3_000);
  }

  act(nowMs: number): void {
    const { step } = this;
    if (!this.containers.engineWorks) {
      // ecs-init and a client fail without the Engine; their unit tries again.
      this.dueMs = nowMs + (step === 'start-container' ? 1_000 : unitRestartSecMs);
      return;
    }
    this.dueMs = Number.POSITIVE_INFINITY;
    if (step === 'start-unit') {
      this.backOffMs = firstBackOffMs;
      this.activeState = 'inactive';
      this.startUnit(nowMs);
    } else if (step === 'create') {
      this.alive = true;
      this.activeState = 'active';
      this.subState = 'running';
      this.containers.create();
    } else {
      this.containers.start();
    }
  }

  private startsAgain(nowMs: number): void {
    this.alive = false;
    this.toAct('auto-restart');
    this.plan('start-unit', nowMs + unitRestartSecMs);
  }

  private toAct(subState: string): void {
    this.activeState = 'activating';
    this.subState = subState;
  }

  private ends(how: 'inactive' | 'failed'): void {
    this.alive = false;
    this.activeState = how;
    this.asked = false;
    this.subState = how === 'failed' ? 'failed' : 'dead';
    this.dueMs = Number.POSITIVE_INFINITY;
    this.backOffMs = firstBackOffMs;
  }

  private plan(step: Step, atMs: number): void {
    this.step = step;
    this.dueMs = atMs;
  }
}
