import type { Problem, ProblemCode } from '../../../../src/kit/problem.ts';
import type { ActOutcome } from '../../../../src/reconcile/decision.ts';
import type { AgentAct } from '../../../../src/supervision/agent-restarter.ts';
import { AgentProcess } from './agent-process.ts';
import { Network } from './network.ts';
import type { Random } from './random.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';

/** The agent's container as it really is. */
export interface Container {
  readonly id: string;
  process: AgentProcess | undefined;
  /** Text of the Engine for the last start; another one each time. */
  startedAt: string;
  exitCode: number;
  paused: boolean;
  /** The shim has crashed: the Engine says Running, the process is gone. */
  processGone: boolean;
}

export type EngineState = 'works' | 'hangs' | 'down';

/** What a call of the daemon's really did. */
export interface Deed {
  readonly act: AgentAct;
  readonly atMs: number;
  /** A process of the agent ended by it. */
  endedAgent: boolean;
}

/** What somebody other than the daemon, or the world, does to a host; each method is one thing. */
export class ModelHost {
  /** Real time, which nothing makes jump. */
  nowMs = 3_600_000;
  bootedAtMs = 0;
  boots = 1;
  /** What the wall clock says more than real time. */
  wallOffsetMs = 1_800_000_000_000;
  readonly network = new Network();
  readonly supervisor: Supervisor;
  readonly random: Random;
  readonly metricsDisabled: boolean;
  container: Container | undefined;
  engine: EngineState = 'works';
  systemctlWorks = true;
  diskWritable = true;
  socketsReadable = true;
  logReadable = true;
  tasksStarting = 0;
  terminating = false;
  crashLoops = false;
  /** Set by whatever wakes the daemon between two looks. */
  wakeAtMs = Number.POSITIVE_INFINITY;
  /** A call that was sent to an Engine that hangs, and may take effect when it comes round. */
  private pending: Deed | undefined;
  private pauseDropMs = Number.POSITIVE_INFINITY;
  private engineBackMs = Number.POSITIVE_INFINITY;
  private containers = 0;
  private starts = 0;

  constructor(random: Random, supervisor: SupervisorOptions, metricsDisabled: boolean) {
    this.random = random;
    this.metricsDisabled = metricsDisabled;
    const host = this;
    this.supervisor = new Supervisor(
      supervisor,
      {
        get engineWorks() {
          return host.engine === 'works';
        },
        create: () => this.createContainer(),
        start: () => this.startContainer(),
        stop: () => this.dockerStop(),
      },
      random,
    );
  }

  get monoMs(): number {
    return this.nowMs - this.bootedAtMs;
  }

  get agent(): AgentProcess | undefined {
    return this.container?.process;
  }

  get callPending(): boolean {
    return this.pending !== undefined;
  }

