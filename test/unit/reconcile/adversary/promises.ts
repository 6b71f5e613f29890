import type { Decision } from '../../../../src/reconcile/decision.ts';
import type { Policy } from '../../../../src/reconcile/policy.ts';
import type { AgentAct } from '../../../../src/supervision/agent-restarter.ts';
import type { AgentProcess } from './agent-process.ts';
import { isTrue } from './blocked-truth.ts';
import type { Told, Watcher } from './model-daemon.ts';
import type { Deed, ModelHost } from './model-host.ts';

/** All that is promised, by the name under which a test shows it. */
export const promises = [
  'settled is said only of a process whose private ACS connection was there within 6 minutes',
  'settled is entered only on a private ACS connection that lasts',
  'tcs-on-public-path is said if and only if it is so',
  '"started after the endpoints were private" is said only where it is so',
  'restart-verified is said only of an agent on the private path',
  'waiting is said only while a name is not private',
  'endpoints-withdrawn is said only of endpoints that are withdrawn',
  'blocked is said only for a reason that is true',
  'who restarts the agent is said only where it is so',
  'a restart is made only with all names private and reachable',
  'a restart is made only of an agent that is on the public path',
  'a restart is made only where no guard forbids it',
  'at most one restart is under way',
  'the intent is on disk before the call',
  'an agent that was stopped is up again within 5 minutes',
  'a fallback is only for an agent that a restart of the daemon’s own has left down',
  'at most max-restarts for one transition',
  'at most 6 restarts in 24 hours',
  'no restart on the evidence on which one did not help',
  'a dry run does nothing',
  'settled in the end, once all is in order',
  'reasons do not alternate while nothing changes',
  'blocked looks become rare',
  'a request by hand is answered, and not by what it overrides',
] as const;

export type Promised = (typeof promises)[number];

const minute = 60_000;
const hour = 60 * minute;
/** From the loss of the private path until `settled` is no longer said. */
const lostWithinMs = 6 * minute;
/** A connection that proves the path has been seen in two looks 3 s apart; less a clock tick. */
const lastsMs = 2_990;
const upWithinMs = 5 * minute;
/** How long a reason may be said after it was true: one look at the slowest pace, and what it takes. */
const staleMs = 65_000;
const requestWithinMs = 30 * minute;

/** Reasons not to restart that do not count against an operator's word. */
const overridden: ReadonlySet<string> = new Set([
  'restart-off',
  'splay',
  'cool-down',
  'attempts-used-up',
  'restart-budget-used',
  'restart-did-not-help',
]);

/** Words that name who starts the agent again, most telling first. */
const supervisorClaims: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^waiting-for-supervisor:/, 'a unit'],
  [/nothing restarts it/, 'none'],
  [/ecs-init(?: \([^)]*\))? restarts it/, 'ecs-init'],
  [/its unit(?: \([^)]*\))? restarts it/, 'unit'],
  [/its restart policy \([^)]*\) restarts it/, 'restart-policy'],
];

/** One restart as it really was. */
interface Restart {
  readonly deed: Deed;
  readonly byHand: boolean;
  /** The whole world that bears on the path, as it was then. */
  readonly world: string;
  /** Some process has been on the private path since. */
  helped: boolean;
}

