import type { Decision } from '../../../../src/reconcile/decision.ts';
import type { Policy } from '../../../../src/reconcile/policy.ts';
import { isTrue } from './blocked-truth.ts';
import type { Told } from './model-daemon.ts';
import type { ModelHost } from './model-host.ts';
import { type Broken, seconds } from './promised.ts';
import type { Witness } from './witness.ts';

const minute = 60_000;
/** From the loss of the private path until `settled` is no longer said. */
const lostWithinMs = 6 * minute;
/** A connection that proves the path has been seen in two looks 3 s apart; less a clock tick. */
const lastsMs = 2_990;
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
  'agent-told-public-hosts',
]);

/** Words that name who starts the agent again, most telling first. */
const supervisorClaims: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/nothing restarts it/, 'none'],
  [/ecs-init(?: \([^)]*\))? restarts it/, 'ecs-init'],
  [/its unit(?: \([^)]*\))? restarts it/, 'unit'],
  [/its restart policy \([^)]*\) restarts it/, 'restart-policy'],
];

/** Compares what is said with how it really is. */
export class Said {
  /** When the phase or its reason became another one. */
  readonly changes: number[] = [];
  private last: Decision | undefined;
  private changedTo = '';
  private blockedSinceMs: number | undefined;
  private reasonTrueMs = 0;
  private requestSinceMs: number | undefined;
  private claimedIn = '';
  private claimed: string | undefined;
  private supervisorTrueMs = 0;
  private readonly host: ModelHost;
  private readonly limits: Policy;
  private readonly witness: Witness;
  private readonly broken: Broken;

  constructor(
    host: ModelHost,
    { limits, witness, broken }: { limits: Policy; witness: Witness; broken: Broken },
  ) {
    this.host = host;
    this.limits = limits;
    this.witness = witness;
    this.broken = broken;
  }

  worldChanged(): void {
    this.blockedSinceMs = undefined;
  }

  daemonGone(): void {
    this.last = undefined;
    this.blockedSinceMs = undefined;
    this.changedTo = '';
    this.requestSinceMs = undefined;
  }

  requested(): void {
    this.requestSinceMs = this.host.nowMs;
  }

  timePassed(): void {
    if (this.last?.state.phase === 'settled') this.settledStands('and that still stands');
  }

  decided(told: Told): void {
    this.checkSettled(told);
    this.checkWords(told);
    this.checkEvents(told);
    this.checkBlocked(told);
    this.checkRequest(told);
    this.last = told.decision;
  }

  settledStands(how: string): void {
    const { nowMs } = this.host;
    const lastMs = this.witness.seen?.acs.lastPrivateMs(nowMs);
    if (lastMs !== undefined && nowMs - lastMs <= lostWithinMs) return;
    this.broken.add(
      'settled is said only of a process whose private ACS connection was there within 6 minutes',
      () =>
        this.witness.seen === undefined
          ? `no process was seen, ${how}`
          : lastMs === undefined
            ? `this process never had one, ${how}`
            : `the last one ended ${seconds(nowMs - lastMs)} ago, ${how}`,
    );
  }

  private checkSettled({ before, observation, decision }: Told): void {
    const { host } = this;
    const { phase, reason } = decision.state;
    if (phase !== 'settled') return;
    this.settledStands('and settled is said now');
    const acs = this.witness.seen?.acs;
    if (before.phase !== 'settled') {
      const heldMs =
        acs?.isPrivate === true ? host.nowMs - (acs.connection?.sinceMs ?? host.nowMs) : undefined;
      if (heldMs === undefined || heldMs < lastsMs) {
        this.broken.add('settled is entered only on a private ACS connection that lasts', () =>
          heldMs === undefined ? 'there is none' : `it is ${seconds(heldMs)} old`,
        );
      }
    }
    const { path, tcs } = observation.agent.path;
    const publicTcs = this.witness.seen?.tcs.connection?.to === 'public';
    const saysSo = reason.code === ('tcs-on-public-path' as string);
    if (observation.agent.ages.agent !== 0) return;
    const clear = path === 'private' ? saysSo !== publicTcs : saysSo && !publicTcs && tcs !== 'unknown';
    if (clear) {
      this.broken.add('tcs-on-public-path is said if and only if it is so', () =>
        saysSo ? 'said, and TCS is not public' : `TCS is public, and ${reason.code} is said`,
      );
    }
  }

