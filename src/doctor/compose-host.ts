import { agentSettings } from '../agent/agent-container.ts';
import { createAgentReader } from '../agent/agent-reader.ts';
import { createEngineClient, type EngineClient } from '../agent/engine-client.ts';
import { readMetadata } from '../agent/introspection.ts';
import type { Systemctl } from '../agent/systemctl.ts';
import type { Settings } from '../config/settings.ts';
import type { Ec2Reading } from '../ec2/ec2-reading.ts';
import type { Ec2Request } from '../ec2/ec2-request.ts';
import { createNameserverView } from '../endpoints/dns-view.ts';
import { endpointNames } from '../endpoints/endpoint-names.ts';
import { createEndpointsReader } from '../endpoints/endpoints-reader.ts';
import { createPrivateAddressRule, type PrivateAddressRule } from '../endpoints/private-address.ts';
import { parseResolvConf } from '../endpoints/resolv-conf.ts';
import { createImdsClient } from '../instance/imds-client.ts';
import { imdsEndpoint } from '../instance/imds-endpoint.ts';
import type { InstanceFacts, InstanceObservation } from '../instance/instance-observation.ts';
import { createInstanceReader } from '../instance/instance-reader.ts';
import type { Observation } from '../reconcile/observation.ts';
import type { Rules } from '../reconcile/rules.ts';
import type { Clock } from '../system/clock.ts';
import { type Problem, ProblemError } from '../system/problem.ts';
import { imdsSlowAdvice } from './checks/imds.ts';
import { type DaemonReading, type DoctorHost, isProblem, type Readings } from './doctor-host.ts';
import { LateError, once, within } from './once.ts';
import { askPlainly } from './plain-http.ts';
import { readTextFile } from './read-text-file.ts';
import type { RunProgram } from './run-program.ts';

export interface DoctorHostOptions {
  readonly settings: Settings;
  readonly origins: Readonly<Record<string, string>>;
  readonly rules: (observation: Observation) => Rules;
  readonly clock: Clock;
  readonly random: () => number;
  readonly bootId: string;
  readonly systemctl: Systemctl;
  readonly run: RunProgram;
  readonly daemon: () => Promise<DaemonReading>;
  readonly askEc2: (request: Ec2Request, signal: AbortSignal) => Promise<Ec2Reading>;
}

/** Longest time for one reading; DNS and then 443 are two of them. */
const readingMs = 3_000;
const endpointsMs = 5_000;
/** Shorter than the daemon's own time-outs where these are longer: somebody is waiting. */
const longest = {
  imdsMs: 800,
  dnsMs: 1_000,
  dnsBudgetMs: 2_400,
  connectMs: 2_000,
  dockerMs: 2_500,
  systemctlMs: 2_000,
};
const imdsTries = 2;
/** The agent's connections come and go: a single look between two of them would see none. */
const pathTries = 3;
const pathPauseMs = 500;