/** Compares everything that the daemon says and does with how it really is. */
export class Promises implements Watcher {
  /** The first breach of each promise, in words. */
  readonly broken = new Map<Promised, string>();
  private readonly host: ModelHost;
  private readonly limits: Policy;
  /** The process that the daemon has seen last, or that there is none. */
  private seen: AgentProcess | undefined;
  private said: Decision | undefined;
  private settledSinceMs: number | undefined;
  private reasonTrueMs = 0;
  private notPrivateLooks = 0;
  private allPrivate = false;
  /** When they became so last, whether or not they still are. */
  private allPrivateSinceMs = Number.POSITIVE_INFINITY;
  private allSeenPrivate = false;
  /** The same, as every nameserver of the host answers. */
  private allSeenPrivateSinceMs = Number.POSITIVE_INFINITY;
  /** Since when the path of the process seen has been shown as unknown. */
  private unknownSinceMs = Number.POSITIVE_INFINITY;
  private restarts: Restart[] = [];
  /** Those of the present transition, by when it began. */
  private transitionSinceMs = 0;
  /** Restarts before this belong to an earlier transition without any doubt. */
  private transitionSurelySinceMs = 0;
  private notPrivateSinceMs = Number.POSITIVE_INFINITY;
  /** When an agent that the daemon stopped went down, and how long somebody could have started it since. */
  private down: { usableMs: number; checkedMs: number } | undefined;
  /** Changes of phase or reason, by their time. */
  readonly changes: number[] = [];
  private changedTo = '';
  private blockedSinceMs: number | undefined;
  private requestSinceMs: number | undefined;

  constructor(host: ModelHost, limits: Policy) {
    this.host = host;
    this.limits = limits;
  }

  private breaks(promised: Promised, how: () => string): void {
    if (!this.broken.has(promised)) this.broken.set(promised, how());
  }

  // ---- what happens to the host

  /** To be told after each incident. */
  worldChanged(): void {
    const { nowMs, network } = this.host;
    if (network.allPrivate && !this.allPrivate) this.allPrivateSinceMs = nowMs;
    this.allPrivate = network.allPrivate;
    const seenSo = network.allPrivate && network.dns === 'vpc' && network.odd.size === 0;
    if (seenSo && !this.allSeenPrivate) this.allSeenPrivateSinceMs = nowMs;
    this.allSeenPrivate = seenSo;
    this.blockedSinceMs = undefined;
  }

  /** An operator stopped, paused or removed the agent, or started it: it is theirs from now on. */
  takenOver(): void {
    this.down = undefined;
    this.lastDeed = undefined;
  }

  /** Its state is gone with it: what it said stands no longer. */
  daemonGone(): void {
    // It may have left an intent that it had no time to tell.
    this.issued = true;
    this.notPrivateSinceMs = Number.POSITIVE_INFINITY;
    this.said = undefined;
    this.settledSinceMs = undefined;
    this.blockedSinceMs = undefined;
    this.changedTo = '';
    this.requestSinceMs = undefined;
    if (this.down) this.down.checkedMs = Number.POSITIVE_INFINITY;
  }

  requested(): void {
    this.requestSinceMs = this.host.nowMs;
  }

  /** A call may take effect later, when the Engine comes round. */
  private noteDown(): void {
    if (this.lastDeed?.endedAgent !== true) return;
    this.lastDeed = undefined;
    if (this.host.agent === undefined) this.down ??= { usableMs: 0, checkedMs: this.host.nowMs };
  }

  private lastDeed: Deed | undefined;

  /** To be told often: before each look at least. */
  timePassed(): void {
    this.noteDown();
    const { host, down } = this;
    if (this.said?.state.phase === 'settled') this.settledStands('and that still stands');
    if (down === undefined) return;
    if (host.agent !== undefined) {
      this.down = undefined;
      return;
    }
    // Whoever starts it needs the Engine; and either the container, or a unit that makes another.
    const canBeStarted =
      host.engine === 'works' &&
      (host.container !== undefined || (host.systemctlWorks && host.supervisor.hasUnit));
    if (canBeStarted) down.usableMs += Math.max(0, host.nowMs - down.checkedMs);
    down.checkedMs = host.nowMs;
    if (down.usableMs > upWithinMs) {
      this.breaks('an agent that was stopped is up again within 5 minutes', () => 'it is still down');
    }
  }

  // ---- what is said