  private checkWords({ observation, decision }: Told): void {
    const { phase, reason } = decision.state;
    const { message } = reason;
    if (/\bstart(ed|s) after\b/.test(message) && !/\bnot start/.test(message)) {
      const startedMs = this.witness.seen?.startedMs;
      if (startedMs === undefined || startedMs < this.witness.allPrivateSinceMs) {
        this.broken.add(
          '"started after the endpoints were private" is said only where it is so',
          () => message,
        );
      }
    }
    const names = observation.endpoints?.endpoints ?? [];
    if (phase === 'waiting' && names.length > 0 && names.every((one) => one.class === 'private')) {
      const ended = reason.code === 'starting';
      if (!ended) this.broken.add('waiting is said only while a name is not private', () => reason.code);
    }
    if (
      reason.code === 'endpoints-withdrawn' &&
      this.witness.notPrivateLooks < 1 &&
      names.every((one) => one.class === 'private')
    ) {
      this.broken.add('endpoints-withdrawn is said only of endpoints that are withdrawn', () => message);
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
      this.broken.add(
        'who restarts the agent is said only where it is so',
        () => `"${text}", and it is ${really[0]}`,
      );
    }
  }

  private checkEvents({ observation, decision }: Told): void {
    const { host } = this;
    for (const { code, fields } of decision.events) {
      if (code === 'restart-verified' && this.witness.seen?.acs.isPrivate !== true) {
        this.broken.add(
          'restart-verified is said only of an agent on the private path',
          () => 'it has no private ACS',
        );
      }
      if (code === 'endpoints-withdrawn' && this.witness.notPrivateLooks < this.limits.settleRounds) {
        const seen = observation.endpoints?.endpoints.map((one) => one.class).join();
        this.broken.add(
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
    const same = this.last?.state.phase === 'blocked' && this.last.state.reason.code === reason.code;
    if (!same) this.blockedSinceMs = undefined;
    this.blockedSinceMs ??= host.nowMs;
    // One look may come sooner: whether a connection that has just been seen lasts.
    const soon = [this.last, told.decision].every((one) => one !== undefined && one.look.inMs < 59_000);
    if (host.nowMs - this.blockedSinceMs > 20 * minute && soon) {
      this.broken.add(
        'blocked looks become rare',
        () => `${reason.code} for 20 min: every ${told.decision.look.inMs} ms`,
      );
    }
    const truth = isTrue(reason, {
      host,
      observation: told.observation,
      limits: this.limits,
      restartsInDay: this.witness.mostInDay,
      restartsInTransition: this.witness.mostInTransition,
      restartsMade: this.witness.restarts.length,
      lastHelped: this.witness.restarts.at(-1)?.helped === true,
    });
    if (truth === true) this.reasonTrueMs = host.nowMs;
    else if (truth === undefined) {
      this.broken.add(
        'blocked is said only for a reason that is true',
        () => `nothing is known of ${reason.code}`,
      );
    } else if (!same || host.nowMs - this.reasonTrueMs > staleMs) {
      this.broken.add(
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
      if (off || overridden.has(code)) this.broken.add(promised, () => `${code}: ${message}`);
    }
    if (this.requestSinceMs === undefined) return;
    if (request === undefined) this.requestSinceMs = undefined;
    else if (this.host.nowMs - this.requestSinceMs > requestWithinMs) {
      this.broken.add(promised, () => `not within ${seconds(requestWithinMs)}`);
    }
  }
}
