import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { createMemory, type MaxAges } from '../kit/age.ts';
import type { IpAddress } from '../kit/ip-address.ts';
import { type Classification, classify } from './classify.ts';
import { createHostDnsView } from './dns-view.ts';
import type { EndpointName } from './endpoint-names.ts';
import type {
  EndpointObservation,
  EndpointProbe,
  EndpointsObservation,
  EndpointsSource,
  JudgedBy,
} from './endpoint-observation.ts';
import type { NextAgent } from './next-agent.ts';
import { nameserversIn } from './next-resolver.ts';
import { createPrivateAddressRule, type PrivateAddressRule } from './private-address.ts';
import { probeEndpoint } from './probe.ts';
import { createProbeMemory, type ProbeSubject } from './probe-memory.ts';
import { isStillPublic, publicWitness } from './public-witness.ts';
import { createResolverReader, type ResolverLook, type ResolverReaderOptions } from './resolver-reader.ts';
import { type TrustSource, trustSource } from './trust-source.ts';
import { createTrustStore } from './trust-store.ts';

export interface EndpointsReaderOptions {
  readonly resolver: Omit<ResolverReaderOptions, 'monotonicMs'>;
  /** Blocks that count as private beside the VPC's and the private ranges. */
  readonly privateCidrs: readonly string[];
  /** Whether this host has a route to an address; default to all. */
  readonly hasRoute?: (address: IpAddress) => boolean;
  /** PEM file; undefined for what the agent trusts. */
  readonly caFile: string | undefined;
  /** Timeout for one answer of one nameserver, in milliseconds. */
  readonly dnsTimeoutMs: number;
  /** Longest time for all DNS of one look, in milliseconds; default 10 s. */
  readonly dnsBudgetMs?: number;
  /** Timeout for TCP and TLS at one address, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** A clock that never jumps, in milliseconds. */
  readonly monotonicMs: () => number;
  readonly dnsPort?: number;
  readonly endpointPort?: number;
}

export interface EndpointsRequest {
  readonly names: readonly EndpointName[];
  /** The agent by whose next container they are judged; undefined while none was seen: by this host. */
  readonly agent?: NextAgent | undefined;
  readonly vpcCidrs: readonly string[];
  readonly maxAgeMs: MaxAges<EndpointsSource>;
  /**
   * So many consecutive looks, while a name is not private, one question that shows it will do, and the former look's
   * answers stand.
   */
  readonly oneQuestionLooks: number;
}

export interface EndpointsReader {
  /**
   * One look, names side by side; one at a time. Takes at most 10 s for DNS, and the connect time-out for each
   * 8 addresses due. Rejects only with the signal's reason.
   */
  look(request: EndpointsRequest, signal: AbortSignal): Promise<EndpointsObservation>;
}

const probesAtOnce = 8;
const probesPerName = 16;
// Above the time between two rounds of probes, so that the trust store is not built for each of them.
const trustIdleMs = 5 * 60_000;