  decided(told: Told): void {
    const { host } = this;
    const { observation, decision } = told;
    const { agent } = observation;
    if (agent.ages.agent === 0 && agent.engineProblem === undefined) {
      const seen = agent.container?.running === true ? host.agent : undefined;
      const isUnknown = agent.path.path === 'unknown';
      if (seen !== this.seen || !isUnknown) this.unknownSinceMs = Number.POSITIVE_INFINITY;
      if (isUnknown) this.unknownSinceMs = Math.min(this.unknownSinceMs, host.nowMs);
      this.seen = seen;
    }
    if (this.down && this.down.checkedMs === Number.POSITIVE_INFINITY) this.down.checkedMs = host.nowMs;
    this.countTransition(told);
    this.checkSettled(told);
    this.checkWords(told);
    this.checkEvents(told);
    this.checkBlocked(told);
    this.checkRequest(told);
    this.said = decision;
  }

  private settledStands(how: string): void {
    const { nowMs } = this.host;
    const lastMs = this.seen?.acs.lastPrivateMs(nowMs);
    if (lastMs !== undefined && nowMs - lastMs <= lostWithinMs) return;
    this.breaks(
      'settled is said only of a process whose private ACS connection was there within 6 minutes',
      () =>
        this.seen === undefined
          ? `no process was seen, ${how}`
          : lastMs === undefined
            ? `this process never had one, ${how}`
            : `the last one ended ${seconds(nowMs - lastMs)} ago, ${how}`,
    );
  }

  private checkSettled({ before, observation, decision }: Told): void {
    const { host } = this;
    const { phase, reason } = decision.state;
    if (phase !== 'settled') {
      this.settledSinceMs = undefined;
      return;
    }
    this.settledSinceMs ??= host.nowMs;
    // With the disk full it is not known to the next daemon that this restart has ended.
    if (host.diskWritable) this.issued = false;
    this.settledStands('and settled is said now');
    const acs = this.seen?.acs;
    if (before.phase !== 'settled') {
      const heldMs =
        acs?.isPrivate === true ? host.nowMs - (acs.connection?.sinceMs ?? host.nowMs) : undefined;
      if (heldMs === undefined || heldMs < lastsMs) {
        this.breaks('settled is entered only on a private ACS connection that lasts', () =>
          heldMs === undefined ? 'there is none' : `it is ${seconds(heldMs)} old`,
        );
      }
    }
    const { path, tcs } = observation.agent.path;
    const publicTcs = this.seen?.tcs.connection?.to === 'public';
    const saysSo = reason.code === ('tcs-on-public-path' as string);
    if (observation.agent.ages.agent !== 0) return;
    const clear = path === 'private' ? saysSo !== publicTcs : saysSo && !publicTcs && tcs !== 'unknown';
    if (clear) {
      this.breaks('tcs-on-public-path is said if and only if it is so', () =>
        saysSo ? 'said, and TCS is not public' : `TCS is public, and ${reason.code} is said`,
      );
    }
  }

  private checkWords({ observation, decision }: Told): void {
    const { phase, reason } = decision.state;
    const { message } = reason;
    if (/\bstart(ed|s) after\b/.test(message) && !/\bnot start/.test(message)) {
      const startedMs = this.seen?.startedMs;
      if (startedMs === undefined || startedMs < this.allPrivateSinceMs) {
        this.breaks('"started after the endpoints were private" is said only where it is so', () => message);
      }
    }
    const names = observation.endpoints?.endpoints ?? [];
    if (phase === 'waiting' && names.length > 0 && names.every((one) => one.class === 'private')) {
      const ended = reason.code === 'starting';
      if (!ended) this.breaks('waiting is said only while a name is not private', () => reason.code);
    }
    if (
      reason.code === 'endpoints-withdrawn' &&
      this.notPrivateLooks < 1 &&
      names.every((one) => one.class === 'private')
    ) {
      this.breaks('endpoints-withdrawn is said only of endpoints that are withdrawn', () => message);
    }
    this.checkSupervisorWords(`${reason.code}: ${message} ${reason.advice ?? ''}`);
  }

