import { isIP } from 'node:net';
import { deriveAbort } from '../kit/deadline.ts';
import type { Problem } from '../kit/problem.ts';
import type { HostAnswers, NameserverFailure, RecordAnswer, RecordType } from './dns-answer.ts';
import { type HostsFile, hostKey, parseHostsFile } from './hosts-file.ts';
import { createNameserver, type Nameserver } from './nameserver.ts';
import { parseResolvConf, type ResolvConf } from './resolv-conf.ts';
import type { ResolverTexts } from './resolver-texts.ts';

/** The names as somebody sees them: the host (and so the next agent process), or one DNS server. */
export interface DnsView {
  /**
   * Looks all hosts up side by side; the answers come in the same order. Ends within the budget; what is
   * unanswered then has failed. One call at a time. Rejects with the signal's reason when that aborts.
   */
  lookUp(hosts: readonly string[], signal: AbortSignal): Promise<HostAnswers[]>;
}

/** The host's view, which one question can be put to as well. */
export interface HostDnsView extends DnsView {
  /**
   * The answer to one question; undefined where DNS is not what decides: the hosts file has the host, it is an
   * address itself, or the files cannot be read. Otherwise as `lookUp`.
   */
  ask(host: string, type: RecordType, signal: AbortSignal): Promise<RecordAnswer | undefined>;
}

export interface DnsViewOptions {
  readonly port?: number;
  /** Timeout for one answer of one nameserver; a shorter `options timeout:` of resolv.conf wins. */
  readonly timeoutMs: number;
  /** Longest time for one call of `lookUp`. */
  readonly budgetMs?: number;
}

export interface HostDnsViewOptions extends DnsViewOptions {
  /** What to look up by now. Parsed again only when it is another object. */
  readonly texts: () => ResolverTexts;
}

const defaults = {
  port: 53,
  budgetMs: 10_000,
} as const satisfies Partial<DnsViewOptions>;

/** Node.js looks at c-ares's time-outs once a second, so each may end that much late. */
const timerSlackMs = 1_000;

/**
 * The view of a Go program without cgo, as the agent is, in a host-network container started now: the hosts
 * file first, then each nameserver of resolv.conf in its order.
 */
export function createHostDnsView(options: HostDnsViewOptions): HostDnsView {
  const settings = { ...defaults, ...options };
  let planned: { readonly from: ResolverTexts; readonly plan: Plan | Problem } | undefined;

  function planNow(): Plan | Problem {
    const texts = options.texts();
    if (planned?.from !== texts) planned = { from: texts, plan: planOf(texts, settings) };
    return planned.plan;
  }

  return {
    lookUp: async (hosts, signal) => {
      const plan = planNow();
      if ('code' in plan) return hosts.map(() => ({ source: 'none', problem: plan }));
      return await lookUpWithin(settings.budgetMs, plan, hosts, signal);
    },
    ask: async (host, type, signal) => {
      const plan = planNow();
      if ('code' in plan || isIP(host) !== 0 || plan.fixed.has(hostKey(host))) return undefined;
      return await within(settings.budgetMs, plan, signal, (ended) => askInOrder(host, type, plan, ended));
    },
  };
}

/** The view of a single DNS server, without the hosts file: what the VPC resolver answers, for instance. */
export function createNameserverView(address: string, options: DnsViewOptions): DnsView {
  const settings = { ...defaults, ...options };
  const resolvConf = { nameservers: [address], timeoutMs: settings.timeoutMs, attempts: 1 } as const;
  const plan = { nameservers: nameserversOf(resolvConf, settings), attempts: 1, fixed: new Map() };
  return { lookUp: async (hosts, signal) => await lookUpWithin(settings.budgetMs, plan, hosts, signal) };
}

function planOf(texts: ResolverTexts, settings: Required<DnsViewOptions>): Plan | Problem {
  if (texts.problem !== undefined) return texts.problem;
  const resolvConf = parseResolvConf(texts.resolvConf);
  return {
    nameservers: nameserversOf(resolvConf, settings),
    attempts: resolvConf.attempts,
    fixed: parseHostsFile(texts.hosts),
  };
}

function nameserversOf(
  { nameservers, timeoutMs }: ResolvConf,
  settings: Required<DnsViewOptions>,
): Nameserver[] {
  // Each of them must have had its turn when the budget ends.
  const share = settings.budgetMs / nameservers.length - timerSlackMs;
  const perAnswerMs = Math.max(1, Math.floor(Math.min(timeoutMs, settings.timeoutMs, share)));
  return nameservers.map((address) =>
    createNameserver({ address, port: settings.port, timeoutMs: perAnswerMs }),
  );
}

interface Plan {
  readonly nameservers: readonly Nameserver[];
  readonly attempts: number;
  readonly fixed: HostsFile;
}

async function lookUpWithin(
  budgetMs: number,
  plan: Plan,
  hosts: readonly string[],
  signal: AbortSignal,
): Promise<HostAnswers[]> {
  return await within(budgetMs, plan, signal, (ended) =>
    Promise.all(hosts.map((host) => lookUpOne(host, plan, ended))),
  );
}

/** Runs what asks the plan's nameservers, and ends every question of it at the budget's end, or when `signal` aborts. */
async function within<Result>(
  budgetMs: number,
  { nameservers }: Plan,
  signal: AbortSignal,
  run: (ended: () => boolean) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const own = deriveAbort(signal, { ms: budgetMs, late: () => undefined });
  own.signal.addEventListener('abort', () => {
    for (const nameserver of nameservers) nameserver.cancel();
  });
  try {
    const result = await run(() => own.signal.aborted);
    signal.throwIfAborted();
    return result;
  } finally {
    own.release();
  }
}

async function lookUpOne(host: string, plan: Plan, ended: () => boolean): Promise<HostAnswers> {
  if (isIP(host) !== 0) return { source: 'literal', address: host };
  const addresses = plan.fixed.get(hostKey(host));
  if (addresses !== undefined) return { source: 'hosts-file', addresses };
  const [a, aaaa] = await Promise.all([
    askInOrder(host, 'A', plan, ended),
    askInOrder(host, 'AAAA', plan, ended),
  ]);
  return { source: 'dns', a, aaaa };
}

/**
 * Fail-over as in Go's `(*Resolver).tryOneName`: a failure leads to the next nameserver, an answer, no data or
 * NXDOMAIN is final. Unlike Go, a lame referral passes for no data: c-ares does not tell them apart.
 */
async function askInOrder(
  host: string,
  type: RecordType,
  { nameservers, attempts }: Plan,
  ended: () => boolean,
): Promise<RecordAnswer> {
  const failures = new Map<string, NameserverFailure>();
  for (let attempt = 0; attempt < attempts; attempt++) {
    for (const nameserver of nameservers) {
      if (ended()) return { status: 'failed', failures: [...failures.values()] };
      const answer = await nameserver.ask(host, type);
      if (answer.status !== 'failed') return { ...answer, nameserver: nameserver.address };
      // Why it failed before says more than that the look ended.
      if (answer.failure.reason !== 'cancelled' || !failures.has(nameserver.address)) {
        failures.set(nameserver.address, answer.failure);
      }
    }
  }
  return { status: 'failed', failures: [...failures.values()] };
}