export function createEndpointsReader(options: EndpointsReaderOptions): EndpointsReader {
  const { caFile, privateCidrs, monotonicMs } = options;
  const readResolver = createResolverReader({ ...options.resolver, monotonicMs });
  let resolver = readResolver(undefined, true);
  let trusted: Trusted | undefined;
  let judged: { readonly from: readonly unknown[]; readonly judgedBy: JudgedBy } | undefined;
  const view = createHostDnsView({
    hostName: hostname(),
    texts: () => resolver,
    port: options.dnsPort ?? 53,
    timeoutMs: options.dnsTimeoutMs,
    ...(options.dnsBudgetMs !== undefined && { budgetMs: options.dnsBudgetMs }),
  });
  const trustStore = createTrustStore(() => trusted?.source ?? trustSource({ caFile }));
  const memory = createProbeMemory(monotonicMs);
  const lastProbe = createMemory<true>(monotonicMs);
  const last = createMemory<Answered>(monotonicMs);
  let oneQuestionRow = 0;
  let built: { readonly from: string; readonly rule: PrivateAddressRule } | undefined;

  function ruleFor(vpcCidrs: readonly string[]): PrivateAddressRule {
    const from = vpcCidrs.join();
    if (built?.from !== from) {
      const { hasRoute } = options;
      built = {
        from,
        rule: createPrivateAddressRule({ vpcCidrs, extraCidrs: privateCidrs, ...(hasRoute && { hasRoute }) }),
      };
    }
    return built.rule;
  }

  async function probe(subjects: readonly ProbeSubject[], signal: AbortSignal): Promise<void> {
    const settings = {
      port: options.endpointPort ?? 443,
      timeoutMs: options.connectTimeoutMs,
      trustStore,
      monotonicMs,
    };
    await eachBounded(subjects, probesAtOnce, async (subject) => {
      const result = await probeEndpoint(subject.name, subject.address, settings, signal);
      memory.of(subject).keep(result);
    });
    lastProbe.keep(true);
  }

  /** Judged by one trust, which it gives: when the agent ends meanwhile, all again as for one that cannot be seen. */
  async function probeBy(
    trust: Trusted,
    agent: NextAgent | undefined,
    due: readonly ProbeSubject[],
    signal: AbortSignal,
  ): Promise<Trusted> {
    await probe(due, signal);
    if (!trust.source.hasEnded()) return trust;
    const unseen = trustFor(agent, 0);
    await probe(due, signal);
    return unseen;
  }

  /** Whether one question shows that what was answered before stands: a name is still public. */
  async function isShownToStand({ endpoints }: Answered, rule: PrivateAddressRule, signal: AbortSignal) {
    const witness = publicWitness(endpoints);
    return witness !== undefined && isStillPublic(await view.ask(witness.host, witness.type, signal), rule);
  }

  /** As it is for this agent; looked for again with another one, and before each round of probes. */
  function trustFor(agent: NextAgent | undefined, maxProbeMs: number | undefined): Trusted {
    const by = JSON.stringify([agent?.root, agent?.trust]);
    if (trusted?.by === by && maxProbeMs === undefined) return trusted;
    const source = trustSource({ caFile, agent: agent && { root: agent.root, trust: agent.trust } });
    const version = `${source.words} ${source.version()}`;
    if (agent && source.hasEnded()) return trustFor({ ...agent, root: undefined }, maxProbeMs);
    if (trusted?.by !== by || trusted.version !== version) trusted = { by, source, version };
    return trusted;
  }

  /** The same object while nothing changes. */
  function judgedBy(trust: Trusted, names: readonly EndpointName[]): JudgedBy {
    const { host = '', source = '' } = names.find(({ service }) => service === 'ecs') ?? {};
    const from = [resolver, trust, host, source];
    if (judged === undefined || from.some((one, index) => one !== judged?.from[index])) {
      judged = { from, judgedBy: describeJudgement(resolver, trust, { host, source }) };
    }
    return judged.judgedBy;
  }

  const agesAt = (lookMs: number) => ({ answers: last.ageAt(lookMs), probes: lastProbe.ageAt(lookMs) });

  return {
    look: async ({ names, agent, vpcCidrs, maxAgeMs, oneQuestionLooks }, signal) => {
      const lookMs = monotonicMs();
      resolver = readResolver(agent, maxAgeMs.probes !== undefined);
      let trust = trustFor(agent, maxAgeMs.probes);
      const by = judgedBy(trust, names);
      const rule = ruleFor(vpcCidrs);
      const hosts = names.map(({ host }) => host);
      const asked = hosts.join();
      const known = last.recall(Number.POSITIVE_INFINITY);
      const before = known?.asked === asked && known.by === resolver ? known : undefined;
      const young = last.recall(maxAgeMs.answers ?? Number.POSITIVE_INFINITY) !== undefined;
      if (before && young) {
        return { endpoints: before.endpoints, ages: agesAt(lookMs), judgedBy: by };
      }
      if (before && oneQuestionRow < oneQuestionLooks && (await isShownToStand(before, rule, signal))) {
        oneQuestionRow += 1;
        return { endpoints: before.endpoints, ages: { ...agesAt(lookMs), answers: 0 }, judgedBy: by };
      }
      const answers = await view.lookUp(hosts, signal);
      const looks = names.flatMap((name, index) => {
        const answer = answers[index];
        if (answer === undefined) return [];
        return [lookAt(name, withAdvice(classify(name.host, answer, rule), resolver.resolverAdvice))];
      });
      const subjects = looks.flatMap((look) => look.subjects);
      const { probes: maxProbeMs } = maxAgeMs;
      const due = subjects.filter(
        (subject) => maxProbeMs !== undefined && memory.of(subject).recall(maxProbeMs) === undefined,
      );
      if (due.length > 0) trust = await probeBy(trust, agent, due, signal);
      else if (lastProbe.recall(trustIdleMs) === undefined) trustStore.release();
      memory.prune(subjects);
      const endpoints = looks.map((look) =>
        observationOf(look, (subject) => memory.of(subject).recall(Number.POSITIVE_INFINITY)),
      );
      last.keep({ asked, by: resolver, endpoints });
      oneQuestionRow = 0;
      return { endpoints, ages: agesAt(lookMs), judgedBy: judgedBy(trust, names) };
    },
  };
}