/** The readings of this host, made with the daemon's own readers and short time-outs. */
export function composeHost(options: DoctorHostOptions, signal: AbortSignal): DoctorHost {
  const { settings, clock, random, bootId, systemctl } = options;
  const monotonicMs = () => clock.now().monoMs;
  const shorter = (own: number, most: number) => Math.min(own, most);
  const reading = <T>(name: string, ms: number, read: (signal: AbortSignal) => Promise<T>) =>
    once(() => within(name, ms, signal, read));

  const imds = {
    disabled: settings.imdsDisabled,
    endpoint: settings.imdsEndpoint,
    mode: settings.imdsEndpointMode,
    v1Fallback: settings.imdsV1Fallback,
    timeoutMs: shorter(settings.imdsTimeoutMs, longest.imdsMs),
    tries: imdsTries,
  };
  const endpoint = imdsEndpoint(settings.imdsEndpoint, settings.imdsEndpointMode);
  const instance = once(async () => {
    const reader = createInstanceReader({
      imds: createImdsClient(imds, { clock, random }),
      overrides: { region: settings.region, suffix: settings.suffix },
      clock,
      random,
    });
    return await within(`reading IMDS at ${endpoint}`, readingMs, signal, (own) =>
      reader.look({ lifecycle: true }, own),
    ).catch(slowImds);
  });
  const privateRule = once(async () =>
    createPrivateAddressRule({
      vpcCidrs: (await instance()).facts?.vpcCidrs ?? [],
      extraCidrs: settings.privateCidrs,
    }),
  );

  const engineClient = createEngineClient({
    socketPath: settings.dockerHost,
    answerTimeoutMs: shorter(settings.dockerTimeoutMs, longest.dockerMs),
  });
  const engine = reading('the Docker Engine', readingMs, (own) => orProblem(() => engineClient.version(own)));
  const inspect = reading("the agent's container", readingMs, (own) =>
    orProblem(() => engineClient.inspect(settings.agentContainer, own)),
  );
  const address = new URL(settings.agentIntrospection);
  const introspectionAt = { host: address.hostname, port: Number(address.port || 80) };
  const introspection = reading('introspection', readingMs, (own) => readMetadata(introspectionAt, own));

  const names = once(async () => {
    const { facts } = await instance();
    if (facts === undefined) return [];
    const answer = await inspect();
    const agent = answer === undefined || isProblem(answer) ? undefined : agentSettings(answer, []);
    const told = facts.ipv6Only ? await introspection() : undefined;
    return endpointNames({
      region: facts.region,
      suffix: facts.suffix,
      partition: facts.partition,
      ipv6Only: facts.ipv6Only,
      agentVersion: told?.state === 'registered' ? told.version : undefined,
      useFips: agent?.useFips ?? false,
      backendHost: agent?.backendHost,
      overrides: settings.endpointNames ?? {},
    });
  });
  const hosts = async () => (await names()).map(({ host }) => host);
  const dnsTimeoutMs = shorter(settings.dnsTimeoutMs, longest.dnsMs);

  async function ask(nameserver: string, asked: readonly string[], own: AbortSignal) {
    const view = createNameserverView(nameserver, {
      timeoutMs: dnsTimeoutMs,
      budgetMs: longest.dnsBudgetMs,
      monotonicMs,
    });
    return { nameserver, answers: await view.lookUp(asked, own) };
  }

  const endpointsReader = createEndpointsReader({
    resolvConfPath: settings.resolvConf,
    hostsPath: settings.hostsFile,
    privateCidrs: settings.privateCidrs,
    caFile: settings.caFile,
    dnsTimeoutMs,
    dnsBudgetMs: longest.dnsBudgetMs,
    connectTimeoutMs: shorter(settings.connectTimeoutMs, longest.connectMs),
    monotonicMs,
  });
  const endpoints = once(async () => {
    const known = await names();
    const vpcCidrs = (await instance()).facts?.vpcCidrs ?? [];
    if (known.length === 0) return undefined;
    return await within('looking the endpoints up and trying port 443', endpointsMs, signal, (own) =>
      endpointsReader.look({ names: known, vpcCidrs, probe: 'always' }, own),
    );
  });
  const nameservers = once(async () => {
    const asked = await hosts();
    const { nameservers: listed } = parseResolvConf(readTextFile(settings.resolvConf) ?? '');
    return await within('asking the nameservers', readingMs, signal, (own) =>
      Promise.all(listed.map((one) => ask(one, asked, own))),
    );
  });
  const vpcResolvers = once(async () => {
    const asked = await hosts();
    const { facts } = await instance();
    return await within("asking the VPC's resolver", readingMs, signal, (own) =>
      Promise.all(vpcResolverAddresses(facts).map((one) => ask(one, asked, own))),
    );
  });

  let rule: PrivateAddressRule | undefined;
  const agentReader = createAgentReader({
    engine: { inspect: async () => await inspected(inspect) } satisfies Pick<EngineClient, 'inspect'>,
    systemctl: (args, own) =>
      systemctl(args, AbortSignal.any([own, AbortSignal.timeout(longest.systemctlMs)])),
    clock,
    containerName: settings.agentContainer,
    isPrivate: (one) => rule?.(one)?.private === true,
    logPath: settings.agentLog ?? '',
    unitName: settings.agentUnit,
    introspection: introspectionAt,
    procDir: settings.procDir,
  });
  const lookAtAgent = async (
    detail: 'light' | 'full',
    acsAddresses: readonly AcsAddress[],
    own: AbortSignal,
  ) => await agentReader.look({ acsAddresses, controlPlaneHosts: await hosts(), detail }, own);
  const agent = once(async () => {
    rule = await privateRule();
    await Promise.all([hosts(), inspect()]);
    return await within('looking at the agent', readingMs, signal, (own) => lookAtAgent('full', [], own));
  });
  const observation = once(async (): Promise<Observation> => {
    const [instanceSeen, seen, first] = await Promise.all([instance(), endpoints(), agent()]);
    const acs = seen?.endpoints.find(({ service }) => service === 'ecs-agent')?.addresses ?? [];
    const path = await within("telling the agent's path", readingMs, signal, async (own) => {
      let look = await lookAtAgent('light', acs, own);
      for (let tries = 1; tries < pathTries && look.path.path === 'unknown'; tries += 1) {
        if (look.engineProblem !== undefined) break;
        await clock.sleep(pathPauseMs, own);
        look = await lookAtAgent('light', acs, own);
      }
      return look.path;
    });
    return {
      bootId,
      instance: instanceSeen,
      endpoints: seen,
      endpointsFresh: true,
      agent: { ...first, path },
      depth: 'full',
      storageProblem: undefined,
    };
  });

  const ec2 = once(async () => {
    const [{ facts }, known] = await Promise.all([instance(), names()]);
    if (facts?.vpcId === undefined) {
      return { kind: 'skipped', code: 'ec2-failed', why: 'the VPC is not known' } as const;
    }
    const { region, vpcId, subnetId } = facts;
    const serviceNames = known.map(({ serviceName }) => serviceName);
    const request = { region, vpcId, ...(subnetId !== undefined && { subnetId }), serviceNames };
    return await options.askEc2(request, signal);
  });

  const readings: Readings = {
    instance,
    engine,
    inspect,
    names,
    endpoints,
    nameservers,
    vpcResolvers,
    agent,
    introspection,
    observation,
    daemon: once(options.daemon),
    ec2,
  };
  return {
    ...readings,
    settings,
    rulesFor: options.rules,
    originOf: (name) => options.origins[name] ?? 'default',
    clock,
    systemctl,
    run: options.run,
    askImdsPlainly: (path, own) => askPlainly(`${endpoint}/latest/${path}`, own),
    imdsEndpoint: endpoint,
    privateRule,
    ask,
  };
}