  private checkSupervisorWords(text: string): void {
    const { host } = this;
    const kind = host.supervisor.seenAs(host.container !== undefined);
    const really = kind === 'ecs-init' || kind === 'unit' ? [kind, 'a unit'] : [kind];
    if (text !== this.claimedIn) {
      this.claimedIn = text;
      this.claimed = supervisorClaims.find(([pattern]) => pattern.test(text))?.[1];
    }
    if (this.claimed === undefined || really.includes(this.claimed)) {
      this.supervisorTrueMs = this.host.nowMs;
    } else if (this.host.nowMs - this.supervisorTrueMs > staleMs) {
      this.breaks(
        'who restarts the agent is said only where it is so',
        () => `"${text}", and it is ${really[0]}`,
      );
    }
  }

  private claimedIn = '';
  private claimed: string | undefined;
  private supervisorTrueMs = 0;

  private checkEvents({ observation, decision }: Told): void {
    const { host } = this;
    for (const { code, fields } of decision.events) {
      if (code === 'restart-issued') this.issued = true;
      if (code === 'restart-verified' && this.seen?.acs.isPrivate !== true) {
        this.breaks(
          'restart-verified is said only of an agent on the private path',
          () => 'it has no private ACS',
        );
      }
      if (code === 'endpoints-withdrawn' && this.notPrivateLooks < this.limits.settleRounds) {
        const seen = observation.endpoints?.endpoints.map((one) => one.class).join();
        this.breaks(
          'endpoints-withdrawn is said only of endpoints that are withdrawn',
          () => `names are ${seen}`,
        );
      }
      if (code === 'phase-changed') {
        const to = `${fields.phase} ${fields.reason}`;
        if (to !== this.changedTo) this.changes.push(host.nowMs);
        this.changedTo = to;
      }
    }
  }

  private checkBlocked(told: Told): void {
    const { host } = this;
    const { phase, reason } = told.decision.state;
    if (phase !== 'blocked') {
      this.blockedSinceMs = undefined;
      return;
    }
    const same = this.said?.state.phase === 'blocked' && this.said.state.reason.code === reason.code;
    if (!same) this.blockedSinceMs = undefined;
    this.blockedSinceMs ??= host.nowMs;
    if (host.nowMs - this.blockedSinceMs > 20 * minute && told.decision.look.inMs < 59_000) {
      this.breaks(
        'blocked looks become rare',
        () => `${reason.code} for 20 min: every ${told.decision.look.inMs} ms`,
      );
    }
    const truth = isTrue(reason, {
      host,
      observation: told.observation,
      limits: this.limits,
      restartsInDay: this.within(25 * hour + this.offMs),
      restartsInTransition: this.counted().filter(({ deed }) => deed.atMs >= this.transitionSurelySinceMs)
        .length,
      restartsMade: this.restarts.length,
      lastHelped: this.restarts.at(-1)?.helped === true,
    });
    if (truth === true) this.reasonTrueMs = host.nowMs;
    else if (truth === undefined) {
      this.breaks(
        'blocked is said only for a reason that is true',
        () => `nothing is known of ${reason.code}`,
      );
    } else if (!same || host.nowMs - this.reasonTrueMs > staleMs) {
      this.breaks(
        'blocked is said only for a reason that is true',
        () => `${reason.code}: ${reason.message}`,
      );
    }
  }

  private checkRequest({ before, decision }: Told): void {
    const promised = 'a request by hand is answered, and not by what it overrides';
    const { request, requestAnswer } = decision.state;
    if (requestAnswer !== undefined && requestAnswer !== before.requestAnswer) {
      const { code, message } = requestAnswer.reason;
      const off = this.limits.restart === 'off' && message.includes('restart=off');
      if (off || overridden.has(code)) this.breaks(promised, () => `${code}: ${message}`);
    }
    if (this.requestSinceMs === undefined) return;
    if (request === undefined) this.requestSinceMs = undefined;
    else if (this.host.nowMs - this.requestSinceMs > requestWithinMs) {
      this.breaks(promised, () => `not within ${seconds(requestWithinMs)}`);
    }
  }

