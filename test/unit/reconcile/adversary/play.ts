import type { Policy } from '../../../../src/reconcile/policy.ts';
import { limits as defaults } from '../observations.ts';
import type { Incident, Sequence } from './incidents.ts';
import { type Disk, ModelDaemon, type Told } from './model-daemon.ts';
import { ModelHost } from './model-host.ts';
import { seconds } from './promised.ts';
import { Promises } from './promises.ts';
import { pick, seeded } from './random.ts';
import { heal, strike } from './strike.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Cool-downs (5, 15 and 45 min), what is waited for before and after each, and some. */
const settledWithinMs = 2 * hour;
/** Before it is held against the daemon that something goes on: cool-downs are over. */
const restlessMs = 80 * minute;
const changesAnHour = 8;

/** One in so many sequences is left to itself for hours at the end of its incidents. */
const quietEvery = 33;

/** One in so many is left to itself for a whole day. */
const dayEvery = 31 * quietEvery;
const changesADay = 40;

/** What can go on for days. */
const lastingTroubles: readonly (readonly Incident[])[] = [
  [],
  [
    { kind: 'crash-loops', on: true },
    { kind: 'agent-exits', code: 1 },
  ],
  [{ kind: 'agent-exits', code: 5 }],
  [{ kind: 'operator', does: 'unit-stop' }],
  [{ kind: 'operator', does: 'pause' }],
  [{ kind: 'security-group', service: 'ecs-agent', open: false }],
  [{ kind: 'security-group', service: 'ecs', open: false }],
  [
    { kind: 'policy', refuses: 'poll' },
    { kind: 'connections-vanish', againInMs: 500 },
  ],
  [
    { kind: 'policy', refuses: 'discover' },
    { kind: 'operator', does: 'unit-restart' },
  ],
  [
    { kind: 'distrusts', on: true },
    { kind: 'operator', does: 'unit-restart' },
  ],
  [{ kind: 'deregistered' }],
  [
    { kind: 'own-resolver', on: true },
    { kind: 'operator', does: 'unit-restart' },
  ],
  [
    { kind: 'own-resolver', on: true },
    { kind: 'operator', does: 'unit-restart' },
    { kind: 'nat', there: false },
  ],
  [{ kind: 'readable', what: 'sockets', yes: false }],
  [{ kind: 'odd-name', service: 'ecs-telemetry', odd: 'failed' }],
  [{ kind: 'engine', what: 'hangs' }],
  [
    { kind: 'disk', writable: false },
    { kind: 'own-resolver', on: true },
    { kind: 'operator', does: 'kill' },
  ],
  [{ kind: 'all-endpoints', what: 'withdrawn' }],
];

/** Told each step, and what had been broken before it. */
export type Trace = (line: string, broken: Promises['broken']) => void;

/** Plays a sequence and tells what it broke. */
export async function play(sequence: Sequence, trace?: Trace): Promise<Promises> {
  const run = new Run(sequence, trace);
  await run.all();
  return run.promises;
}

class Run {
  readonly promises: Promises;
  private readonly host: ModelHost;
  private readonly disk: Disk = { journal: undefined };
  private readonly limits: Policy;
  private daemon: ModelDaemon | undefined;
  private daemonStartsMs = 0;
  private requests = 0;
  private readonly sequence: Sequence;
  private readonly trace: ((line: string) => void) | undefined;

  constructor(sequence: Sequence, trace: Trace | undefined) {
    this.sequence = sequence;
    this.trace = trace && ((line) => trace(line, this.promises.broken));
    const { seed, supervisor, metricsDisabled, restart, dryRun, splayDelayMs } = sequence;
    this.host = new ModelHost(seeded(seed + 0x5eed), supervisor, metricsDisabled);
    const preflight = seed % 4 === 0 ? 'off' : 'auto';
    this.limits = { ...defaults, restart, dryRun, splayDelayMs, preflight };
    this.promises = new Promises(this.host, this.limits);
    if (supervisor.kind === 'ecs-init' || supervisor.kind === 'unit')
      this.host.supervisor.startUnit(this.host.nowMs);
    else this.host.createContainer();
    this.daemonStartsMs = this.host.nowMs + 1_000;
  }

  async all(): Promise<void> {
    for (const { afterMs, incident } of this.sequence.strikes) {
      await this.until(this.host.nowMs + afterMs);
      this.trace?.(`${this.when()} *** ${JSON.stringify(incident)}`);
      this.strike(incident);
      this.promises.worldChanged();
    }
    if (this.sequence.seed % quietEvery === 0) await this.leaveAlone();
    this.trace?.(`${this.when()} *** all is put in order`);
    heal(this.host);
    this.promises.takenOver();
    this.promises.worldChanged();
    await this.settles();
  }

