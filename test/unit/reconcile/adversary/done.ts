import type { Policy } from '../../../../src/reconcile/policy.ts';
import type { AgentAct } from '../../../../src/supervision/agent-restarter.ts';
import type { Told } from './model-daemon.ts';
import type { Deed, ModelHost } from './model-host.ts';
import { type Broken, seconds } from './promised.ts';
import type { Witness } from './witness.ts';

const minute = 60_000;
const hour = 60 * minute;
const upWithinMs = 5 * minute;

/** Compares what is done with what may be done, as it really is. */
export class Done {
  /** An agent that the daemon stopped: how long somebody could have started it since. */
  private down: { usableMs: number; checkedMs: number } | undefined;
  private lastDeed: Deed | undefined;
  /** The last thing that an operator did was to stop its unit. */
  private operatorStopped = false;
  /** A restart was issued, and `settled` has not been said since. */
  private issued = false;
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

  takenOver(): void {
    this.down = undefined;
    this.lastDeed = undefined;
    this.operatorStopped = false;
  }

  unitStopped(): void {
    this.operatorStopped = this.host.supervisor.isToldStopped;
  }

  daemonGone(): void {
    // It may have left an intent that it had no time to tell.
    this.issued = true;
    if (this.down) this.down.checkedMs = Number.POSITIVE_INFINITY;
  }

  /** A call may take effect later, when the Engine comes round. */
  private noteDown(): void {
    if (this.lastDeed?.endedAgent !== true) return;
    this.lastDeed = undefined;
    if (this.host.agent === undefined) this.down ??= { usableMs: 0, checkedMs: this.host.nowMs };
  }

  timePassed(): void {
    this.noteDown();
    const { host, down } = this;
    if (down === undefined) return;
    if (host.agent !== undefined) {
      this.down = undefined;
      return;
    }
    // Nobody can ask it of a daemon that is not there.
    if (down.checkedMs === Number.POSITIVE_INFINITY) return;
    // To start it takes the Engine; and either the container, or a unit that makes another.
    const canBeStarted =
      host.engine === 'works' &&
      (host.container !== undefined || (host.systemctlWorks && host.supervisor.hasUnit));
    if (canBeStarted) down.usableMs += Math.max(0, host.nowMs - down.checkedMs);
    down.checkedMs = host.nowMs;
    if (down.usableMs > upWithinMs) {
      this.broken.add('an agent that was stopped is up again within 5 minutes', () => 'it is still down');
    }
  }

  decided({ decision }: Told): void {
    const { host, down } = this;
    if (down?.checkedMs === Number.POSITIVE_INFINITY) down.checkedMs = host.nowMs;
    if (decision.events.some(({ code }) => code === 'restart-issued')) this.issued = true;
    // With the disk full it is not known to the next daemon that this restart has ended.
    if (decision.state.phase === 'settled' && host.diskWritable) this.issued = false;
  }

  acts(act: AgentAct, told: Told, intentIsOnDisk: boolean): void {
    if (this.limits.dryRun) this.broken.add('a dry run does nothing', () => act.verb);
    const isRestart = told.decision.events.some((event) => event.code === 'restart-issued');
    if (isRestart) {
      this.checkRestart(told, intentIsOnDisk);
      return;
    }
    // What systemd does not tell cannot be known.
    if (this.operatorStopped && this.host.systemctlWorks) {
      this.broken.add(
        'an agent whose unit an operator has stopped since is not started again',
        () => act.verb,
      );
    }
    const promised = 'a fallback is only for an agent that a restart of the daemon’s own has left down';
    const stops = act.verb !== 'start' && act.verb !== 'systemctl-start';
    if (stops && told.observation.agent.container?.running === true) {
      this.broken.add(promised, () => `${act.verb}, and it runs`);
    }
    if (!this.issued) this.broken.add(promised, () => `${act.verb}, and no restart was made`);
  }

