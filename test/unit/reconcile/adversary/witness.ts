import type { Policy } from '../../../../src/reconcile/policy.ts';
import type { AgentProcess } from './agent-process.ts';
import type { Told } from './model-daemon.ts';
import type { Deed, ModelHost } from './model-host.ts';

const minute = 60_000;
const hour = 60 * minute;

/** One restart as it really was. */
interface Restart {
  readonly deed: Deed;
  readonly byHand: boolean;
  /** The whole world that bears on the path, as it was then; undefined once that is in doubt. */
  world: string | undefined;
  /** Some process has been on the private path since. */
  helped: boolean;
}

/** What has really been so, and since when, as far as promises ask for it. */
export class Witness {
  /** The process that the daemon has seen last; undefined when it has seen that there is none. */
  seen: AgentProcess | undefined;
  /** Since when the path of that process has been shown as unknown. */
  unknownSinceMs = Number.POSITIVE_INFINITY;
  /** Since when `settled` has been said. */
  settledSinceMs: number | undefined;
  /** Consecutive fresh looks in which some name was answered, and not privately. */
  notPrivateLooks = 0;
  /** When all names became private last, whether or not they still are. */
  allPrivateSinceMs = Number.POSITIVE_INFINITY;
  /** When a look first showed them all private, with none since that showed one otherwise. */
  seenPrivateSinceMs = Number.POSITIVE_INFINITY;
  /** For how long the host was switched off: the daemon's clock does not count it. */
  offMs = 0;
  readonly restarts: Restart[] = [];
  private allPrivate = false;
  private notPrivateSinceMs = Number.POSITIVE_INFINITY;
  /** Since when the present transition lasts. */
  private transitionSinceMs = 0;
  /** Restarts before this belong to an earlier transition without any doubt. */
  private transitionSurelySinceMs = 0;
  private readonly host: ModelHost;
  private readonly limits: Policy;

  constructor(host: ModelHost, limits: Policy) {
    this.host = host;
    this.limits = limits;
  }

  worldChanged(): void {
    const { nowMs, network } = this.host;
    if (network.allPrivate && !this.allPrivate) this.allPrivateSinceMs = nowMs;
    this.allPrivate = network.allPrivate;
  }

  daemonGone(): void {
    this.notPrivateSinceMs = Number.POSITIVE_INFINITY;
    this.settledSinceMs = undefined;
  }

  looked(told: Told): void {
    this.noteProcess(told);
    this.countNames(told);
    const { nowMs } = this.host;
    if (told.decision.state.phase === 'settled') this.settledSinceMs ??= nowMs;
    else this.settledSinceMs = undefined;
    // A transition ends when names were certainly answered otherwise, or with an hour of `settled`.
    const settledForAnHour = this.settledSinceMs !== undefined && nowMs - this.settledSinceMs >= hour;
    const withdrawn = this.notPrivateLooks >= this.limits.settleRounds;
    const surelyWithdrawn = nowMs - this.notPrivateSinceMs >= 2 * minute;
    if (withdrawn || settledForAnHour) this.transitionSinceMs = nowMs;
    if (surelyWithdrawn || settledForAnHour) this.transitionSurelySinceMs = nowMs;
    const { seen } = this;
    const last = this.restarts.at(-1);
    // Names that are answered otherwise before its outcome is known: what it was made on was not what the agent met.
    const isOpen = told.before.journal.intent !== undefined || told.before.journal.verifying !== undefined;
    if (last && isOpen && this.notPrivateLooks > 0) last.world = undefined;
    if (last && seen?.acs.isPrivate === true && seen.startedMs >= last.deed.atMs) last.helped = true;
  }

  private noteProcess({ observation: { agent } }: Told): void {
    if (agent.ages.agent !== 0 || agent.engineProblem !== undefined) return;
    const seen = agent.container?.running === true ? this.host.agent : undefined;
    const isUnknown = agent.path.path === 'unknown';
    if (seen !== this.seen || !isUnknown) this.unknownSinceMs = Number.POSITIVE_INFINITY;
    if (isUnknown) this.unknownSinceMs = Math.min(this.unknownSinceMs, this.host.nowMs);
    this.seen = seen;
  }

  private countNames({ observation: { endpoints } }: Told): void {
    if (endpoints?.ages.answers !== 0) return;
    const classes = endpoints.endpoints.map((one) => one.class);
    if (classes.every((one) => one === 'private')) {
      this.notPrivateLooks = 0;
      this.seenPrivateSinceMs = Math.min(this.seenPrivateSinceMs, this.host.nowMs);
    } else if (classes.some((one) => one !== 'private' && one !== 'failed')) {
      this.notPrivateLooks += 1;
      this.seenPrivateSinceMs = Number.POSITIVE_INFINITY;
    }
    if (this.notPrivateLooks === 0) this.notPrivateSinceMs = Number.POSITIVE_INFINITY;
    else this.notPrivateSinceMs = Math.min(this.notPrivateSinceMs, this.host.nowMs);
  }

  restarted(deed: Deed, byHand: boolean): void {
    this.restarts.push({ deed, byHand, world: this.world(), helped: false });
  }

  /** All that decides where an agent that starts now ends up. */
  world(): string {
    const { dns, nat, refuses, agentHasOwnResolver, agentDistrusts, odd, endpoints } = this.host.network;
    const own = Object.values(endpoints).map((one) => `${one.generation}${one.open}${one.privateDns}`);
    return [dns, nat, refuses, agentHasOwnResolver, agentDistrusts, odd.size, ...own].join();
  }

  /** Restarts of the present transition that ended an agent, but for those by hand. */
  inTransition(): readonly Restart[] {
    return this.counted(this.transitionSinceMs);
  }

  /** The same within so long before now. */
  within(ms: number): number {
    return this.counted(this.host.nowMs - ms).length;
  }

  /** At most so many can be counted for the transition, and for the day: those by hand may count as well. */
  get mostInTransition(): number {
    return this.madeSince(this.transitionSurelySinceMs);
  }

  get mostInDay(): number {
    return this.madeSince(this.host.nowMs - 25 * hour - this.offMs);
  }

  /** Whether a reason not to restart that names a budget is true, of a host that is not settled though all is in order. */
  budgetIsUsed({ code, advice }: { readonly code: string; readonly advice?: string | undefined }): boolean {
    // Only a new process asks for its hosts within 12 hours.
    if (code === 'agent-told-public-hosts') return this.host.agent?.told === 'numbered';
    // What the agent said last is told of a restart that did not help.
    if (advice?.includes('restart --if-needed` tries once more')) return this.restarts.length > 0;
    if (code === 'attempts-used-up') return this.mostInTransition >= this.limits.maxRestarts;
    if (code === 'restart-budget-used') return this.mostInDay >= 6;
    return code === 'restart-did-not-help' && this.restarts.length > 0;
  }

  private counted(sinceMs: number): readonly Restart[] {
    return this.restarts.filter(({ deed, byHand }) => deed.endedAgent && !byHand && deed.atMs > sinceMs);
  }

  private madeSince(sinceMs: number): number {
    return this.restarts.filter(({ deed }) => deed.endedAgent && deed.atMs >= sinceMs).length;
  }
}