  /** Lets time pass, up to `toMs` or to what wakes the daemon before. */
  advance(toMs: number): void {
    for (;;) {
      const untilMs = Math.min(toMs, this.wakeAtMs);
      const nextMs = Math.min(this.agentDueMs, this.supervisor.dueMs, this.pauseDropMs, this.engineBackMs);
      if (nextMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs);
        return;
      }
      this.nowMs = Math.max(this.nowMs, nextMs);
      this.step(nextMs);
    }
  }

  private get agentDueMs(): number {
    const { container } = this;
    if (container?.process === undefined || container.paused) return Number.POSITIVE_INFINITY;
    return container.process.dueMs;
  }

  private step(dueMs: number): void {
    if (dueMs === this.engineBackMs) this.engineReturns();
    else if (dueMs === this.pauseDropMs) this.dropConnections(0);
    else if (dueMs === this.supervisor.dueMs) this.supervisor.act(this.nowMs);
    else {
      const code = this.agent?.step(this.nowMs);
      if (code !== undefined) this.endProcess(code, 'itself');
    }
  }

  // ---- the agent's container

  createContainer(): void {
    this.removeContainer();
    this.containers += 1;
    this.container = {
      id: `container-${this.containers}`,
      process: undefined,
      startedAt: '',
      exitCode: 0,
      paused: false,
      processGone: false,
    };
    this.startContainer();
  }

  startContainer(): void {
    const { container } = this;
    if (container === undefined || container.process !== undefined) return;
    this.starts += 1;
    container.process = new AgentProcess(this.nowMs, this);
    container.startedAt = `start ${this.starts}`;
    container.processGone = false;
    container.paused = false;
    this.wakeSoon();
  }

  /** The process of a container ends, and its connections with it. */
  private endProcessOf(container: Container): void {
    const { process } = container;
    if (process === undefined) return;
    for (const websocket of [process.acs, process.tcs]) websocket.close(this.nowMs, Number.POSITIVE_INFINITY);
    container.process = undefined;
    container.paused = false;
    this.pauseDropMs = Number.POSITIVE_INFINITY;
  }

  /** @param how by itself, by a signal from outside, or stopped through the Engine */
  endProcess(code: number, how: 'itself' | 'kill' | 'stop'): void {
    const { container } = this;
    if (container?.process === undefined) return;
    this.endProcessOf(container);
    container.exitCode = code;
    this.wakeSoon();
    this.supervisor.agentEnded(code, how !== 'itself', this.nowMs);
  }

  private removeContainer(): void {
    if (this.container?.process !== undefined) {
      this.endProcessOf(this.container);
      this.wakeSoon();
    }
    this.container = undefined;
  }

  private wakeSoon(): void {
    if (this.engine === 'works') this.wakeAtMs = Math.min(this.wakeAtMs, this.nowMs + 5);
  }

  // ---- what the daemon's calls do

  perform(act: AgentAct): { outcome: ActOutcome; deed: Deed } {
    const deed: Deed = { act, atMs: this.nowMs, endedAgent: false };
    const outcome = 'unit' in act ? this.askSystemd(act.unit) : this.askEngine(act, deed);
    if (outcome === performed && this.canBeCarriedOut(act)) this.carryOut(deed);
    return { outcome, deed };
  }

  private askSystemd(unit: string): ActOutcome {
    if (!this.systemctlWorks) return failed('maybe', 'systemctl-timeout');
    const known = this.supervisor.hasUnit && unit === this.supervisor.unitName;
    return known ? performed : failed('maybe', 'systemctl-failed');
  }

  private askEngine(act: Exclude<AgentAct, { unit: string }>, deed: Deed): ActOutcome {
    if (this.engine === 'down') return failed('no', 'engine-missing');
    if (this.engine === 'hangs') {
      if (this.random() < 0.5) this.pending = deed;
      return failed('maybe', 'engine-timeout');
    }
    // A kill of what is gone is as good as done; see agent-restarter.ts.
    const gone = act.containerId !== this.container?.id && act.verb !== 'kill';
    return gone ? failed('maybe', 'agent-container-gone') : performed;
  }

  private canBeCarriedOut(act: AgentAct): boolean {
    return 'unit' in act || act.containerId === this.container?.id;
  }

  private carryOut(deed: Deed): void {
    const { act } = deed;
    const ran = this.agent !== undefined;
    switch (act.verb) {
      case 'kill':
        this.endProcess(137, 'kill');
        break;
      case 'restart':
        this.dockerRestart();
        break;
      case 'start':
        this.startContainer();
        break;
      case 'systemctl-start':
        this.supervisor.startUnit(this.nowMs);
        break;
      case 'systemctl-restart':
        this.supervisor.restartUnit(this.nowMs);
        break;
    }
    deed.endedAgent = ran && act.verb !== 'start' && act.verb !== 'systemctl-start';
  }

  // ---- operators

  dockerStop(): number | undefined {
    if (this.agent === undefined) return undefined;
    const code = this.agent.registeredMs === undefined ? 137 : 0;
    this.endProcess(code, 'stop');
    return code;
  }

  /** Under ecs-init the container is started and killed again by ExecStop; elsewhere it comes back. */
  dockerRestart(): void {
    if (this.engine !== 'works' || this.container === undefined) return;
    const underUnit = this.supervisor.alive;
    this.endProcess(0, 'stop');
    if (!underUnit) this.startContainer();
  }

  dockerRemove(): void {
    const { container } = this;
    this.endProcess(137, 'kill');
    // Where the shim had crashed, what waited for the container learns of its end only now.
    if (container?.processGone === true) this.supervisor.agentEnded(137, true, this.nowMs);
    this.container = undefined;
    this.wakeSoon();
  }

  pause(): void {
    if (this.container?.process === undefined || this.container.paused) return;
    this.container.paused = true;
    // The service hangs up on a client that does not answer its heartbeats.
    this.pauseDropMs = this.nowMs + 60_000 + this.random() * 60_000;
  }

  unpause(): void {
    if (this.container === undefined || !this.container.paused) return;
    this.container.paused = false;
    this.pauseDropMs = Number.POSITIVE_INFINITY;
  }

  shimCrashes(): void {
    const { container } = this;
    if (container?.process === undefined) return;
    this.endProcessOf(container);
    container.processGone = true;
    container.exitCode = 137;
    // What waits for the container goes on waiting until the Engine is restarted.
  }

  // ---- the rest of the host

  dropConnections(againInMs: number): void {
    this.pauseDropMs = Number.POSITIVE_INFINITY;
    const { agent } = this;
    if (agent === undefined) return;
    for (const websocket of [agent.acs, agent.tcs]) {
      if (websocket.connection !== undefined) websocket.close(this.nowMs, againInMs);
    }
  }

  /** Those that lead to an endpoint that cannot be reached any more. */
  dropLost(againInMs: number): void {
    const { agent, network } = this;
    if (agent === undefined) return;
    for (const [service, websocket] of [
      ['ecs-agent', agent.acs],
      ['ecs-telemetry', agent.tcs],
    ] as const) {
      const { connection } = websocket;
      if (connection?.to !== 'private') continue;
      if (network.reachable(service) && connection.generation === network.endpoints[service].generation)
        continue;
      websocket.close(this.nowMs, againInMs);
    }
  }

  engineHangs(): void {
    if (this.engine === 'works') this.engine = 'hangs';
  }

  engineRecovers(): void {
    if (this.engine === 'works') return;
    this.engineBackMs = Number.POSITIVE_INFINITY;
    if (this.engine === 'down') {
      this.engineReturns();
      return;
    }
    this.engine = 'works';
    const { pending } = this;
    this.pending = undefined;
    if (pending !== undefined && this.canBeCarriedOut(pending.act)) this.carryOut(pending);
    this.wakeSoon();
  }

  /** dockerd ends, and its containers with it, and comes back after `downMs`. */
  engineRestarts(downMs: number): void {
    if (this.engine === 'down') return;
    this.wakeSoon();
    this.engine = 'down';
    this.pending = undefined;
    this.engineBackMs = this.nowMs + downMs;
    const { container } = this;
    if (container === undefined) return;
    this.wasRunning = container.process !== undefined;
    this.endProcessOf(container);
    container.processGone = false;
    container.exitCode = 137;
  }

  private wasRunning = false;

  private engineReturns(): void {
    this.engineBackMs = Number.POSITIVE_INFINITY;
    this.engine = 'works';
    this.wakeSoon();
    if (this.supervisor.options.kind !== 'restart-policy' || this.wasRunning) {
      this.supervisor.engineRestarted(this.nowMs);
    }
  }

  reboot(offMs: number): void {
    const ran = this.agent !== undefined;
    if (this.container) {
      this.endProcessOf(this.container);
      this.container.processGone = false;
      this.container.exitCode = 137;
    }
    this.pending = undefined;
    this.pauseDropMs = Number.POSITIVE_INFINITY;
    this.engineBackMs = Number.POSITIVE_INFINITY;
    this.nowMs += offMs;
    this.bootedAtMs = this.nowMs - 5_000;
    this.boots += 1;
    this.engine = 'works';
    this.supervisor.boots(this.nowMs, ran);
  }
}

const performed: ActOutcome = { performed: 'yes', problem: undefined };

function failed(how: 'no' | 'maybe', code: ProblemCode): ActOutcome {
  const problem: Problem = { code, message: 'failed', advice: 'Look at it.' };
  return { performed: how, problem };
}