  // ---- what is done

  /** A transition ends when names were certainly answered otherwise, or with an hour of `settled`. */
  private countTransition({ observation }: Told): void {
    const { nowMs } = this.host;
    const { endpoints } = observation;
    if (endpoints?.ages.answers === 0) {
      const classes = endpoints.endpoints.map((one) => one.class);
      if (classes.every((one) => one === 'private')) this.notPrivateLooks = 0;
      else if (classes.some((one) => one !== 'private' && one !== 'failed')) this.notPrivateLooks += 1;
      if (this.notPrivateLooks === 0) this.notPrivateSinceMs = Number.POSITIVE_INFINITY;
      else this.notPrivateSinceMs = Math.min(this.notPrivateSinceMs, nowMs);
    }
    const settledForAnHour = this.settledSinceMs !== undefined && nowMs - this.settledSinceMs >= hour;
    if (this.notPrivateLooks >= this.limits.settleRounds || settledForAnHour) this.transitionSinceMs = nowMs;
    if (nowMs - this.notPrivateSinceMs >= 2 * minute || settledForAnHour)
      this.transitionSurelySinceMs = nowMs;
    const isPrivate = this.seen?.acs.isPrivate === true;
    const last = this.restarts.at(-1);
    if (isPrivate && last && this.seen && this.seen.startedMs >= last.deed.atMs) last.helped = true;
  }

  acts(act: AgentAct, told: Told, intentIsOnDisk: boolean): void {
    if (this.limits.dryRun) this.breaks('a dry run does nothing', () => act.verb);
    const isRestart = told.decision.events.some((event) => event.code === 'restart-issued');
    if (isRestart) {
      this.checkRestart(told, intentIsOnDisk);
      return;
    }
    const promised = 'a fallback is only for an agent that a restart of the daemon’s own has left down';
    const stops = act.verb !== 'start' && act.verb !== 'systemctl-start';
    if (stops && told.observation.agent.container?.running === true) {
      this.breaks(promised, () => `${act.verb}, and it runs`);
    }
    if (!this.issued) this.breaks(promised, () => `${act.verb}, and no restart was made`);
  }

  /** A restart was issued, and `settled` has not been said since. */
  private issued = false;

  private checkRestart(told: Told, intentIsOnDisk: boolean): void {
    const { host } = this;
    const { observation, before } = told;
    const { request } = before;
    if (!intentIsOnDisk) this.breaks('the intent is on disk before the call', () => 'it is not');
    if (host.callPending || this.down !== undefined || host.agent === undefined) {
      this.breaks('at most one restart is under way', () =>
        host.callPending ? 'an earlier call may yet take effect' : 'the agent is down',
      );
    }
    const guard = this.guard(told);
    if (guard !== undefined) this.breaks('a restart is made only where no guard forbids it', () => guard);
    if (request !== undefined && !request.ifNeeded) return;
    const names = observation.endpoints?.endpoints ?? [];
    if (
      !names.every(
        (one) => one.class === 'private' && one.reachable === true && host.network.reachable(one.service),
      )
    ) {
      this.breaks('a restart is made only with all names private and reachable', () =>
        names.map((one) => `${one.service} ${one.class} ${one.reachable}`).join(),
      );
    }
    const why = this.needless(request !== undefined);
    if (why !== undefined)
      this.breaks('a restart is made only of an agent that is on the public path', () => why);
    if (request === undefined) this.checkBudgets();
  }