/** What all names answered when they were last asked, and which names those were, by whose files. */
interface Answered {
  readonly asked: string;
  readonly by: ResolverLook;
  readonly endpoints: readonly EndpointObservation[];
}

/** Where the authorities come from, for which agent, and in which state. */
interface Trusted {
  readonly by: string;
  readonly source: TrustSource;
  readonly version: string;
}

function describeJudgement(
  resolver: ResolverLook,
  { source, version }: Trusted,
  apiHost: JudgedBy['apiHost'],
): JudgedBy {
  const { resolvConf, resolverSource, hosts, hostsSource, doubt, unknown, runningNameservers } = resolver;
  const evidence = [resolvConf, hosts, version].join('\n');
  return {
    resolver: {
      source: resolverSource,
      nameservers: nameserversIn(resolvConf),
      running: runningNameservers,
      doubt,
      unknown,
    },
    hosts: { source: hostsSource },
    trust: { words: source.words, of: source.of, by: source.by },
    apiHost,
    evidence: createHash('sha256').update(evidence).digest('hex').slice(0, 16),
  };
}

/** To fix what DNS answers one has to know where its settings are. */
function withAdvice(seen: Classification, advice: string | undefined): Classification {
  const { problem } = seen;
  if (problem === undefined || advice === undefined) return seen;
  return { ...seen, problem: { ...problem, advice: `${problem.advice} ${advice}` } };
}

interface Look {
  readonly name: EndpointName;
  readonly classification: Classification;
  /** The private addresses to connect to. */
  readonly subjects: readonly ProbeSubject[];
}

function lookAt(name: EndpointName, classification: Classification): Look {
  const subjects = classification.addresses
    .filter((address) => address.private)
    .slice(0, probesPerName)
    .map(({ address }) => ({ name, address }));
  return { name, classification, subjects };
}

function observationOf(
  { name: { service, host }, classification, subjects }: Look,
  probeOf: (subject: ProbeSubject) => EndpointProbe | undefined,
): EndpointObservation {
  const probes = subjects.map(probeOf).filter((result) => result !== undefined);
  return {
    service,
    host,
    ...classification,
    probes,
    reachable: reachability(probes, subjects.length),
  };
}

/** Undefined as long as an address that was not tried could still be the one that works. */
function reachability(probes: readonly EndpointProbe[], wanted: number): boolean | undefined {
  if (probes.some(({ ok }) => ok)) return true;
  return probes.length === 0 || probes.length < wanted ? undefined : false;
}

async function eachBounded<Item>(
  items: readonly Item[],
  limit: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  async function work(): Promise<void> {
    for (const item of queue) await act(item);
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
}