  /** Trouble that lasts, and no incident for hours: what is said of it, and how often. */
  private async leaveAlone(): Promise<void> {
    const { host, promises, sequence } = this;
    heal(host);
    const trouble = pick(host.random, lastingTroubles);
    this.trace?.(
      `${this.when()} *** all is put in order but ${JSON.stringify(trouble)}, and nothing else happens`,
    );
    for (const incident of trouble) this.strike(incident);
    promises.takenOver();
    promises.worldChanged();
    await this.until(host.nowMs + restlessMs);
    await this.changesWithin(hour, changesAnHour);
    if (sequence.seed % dayEvery === 0) await this.changesWithin(24 * hour, changesADay);
  }

  private async changesWithin(ms: number, most: number): Promise<void> {
    const { host, promises } = this;
    const before = promises.said.changes.length;
    await this.until(host.nowMs + ms);
    const changes = promises.said.changes.length - before;
    const promised = 'reasons do not alternate while nothing changes';
    if (changes > most)
      promises.broken.add(promised, () => `${changes} changes of phase or reason in ${ms / hour} h`);
  }

  private async settles(): Promise<void> {
    const { host, limits, promises } = this;
    const byMs = host.nowMs + settledWithinMs;
    let phase = await this.phaseAfter(host.nowMs + 30_000);
    for (let minutes = 1; phase !== 'settled' && host.nowMs < byMs; minutes += 1) {
      // An agent that ended meanwhile, with nobody to start it, is the operator's to start.
      if (minutes % 15 === 0) heal(host);
      phase = await this.phaseAfter(host.nowMs + minute);
    }
    if (phase === 'settled') return;
    const reason = this.daemon?.state.reason ?? { code: 'starting' };
    const allowed = limits.dryRun || limits.restart === 'off';
    if (allowed || promises.witness.budgetIsUsed(reason)) return;
    const promised = 'settled in the end, once all is in order';
    promises.broken.add(promised, () => `${phase}, ${reason.code}, after ${seconds(settledWithinMs)}`);
  }

  private async phaseAfter(atMs: number): Promise<string> {
    await this.until(atMs);
    return this.daemon?.state.phase ?? 'waiting';
  }

  /** Lets time pass, with the daemon's looks in it. */
  private async until(toMs: number): Promise<void> {
    const { host, promises } = this;
    while (host.nowMs < toMs) {
      if (this.daemon === undefined && host.nowMs >= this.daemonStartsMs) this.startDaemon();
      const { daemon } = this;
      host.advance(Math.min(toMs, daemon?.nextLookMs ?? this.daemonStartsMs));
      if (host.wakeAtMs <= host.nowMs) {
        host.wakeAtMs = Number.POSITIVE_INFINITY;
        daemon?.wake();
      }
      promises.timePassed();
      if (daemon !== undefined && daemon.nextLookMs <= host.nowMs && !(await daemon.look()))
        this.killDaemon(2_000);
    }
  }

  private startDaemon(): void {
    const { host, limits, disk, promises, trace } = this;
    const watcher = trace === undefined ? promises : this.traced(trace);
    this.daemon = new ModelDaemon(host, { limits, disk, watcher });
  }

  private killDaemon(forMs: number): void {
    this.daemon = undefined;
    this.daemonStartsMs = this.host.nowMs + forMs;
    this.promises.daemonGone();
  }

  private strike(incident: Incident): void {
    const { host, daemon, promises } = this;
    switch (incident.kind) {
      case 'daemon-killed':
        if (incident.at === 'between-looks') this.killDaemon(incident.forMs);
        else if (daemon !== undefined) daemon.crashAt = incident.at;
        return;
      case 'reboot':
        host.reboot(incident.offMs);
        promises.witness.offMs += incident.offMs;
        this.killDaemon(3_000);
        return;
      case 'request':
        if (daemon === undefined) return;
        this.requests += 1;
        daemon.request = { id: `request-${this.requests}`, ifNeeded: incident.ifNeeded };
        daemon.wake();
        promises.said.requested();
        return;
      case 'sighup':
        daemon?.wake();
        return;
      default:
        if (incident.kind === 'operator') promises.takenOver();
        strike(host, incident);
        if (incident.kind === 'operator' && incident.does === 'unit-stop') promises.unitStopped();
    }
  }

  private when(): string {
    return `${seconds(this.host.nowMs)} `.padStart(12);
  }

  private traced(trace: (line: string) => void) {
    const { promises } = this;
    return {
      decided: (told: Told) => {
        const { state, look, events, act } = told.decision;
        const { agent, endpoints } = told.observation;
        const names = endpoints?.endpoints
          .map((one) => `${one.class}${one.reachable === false ? ' closed' : ''}`)
          .join();
        trace(
          `${this.when()} ${state.phase} ${state.reason.code} | names ${names} | agent ${agent.container?.id} ` +
            `${agent.path.path} tcs ${agent.path.tcs} by ${agent.supervisor} | next ${look.inMs} ms ${look.pace}` +
            `${events.length > 0 ? ` | ${events.map((one) => one.code).join()}` : ''}${act ? ` | ${act.verb}` : ''}`,
        );
        promises.decided(told);
      },
      acts: promises.acts.bind(promises),
      acted: promises.acted.bind(promises),
    };
  }
}