  /** Why the agent does not need it; undefined where it does. */
  private needless(byHand: boolean): string | undefined {
    const { agent, nowMs, socketsReadable } = this.host;
    if (agent === undefined) return 'there is no agent';
    const { acs, tcs } = agent;
    if (socketsReadable || byHand) {
      if (acs.isPrivate) return 'its ACS connection is private';
      const isPublic = acs.connection?.to === 'public' || tcs.connection?.to === 'public';
      return byHand || isPublic ? undefined : 'it has no public connection';
    }
    // What cannot be seen may be private all the same; then start times decide.
    if (agent.startedMs >= this.allSeenPrivateSinceMs) {
      return 'not to be seen, and it started after all names were private';
    }
    const unknownMs = nowMs - this.unknownSinceMs;
    return unknownMs < this.limits.unknownPathAfterMs ? `unknown for ${seconds(unknownMs)} only` : undefined;
  }

  private guard({ observation, before }: Told): string | undefined {
    const { host } = this;
    // By hand, an instance that is about to go is the operator's business.
    if (host.terminating && before.request?.ifNeeded !== false) return 'instance-terminating';
    if (host.container?.paused === true) return 'agent-paused';
    if (host.systemctlWorks && host.supervisor.isActing) return 'a unit about to act';
    if (observation.agent.engineProblem !== undefined) return 'the Engine';
    if (this.limits.restart === 'off' && before.request === undefined) return 'restart-off';
    return observation.storageProblem?.code;
  }

  private checkBudgets(): void {
    const { host } = this;
    const made = this.inTransition().length;
    if (made >= this.limits.maxRestarts) {
      this.breaks('at most max-restarts for one transition', () => `${made} have been made`);
    }
    const inDay = this.within(24 * hour);
    if (inDay >= 6) this.breaks('at most 6 restarts in 24 hours', () => `${inDay} have been made`);
    const last = this.inTransition().at(-1);
    const agent = host.agent;
    if (last && !last.helped && agent && agent.startedMs >= last.deed.atMs && last.world === this.world()) {
      this.breaks(
        'no restart on the evidence on which one did not help',
        () => `the last was ${seconds(host.nowMs - last.deed.atMs)} ago, and all is as it was`,
      );
    }
  }

  acted(deed: Deed, told: Told): void {
    const isRestart = told.decision.events.some((event) => event.code === 'restart-issued');
    this.lastDeed = deed;
    this.noteDown();
    if (!isRestart) return;
    const byHand = told.before.request !== undefined;
    this.restarts.push({ deed, byHand, world: this.world(), helped: false });
  }

  /** All that decides where an agent that starts now ends up. */
  private world(): string {
    const { network, container } = this.host;
    const { dns, nat, refuses, agentHasOwnResolver, agentDistrusts, odd, endpoints } = network;
    const own = Object.values(endpoints).map((one) => `${one.generation}${one.open}${one.privateDns}`);
    return [
      dns,
      nat,
      refuses,
      agentHasOwnResolver,
      agentDistrusts,
      odd.size,
      container === undefined,
      ...own,
    ].join();
  }

  private counted(): readonly Restart[] {
    return this.restarts.filter(({ deed, byHand }) => deed.endedAgent && !byHand);
  }

  private inTransition(): readonly Restart[] {
    return this.counted().filter(({ deed }) => deed.atMs >= this.transitionSinceMs);
  }

  private within(ms: number): number {
    return this.counted().filter(({ deed }) => this.host.nowMs - deed.atMs < ms).length;
  }

  /** Those by hand may count as well, where a reason says that there were too many. */
  private madeSince(ms: number): number {
    return this.restarts.filter(({ deed }) => deed.endedAgent && deed.atMs >= ms).length;
  }

  /** What the host was switched off: the daemon's clock does not count it. */
  offMs = 0;

  /** What counts against another restart, for a host that is not settled though all is in order. */
  budgetsAreUsed(code: string): boolean {
    const { limits } = this;
    switch (code) {
      case 'attempts-used-up':
        return this.madeSince(0) >= limits.maxRestarts;
      case 'restart-budget-used':
        return this.madeSince(this.host.nowMs - 25 * hour - this.offMs) >= 6;
      case 'restart-did-not-help':
        return this.restarts.length > 0;
      default:
        return false;
    }
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