  private checkRestart(told: Told, intentIsOnDisk: boolean): void {
    const { host } = this;
    const { observation, before } = told;
    const { request } = before;
    if (!intentIsOnDisk) this.broken.add('the intent is on disk before the call', () => 'it is not');
    if (host.callPending || this.down !== undefined || host.agent === undefined) {
      this.broken.add('at most one restart is under way', () =>
        host.callPending ? 'an earlier call may yet take effect' : 'the agent is down',
      );
    }
    const guard = this.guard(told);
    if (guard !== undefined) this.broken.add('a restart is made only where no guard forbids it', () => guard);
    if (request !== undefined && !request.ifNeeded) return;
    const names = observation.endpoints?.endpoints ?? [];
    if (
      !names.every(
        (one) => one.class === 'private' && one.reachable === true && host.network.reachable(one.service),
      )
    ) {
      this.broken.add('a restart is made only with all names private and reachable', () =>
        names.map((one) => `${one.service} ${one.class} ${one.reachable}`).join(),
      );
    }
    const why = this.needless(request !== undefined);
    if (why !== undefined)
      this.broken.add('a restart is made only of an agent that is on the public path', () => why);
    if (request === undefined) this.checkBudgets();
  }

  /** Why the agent does not need it; undefined where it does. */
  private needless(byHand: boolean): string | undefined {
    const { agent, nowMs, socketsReadable } = this.host;
    if (agent === undefined) return 'there is no agent';
    const { acs, tcs } = agent;
    if (socketsReadable || byHand) {
      if (acs.isPrivate) return 'its ACS connection is private';
      // Between two tries there is none; a host that was told over the public path it keeps for hours.
      const isPublic =
        acs.connection?.to === 'public' || tcs.connection?.to === 'public' || agent.told === 'numbered';
      return byHand || isPublic ? undefined : 'it has no public connection';
    }
    // What cannot be seen may be private all the same; then start times decide.
    if (agent.startedMs >= this.witness.seenPrivateSinceMs) {
      return 'not to be seen, and it started after all names were private';
    }
    const unknownMs = nowMs - this.witness.unknownSinceMs;
    return unknownMs < this.limits.unknownPathAfterMs ? `unknown for ${seconds(unknownMs)} only` : undefined;
  }

  /** For longer than an answer of before counts. */
  private get refusedForLong(): boolean {
    const { network, nowMs } = this.host;
    if (this.limits.preflight === 'off' || network.refuses !== 'discover') return false;
    return nowMs - network.policySinceMs > 6 * minute;
  }

  private guard({ observation, before }: Told): string | undefined {
    const { host } = this;
    // By hand, an instance that is about to go is the operator's business.
    if (host.terminating && before.request?.ifNeeded !== false) return 'instance-terminating';
    if (host.container?.paused === true) return 'agent-paused';
    if (host.systemctlWorks && host.supervisor.isActing) return 'a unit about to act';
    if (observation.agent.engineProblem !== undefined) return 'the Engine';
    if (this.limits.restart === 'off' && before.request === undefined) return 'restart-off';
    if (this.refusedForLong && before.request?.ifNeeded !== false) return 'preflight-refused';
    return observation.storageProblem?.code;
  }

  private checkBudgets(): void {
    const { host } = this;
    const made = this.witness.inTransition().length;
    if (made >= this.limits.maxRestarts) {
      this.broken.add('at most max-restarts for one transition', () => `${made} have been made`);
    }
    const inDay = this.witness.within(24 * hour);
    if (inDay >= 6) this.broken.add('at most 6 restarts in 24 hours', () => `${inDay} have been made`);
    const last = this.witness.inTransition().at(-1);
    const agent = host.agent;
    if (
      last &&
      !last.helped &&
      agent &&
      agent.startedMs >= last.deed.atMs &&
      last.world === this.witness.world()
    ) {
      this.broken.add(
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
    this.witness.restarted(deed, byHand);
  }
}