type AcsAddress = Parameters<ReturnType<typeof createAgentReader>['look']>[0]['acsAddresses'][number];

/**
 * The VPC resolver's addresses: the same two in every VPC, and the base of the VPC's first IPv4 block plus two
 * (https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html).
 */
export function vpcResolverAddresses(facts: InstanceFacts | undefined): string[] {
  const first = facts?.vpcCidrs.find((cidr) => !cidr.includes(':'));
  const [, head, last] = /^(\d+\.\d+\.\d+)\.(\d+)\//.exec(first ?? '') ?? [];
  return [
    '169.254.169.253',
    ...(facts?.ipv6Only || facts?.vpcCidrs.some((cidr) => cidr.includes(':')) ? ['fd00:ec2::253'] : []),
    ...(head === undefined ? [] : [`${head}.${Number(last) + 2}`]),
  ];
}

/** Too slow to be of use is one more thing that IMDS can be. */
function slowImds(thrown: unknown): InstanceObservation {
  if (!(thrown instanceof LateError)) throw thrown;
  return {
    facts: undefined,
    lifecycle: { targetState: undefined, spotAction: undefined },
    problem: { code: 'imds-slow', message: thrown.message, advice: imdsSlowAdvice },
  };
}

async function orProblem<T>(run: () => Promise<T>): Promise<T | Problem> {
  try {
    return await run();
  } catch (thrown) {
    if (thrown instanceof ProblemError) return thrown.problem;
    throw thrown;
  }
}

/** The one answer of the Engine, as its client would give it. */
async function inspected(inspect: Readings['inspect']) {
  const answer = await inspect();
  if (isProblem(answer)) throw new ProblemError(answer);
  return answer;
}
