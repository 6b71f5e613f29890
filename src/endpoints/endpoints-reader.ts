import { type Classification, classify } from './classify.ts';
import { createHostDnsView } from './dns-view.ts';
import type { EndpointName } from './endpoint-names.ts';
import type { EndpointObservation, EndpointProbe, EndpointsObservation } from './endpoint-observation.ts';
import { createPrivateAddressRule, type PrivateAddressRule } from './private-address.ts';
import { probeEndpoint } from './probe.ts';
import { createProbeMemory, type ProbeSubject } from './probe-memory.ts';
import { isStillPublic, publicWitness } from './public-witness.ts';
import { createTrustStore } from './trust-store.ts';

export interface EndpointsReaderOptions {
  readonly resolvConfPath: string;
  readonly hostsPath: string;
  /** Blocks that count as private beside the VPC's and the private ranges. */
  readonly privateCidrs: readonly string[];
  /** PEM file; undefined for the system's trust store. */
  readonly caFile: string | undefined;
  /** Longest wait for one answer of one nameserver, in milliseconds. */
  readonly dnsTimeoutMs: number;
  /** Longest time for all DNS of one look, in milliseconds; default 10 s. */
  readonly dnsBudgetMs?: number;
  /** Longest wait for TCP and TLS at one address, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** A clock that never jumps, in milliseconds. */
  readonly monotonicMs: () => number;
  readonly dnsPort?: number;
  readonly endpointPort?: number;
}

/**
 * - `always`: every private address is connected to
 * - `if-stale`: only where the last result is older than 60 s, or than 10 s if it failed
 * - `never`: none is; what is known from before is shown
 */
export type ProbeMode = 'always' | 'if-stale' | 'never';

export interface EndpointsRequest {
  readonly names: readonly EndpointName[];
  readonly vpcCidrs: readonly string[];
  readonly probe: ProbeMode;
  /**
   * While a name is not private, one question that shows it will do, and the former look's answers stand; at most
   * `briefLooks` times in a row.
   */
  readonly brief?: boolean;
}

/** Five seconds apart, what is shown of a name is no older than half a minute. */
const briefLooks = 5;

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
  const { resolvConfPath, hostsPath, privateCidrs, monotonicMs } = options;
  const view = createHostDnsView({
    resolvConfPath,
    hostsPath,
    port: options.dnsPort ?? 53,
    timeoutMs: options.dnsTimeoutMs,
    ...(options.dnsBudgetMs !== undefined && { budgetMs: options.dnsBudgetMs }),
  });
  const trustStore = createTrustStore(options.caFile);
  const memory = createProbeMemory();
  let lastProbeMs = Number.NEGATIVE_INFINITY;
  let last = { asked: '', endpoints: [] as readonly EndpointObservation[], briefLooks: 0 };
  let built: { readonly from: string; readonly rule: PrivateAddressRule } | undefined;

  function ruleFor(vpcCidrs: readonly string[]): PrivateAddressRule {
    const from = vpcCidrs.join();
    if (built?.from !== from) {
      built = { from, rule: createPrivateAddressRule({ vpcCidrs, extraCidrs: privateCidrs }) };
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
      memory.set(subject, result, monotonicMs());
    });
    lastProbeMs = monotonicMs();
  }

  async function lastLookStands(
    asked: string,
    rule: PrivateAddressRule,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (last.asked !== asked || last.briefLooks >= briefLooks) return false;
    const witness = publicWitness(last.endpoints);
    return witness !== undefined && isStillPublic(await view.ask(witness.host, witness.type, signal), rule);
  }

  return {
    look: async ({ names, vpcCidrs, probe: mode, brief }, signal) => {
      const rule = ruleFor(vpcCidrs);
      const hosts = names.map(({ host }) => host);
      const asked = hosts.join();
      if (brief && (await lastLookStands(asked, rule, signal))) {
        last.briefLooks += 1;
        return { endpoints: last.endpoints };
      }
      const answers = await view.lookUp(hosts, signal);
      const looks = names.flatMap((name, index) => {
        const answer = answers[index];
        return answer === undefined ? [] : [lookAt(name, classify(name.host, answer, rule))];
      });
      const subjects = looks.flatMap((look) => look.subjects);
      const nowMs = monotonicMs();
      const due = subjects.filter(
        (subject) => mode === 'always' || (mode === 'if-stale' && memory.isStale(subject, nowMs)),
      );
      if (due.length > 0) await probe(due, signal);
      else if (nowMs - lastProbeMs > trustIdleMs) trustStore.release();
      memory.prune(subjects, nowMs);
      const endpoints = looks.map((look) => observationOf(look, memory.get));
      last = { asked, endpoints, briefLooks: 0 };
      return { endpoints };
    },
  };
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
