import { isIP } from 'node:net';
import { budgets } from '../kit/budgets.ts';
import { deriveAbort } from '../kit/deadline.ts';
import { printable } from '../kit/printable.ts';
import type { Problem } from '../kit/problem.ts';
import type {
  HostAnswers,
  LookUpAnswers,
  NameserverFailure,
  RecordAnswer,
  RecordType,
} from './dns-answer.ts';
import { type HostsFile, hostKey, parseHostsFile } from './hosts-file.ts';
import { createNameserver, type Nameserver } from './nameserver.ts';
import { nameList, parseResolvConf, type ResolvConf } from './resolv-conf.ts';
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
  /** The host's, whose domain is searched where resolv.conf names none. */
  readonly hostName?: string;
}

const defaults = {
  port: 53,
  budgetMs: 10_000,
} as const satisfies Partial<DnsViewOptions>;

/** The view of a Go program without cgo, as the agent is: the hosts file first, then DNS by resolv.conf. */
export function createHostDnsView(options: HostDnsViewOptions): HostDnsView {
  const settings = { ...defaults, ...options };
  let planned: { readonly from: ResolverTexts; readonly plan: Plan | Problem } | undefined;

  function planNow(): Plan | Problem {
    const texts = options.texts();
    if (planned?.from !== texts) planned = { from: texts, plan: planOf(texts, settings, options.hostName) };
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
      return await within(settings.budgetMs, signal, (ended) =>
        askInOrder({ name: host, type, start: 0 }, plan, ended),
      );
    },
  };
}

/** The view of a single DNS server, without the hosts file: what the VPC resolver answers, for instance. */
export function createNameserverView(address: string, options: DnsViewOptions): DnsView {
  const settings = { ...defaults, ...options };
  const conf = parseResolvConf(`nameserver ${address}\noptions attempts:1`);
  const plan = { nameservers: nameserversOf(conf, settings), conf, fixed: new Map() };
  return { lookUp: async (hosts, signal) => await lookUpWithin(settings.budgetMs, plan, hosts, signal) };
}

function planOf(
  texts: ResolverTexts,
  settings: Required<DnsViewOptions>,
  hostName: string | undefined,
): Plan | Problem {
  if (texts.problem !== undefined) return texts.problem;
  const conf = parseResolvConf(texts.resolvConf, hostName);
  return { nameservers: nameserversOf(conf, settings), conf, fixed: parseHostsFile(texts.hosts) };
}

function nameserversOf(
  conf: ResolvConf,
  { budgetMs, port, timeoutMs }: Required<DnsViewOptions>,
): Nameserver[] {
  // Each of them must have had its turn when the budget ends.
  const share = budgetMs / conf.nameservers.length;
  const perAnswerMs = Math.max(1, Math.floor(Math.min(conf.timeoutMs, timeoutMs, share)));
  const { useTcp, trustAd } = conf;
  return conf.nameservers.map((address) =>
    createNameserver({ address, port, timeoutMs: perAnswerMs, useTcp, trustAd }),
  );
}

interface Plan {
  readonly nameservers: readonly Nameserver[];
  readonly conf: ResolvConf;
  readonly fixed: HostsFile;
}

async function lookUpWithin(
  budgetMs: number,
  plan: Plan,
  hosts: readonly string[],
  signal: AbortSignal,
): Promise<HostAnswers[]> {
  return await within(budgetMs, signal, (ended) =>
    Promise.all(hosts.map((host) => lookUpOne(host, plan, ended))),
  );
}

/** Runs what asks nameservers, and ends every question of it at the budget's end, or when `signal` aborts. */
async function within<Result>(
  budgetMs: number,
  signal: AbortSignal,
  run: (ended: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const own = deriveAbort(signal, { ms: budgetMs, late: () => undefined });
  try {
    const result = await run(own.signal);
    signal.throwIfAborted();
    return result;
  } finally {
    own.release();
  }
}

async function lookUpOne(host: string, plan: Plan, ended: AbortSignal): Promise<HostAnswers> {
  if (isIP(host) !== 0) return { source: 'literal', address: host };
  const addresses = plan.fixed.get(hostKey(host));
  if (addresses !== undefined) return { source: 'hosts-file', addresses };
  const { conf, nameservers } = plan;
  const names = nameList(host, conf);
  // With `rotate` each question starts at another nameserver, and which one that is cannot be foreseen.
  const starts = conf.rotate ? nameservers.map((_, start) => start) : [0];
  const answers = await Promise.all(starts.map((start) => lookUpFrom(start, names, plan, ended)));
  return { source: 'dns', answers };
}

/** As Go's `goLookupIPCNAMEOrder`: the first of the names with an address in either family ends it. */
async function lookUpFrom(
  start: number,
  names: readonly string[],
  plan: Plan,
  ended: AbortSignal,
): Promise<LookUpAnswers> {
  let first: LookUpAnswers | undefined;
  for (const name of names) {
    const [a, aaaa] = await askBoth(start, name, plan, ended);
    // The search domain in it is a text of another's file.
    const answers = { name: printable(name, budgets.nameLength), a, aaaa };
    if (a.status === 'answered' || aaaa.status === 'answered') return answers;
    first ??= answers;
  }
  const none = { status: 'failed', failures: [] } as const;
  return first ?? { name: '', a: none, aaaa: none };
}

async function askBoth(start: number, name: string, plan: Plan, ended: AbortSignal) {
  const ask = (type: RecordType) => askInOrder({ name, type, start }, plan, ended);
  if (!plan.conf.singleRequest) return await Promise.all([ask('A'), ask('AAAA')]);
  return [await ask('A'), await ask('AAAA')] as const;
}

interface Question {
  readonly name: string;
  readonly type: RecordType;
  /** Which nameserver is asked first. */
  readonly start: number;
}

/**
 * Fail-over as in Go's `(*Resolver).tryOneName`: a failure or a lame answer leads to the next nameserver, an answer, no
 * data or NXDOMAIN is final.
 */
async function askInOrder(
  { name, type, start }: Question,
  { nameservers, conf }: Plan,
  ended: AbortSignal,
): Promise<RecordAnswer> {
  const failures = new Map<string, NameserverFailure>();
  const inOrder = [...nameservers.slice(start), ...nameservers.slice(0, start)];
  for (let attempt = 0; attempt < Math.min(conf.attempts, budgets.dnsAttempts); attempt++) {
    for (const nameserver of inOrder) {
      if (ended.aborted) return { status: 'failed', failures: [...failures.values()] };
      const answer = await nameserver.ask(name, type, ended);
      if (answer.status !== 'failed') return { ...answer, nameserver: nameserver.address };
      // Why it failed before says more than that the look ended.
      if (answer.failure.reason !== 'cancelled' || !failures.has(nameserver.address)) {
        failures.set(nameserver.address, answer.failure);
      }
    }
  }
  return { status: 'failed', failures: [...failures.values()] };
}
