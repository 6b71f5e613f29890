import type {
  AgentContainer,
  AgentObservation,
  AgentPath,
  AgentPathEvidence,
  Supervision,
  TcsPath,
} from '../../../../src/agent/agent-observation.ts';
import {
  type EndpointAddress,
  type EndpointClass,
  type EndpointObservation,
  type EndpointsObservation,
  endpointClasses,
} from '../../../../src/endpoints/endpoint-observation.ts';
import type { Problem, ProblemCode } from '../../../../src/kit/problem.ts';
import type { Observation } from '../../../../src/observe/observation.ts';
import { type Pace, type PaceName, paces } from '../../../../src/observe/pace.ts';
import { endpointServices } from '../../../../src/settings/endpoint-services.ts';
import { untold } from '../../endpoints/api-settings.ts';
import { judgedByHost, plainDns, plainTrust } from '../observations.ts';
import type { AgentProcess } from './agent-process.ts';
import type { ModelHost } from './model-host.ts';

/** A connection that is to prove the private path has to be seen in two looks so far apart. */
const lastsMs = 3_000;
/** Longer than a reconnect takes. */
const disconnectedAfterMs = 10_000;

const agentSettings: NonNullable<AgentObservation['settings']> = {
  api: untold,
  region: undefined,
  proxy: undefined,
  noProxy: undefined,
  metricsDisabled: false,
  trust: plainTrust,
};
const withoutMetrics = { ...agentSettings, metricsDisabled: true };

const facts: NonNullable<Observation['instance']['facts']> = {
  instanceId: 'i-0123456789abcdef0',
  region: 'us-east-1',
  suffix: 'amazonaws.com',
  partition: 'aws',
  availabilityZone: 'us-east-1a',
  vpcId: 'vpc-1',
  subnetId: 'subnet-1',
  vpcCidrs: ['10.0.0.0/16'],
  ipv6Only: false,
};

const instances = [instancesSeen('InService'), instancesSeen('Terminated')] as const;

/** As seen by a look that does not ask IMDS for the lifecycle, and by one that does. */
function instancesSeen(targetState: string) {
  const seen = { facts, lifecycle: { targetState, spotAction: undefined }, problem: undefined };
  return [
    { ...seen, ages: { network: 0, lifecycle: undefined } },
    { ...seen, ages: { network: 0, lifecycle: 0 } },
  ] as const;
}

const unregistered: AgentObservation['registration'] = {
  registered: false,
  version: undefined,
  cluster: undefined,
  containerInstanceArn: undefined,
  introspection: 'not-registered',
  tasksStarting: undefined,
};
const notAsked = { ...unregistered, introspection: undefined };
const registered: AgentObservation['registration'] = {
  registered: true,
  version: '1.105.1',
  cluster: 'default',
  containerInstanceArn: 'arn:aws:ecs:us-east-1:123456789012:container-instance/default/1',
  introspection: 'registered',
  tasksStarting: undefined,
};

const engineProblem: Problem = { code: 'engine-timeout', message: 'no answer', advice: 'Look at dockerd.' };
const engineMissing: Problem = { code: 'engine-missing', message: 'no dockerd', advice: 'Start dockerd.' };
const dnsProblem: Problem = { code: 'dns-servfail', message: 'SERVFAIL', advice: 'Look at the nameserver.' };
const mixedProblem: Problem = { code: 'dns-mixed-answers', message: 'mixed', advice: 'Look at it.' };
const absentProblem: Problem = { code: 'dns-no-address', message: 'no address', advice: 'Look at it.' };
const closedProblem: Problem = {
  code: 'endpoint-tcp-timeout',
  message: 'does not answer on port 443',
  advice: 'Open the security group.',
};

/**
 * Looks at a model host as the readers look at a real one: each source no more often than the pace says, with what is
 * remembered of the others. A new one for each daemon: nothing of it outlives the process.
 */
export class Readers {
  private readonly host: ModelHost;
  private answers: { readonly endpoints: readonly EndpointObservation[]; readonly atMs: number } | undefined;
  private terminating = false;
  private oneQuestions = 0;
  private agent: AgentObservation | undefined;
  private agentMs = 0;
  private inspected:
    | { container: AgentContainer; process: AgentProcess | undefined; atMs: number }
    | undefined;
  private supervision: Supervision | undefined;
  private supervisionMs = 0;
  private supervisedProcess: AgentProcess | undefined;
  private proof: { readonly id: number; readonly sinceMs: number } | undefined;
  private noneSinceMs: number | undefined;

  constructor(host: ModelHost) {
    this.host = host;
  }

  /** @param doubted something woke the daemon: nothing remembered of the agent counts */
  look(name: PaceName, storageProblem: Problem | undefined, doubted: boolean): Observation {
    const { host } = this;
    const pace: Pace = paces[name];
    host.network.nextQuestion();
    const lifecycleAsked = pace.maxAgeMs.lifecycle !== undefined;
    if (lifecycleAsked) this.terminating = host.terminating;
    const endpoints = this.lookAtEndpoints(pace, doubted);
    return {
      bootId: `boot-${host.boots}`,
      instance: instances[this.terminating ? 1 : 0][lifecycleAsked ? 1 : 0],
      endpoints,
      agent: this.lookAtAgent(pace, endpoints, doubted),
      storageProblem,
    };
  }

  private lookAtEndpoints(pace: Pace, doubted: boolean): EndpointsObservation {
    const { host, answers } = this;
    const maxMs = pace.maxAgeMs.answers;
    const probed = pace.maxAgeMs.probes !== undefined;
    const ages = { answers: 0, probes: probed ? 0 : undefined };
    if (answers !== undefined && !doubted && !probed) {
      const ageMs = host.nowMs - answers.atMs;
      if (maxMs === undefined || ageMs < maxMs)
        return { ...answers, judgedBy: judgedByHost, ages: { ...ages, answers: ageMs } };
      const witness = answers.endpoints.findLast((one) => one.class === 'public');
      const onceMore = this.oneQuestions < pace.oneQuestionLooks;
      if (onceMore && witness !== undefined && host.network.classOf(witness.service) === 'public') {
        this.oneQuestions += 1;
        return { ...answers, judgedBy: judgedByHost, ages };
      }
    }
    this.oneQuestions = 0;
    const endpoints = endpointServices.map((service) => {
      const seen = host.network.classOf(service);
      const reachable = probed && seen === 'private' ? host.network.reachable(service) : undefined;
      return endpointOf(service, seen, { generation: host.network.endpoints[service].generation, reachable });
    });
    this.answers = { endpoints, atMs: host.nowMs };
    return { endpoints, ages, judgedBy: judgedByHost };
  }

  private lookAtAgent(pace: Pace, { endpoints }: EndpointsObservation, doubted: boolean): AgentObservation {
    const { nowMs } = this.host;
    const { agent } = this;
    const restMs = pace.maxAgeMs.agent ?? 0;
    if (agent !== undefined && !doubted && nowMs - this.agentMs < restMs) {
      const nothingHangsOn =
        agent.engineProblem === undefined &&
        agent.registration.registered &&
        endpoints.every((one) => one.class !== 'private' && one.class !== 'mixed');
      if (nothingHangsOn) return { ...agent, ages: { agent: nowMs - this.agentMs } };
    }
    const seen = this.lookAtAgentNow(pace, endpoints, doubted);
    this.agent = seen;
    this.agentMs = nowMs;
    return seen;
  }

  private lookAtAgentNow(
    pace: Pace,
    endpoints: readonly EndpointObservation[],
    doubted: boolean,
  ): AgentObservation {
    const { host } = this;
    const asked = (what: 'tasks' | 'log' | 'unit') => (pace.maxAgeMs[what] === undefined ? undefined : 0);
    const ages = { agent: 0, tasks: asked('tasks'), log: asked('log'), unit: asked('unit') };
    const container = this.inspect(pace.maxAgeMs.inspect ?? Number.POSITIVE_INFINITY, doubted);
    const problem = container === 'engine-problem' ? this.problemOfEngine() : undefined;
    const known = container === 'engine-problem' ? undefined : container;
    const supervision = this.lookAtSupervisor(pace, doubted);
    const agent = known === undefined ? undefined : this.inspected?.process;
    const isRegistered = agent !== undefined && agent.registeredMs !== undefined;
    const path = this.path(agent, endpoints, problem);
    return {
      engineProblem: problem,
      container: known,
      settings: known && (host.metricsDisabled ? withoutMetrics : agentSettings),
      supervisor: problem === undefined ? supervision.by : 'unknown',
      supervisorEvidence: supervision.evidence,
      unit: supervision.unit,
      registration: this.registration(agent, pace),
      path,
      saying: path.path === 'private' || !host.logReadable ? undefined : sayingOf(agent?.saying),
      ages: {
        ...ages,
        inspect: this.inspected && host.nowMs - this.inspected.atMs,
        registration: isRegistered ? 0 : undefined,
        sockets: 0,
      },
    };
  }

  private registration(agent: AgentProcess | undefined, pace: Pace): AgentObservation['registration'] {
    if (agent === undefined) return notAsked;
    if (agent.registeredMs === undefined) return unregistered;
    if (pace.maxAgeMs.tasks === undefined) return registered;
    return { ...registered, tasksStarting: this.host.tasksStarting };
  }

  private problemOfEngine(): Problem {
    return this.host.engine === 'down' ? engineMissing : engineProblem;
  }

  private inspect(maxMs: number, doubted: boolean): AgentContainer | undefined | 'engine-problem' {
    const { host, inspected } = this;
    if (
      inspected !== undefined &&
      !doubted &&
      host.nowMs - inspected.atMs < maxMs &&
      inspected.process !== undefined &&
      inspected.process === host.agent
    ) {
      return inspected.container;
    }
    this.inspected = undefined;
    if (host.engine !== 'works') return 'engine-problem';
    const { container } = host;
    if (container === undefined) return undefined;
    const { process } = container;
    const seen: AgentContainer = {
      id: container.id,
      name: 'ecs-agent',
      image: 'amazon/amazon-ecs-agent:latest',
      running: process !== undefined,
      restarting: false,
      paused: container.paused,
      processGone: container.processGone,
      pid: process === undefined ? undefined : 4_242,
      startedMonoMs: process === undefined ? undefined : process.startedMs - host.bootedAtMs,
      startedAt: container.startedAt,
      health: 'none',
      exitCode: process === undefined ? container.exitCode : undefined,
      outOfMemory: false,
      autoRemove: false,
      restartPolicy: host.supervisor.options.kind === 'restart-policy' ? 'on-failure' : 'no',
      networkMode: 'host',
      dns: plainDns,
    };
    this.inspected = { container: seen, process, atMs: host.nowMs };
    return seen;
  }

  private lookAtSupervisor(pace: Pace, doubted: boolean): Supervision {
    const { host, supervision } = this;
    const { supervisor } = host;
    if (supervision !== undefined && !doubted && pace.maxAgeMs.unit === undefined) {
      const { supervisor: maxMs } = pace.maxAgeMs;
      if (maxMs === undefined) return supervision;
      const sameProcess = this.supervisedProcess === host.agent;
      const stays = supervision.by === 'ecs-init' || supervision.by === 'unit';
      if (stays && supervisor.alive) return supervision;
      if (!stays && sameProcess && host.nowMs - this.supervisionMs < maxMs) return supervision;
    }
    const by = supervisor.seenAs(host.container !== undefined);
    const unit = host.systemctlWorks ? supervisor.unit(host.bootedAtMs) : undefined;
    this.supervision = { by, unit, evidence: `seen to be ${by}` };
    this.supervisionMs = host.nowMs;
    this.supervisedProcess = host.agent;
    return this.supervision;
  }

  private path(
    agent: AgentProcess | undefined,
    endpoints: readonly EndpointObservation[],
    problem: Problem | undefined,
  ): AgentPathEvidence {
    const { host } = this;
    if (problem !== undefined) return { ...nothingSeen, path: 'unknown', evidence: problem.message };
    if (agent === undefined) return { ...nothingSeen, path: 'none', evidence: 'no running process' };
    const lastWebsocketHost = host.logReadable ? websocketHost(agent) : undefined;
    if (!host.socketsReadable) {
      const path = agent.registeredMs === undefined ? 'none' : 'unknown';
      return { ...nothingSeen, path, evidence: 'permission denied', lastWebsocketHost };
    }
    const path = this.pathBySockets(agent, endpoints);
    const { acs, tcs } = agent;
    return {
      path,
      evidence: `by its sockets: ${path}`,
      connections: [],
      lastWebsocketHost,
      connectedMonoMs:
        this.proof && this.proof.id === acs.connection?.id ? this.proof.sinceMs - host.bootedAtMs : undefined,
      tcs: this.tcsPath(agent),
      publicSeen: acs.connection?.to === 'public' || tcs.connection?.to === 'public',
    };
  }

  private pathBySockets(agent: AgentProcess, endpoints: readonly EndpointObservation[]): AgentPath {
    const { nowMs } = this.host;
    const { connection } = agent.acs;
    const established = connection?.to === 'private' && connection.state === 'established';
    if (connection !== undefined && established && answersNow(endpoints, connection.generation)) {
      this.noneSinceMs = undefined;
      if (this.proof?.id === connection.id && nowMs - this.proof.sinceMs >= lastsMs) return 'private';
      if (this.proof?.id !== connection.id) this.proof = { id: connection.id, sinceMs: nowMs };
      return agent.registeredMs === undefined ? 'none' : 'unknown';
    }
    if (agent.registeredMs === undefined) return 'none';
    if (connection?.to === 'public' || agent.tcs.connection?.to === 'public') {
      this.noneSinceMs = undefined;
      return 'public';
    }
    if (established) {
      // To an address that ecs-a does not answer now.
      this.noneSinceMs = undefined;
      return 'unknown';
    }
    this.noneSinceMs ??= nowMs;
    return nowMs - this.noneSinceMs >= disconnectedAfterMs ? 'disconnected' : 'unknown';
  }

  private tcsPath({ tcs, acs }: AgentProcess): TcsPath {
    if (this.host.metricsDisabled) return 'disabled';
    const { connection } = tcs;
    if (connection?.to === 'private' && connection.state === 'established' && !connection.refused)
      return 'private';
    return connection?.to === 'public' || acs.connection?.to === 'public' ? 'public' : 'none-seen';
  }
}

const nothingSeen: AgentPathEvidence = {
  path: 'unknown',
  evidence: '',
  connections: [],
  lastWebsocketHost: undefined,
  connectedMonoMs: undefined,
  tcs: 'unknown',
  publicSeen: undefined,
};

const sayings = new Map<ProblemCode, Problem>();

function sayingOf(code: ProblemCode | undefined): Problem | undefined {
  if (code === undefined) return undefined;
  const known = sayings.get(code) ?? { code, message: `its log: ${code}`, advice: 'Do as it says.' };
  sayings.set(code, known);
  return known;
}

function websocketHost({ told }: AgentProcess): string | undefined {
  if (told === undefined) return undefined;
  return told === 'numbered' ? 'ecs-a-1.us-east-1.amazonaws.com' : 'ecs-a.us-east-1.amazonaws.com';
}

function answersNow(endpoints: readonly EndpointObservation[], generation: number): boolean {
  const acs = endpoints.find((one) => one.service === 'ecs-agent');
  return (
    acs?.addresses.some((one) => one.private && one.address === privateAddress('ecs-agent', generation)) ??
    false
  );
}

function privateAddress(service: EndpointObservation['service'], generation: number): string {
  return `10.0.${endpointServices.indexOf(service) + 1}.${generation + 10}`;
}

interface Seen {
  readonly generation: number;
  readonly reachable: boolean | undefined;
}

const made = new Map<number, EndpointObservation>();

/** The same object for the same answers: thousands of looks see the same. */
function endpointOf(
  service: EndpointObservation['service'],
  seen: EndpointClass,
  { generation, reachable }: Seen,
): EndpointObservation {
  const probed = reachable === undefined ? 0 : reachable ? 1 : 2;
  const key =
    (generation * 3 + endpointServices.indexOf(service)) * 15 + endpointClasses.indexOf(seen) * 3 + probed;
  const known = made.get(key) ?? makeEndpoint(service, seen, { generation, reachable });
  made.set(key, known);
  return known;
}

const problems: Partial<Record<EndpointClass, Problem>> = {
  failed: dnsProblem,
  mixed: mixedProblem,
  absent: absentProblem,
};

function makeEndpoint(
  service: EndpointObservation['service'],
  seen: EndpointClass,
  { generation, reachable }: Seen,
): EndpointObservation {
  const inVpc: EndpointAddress = {
    address: privateAddress(service, generation),
    family: 4,
    private: true,
    rule: 'in the VPC',
  };
  const outside: EndpointAddress = {
    address: `198.51.100.${endpointServices.indexOf(service) + 10}`,
    family: 4,
    private: false,
    rule: 'in no private range',
  };
  const addresses = [
    ...(seen === 'private' || seen === 'mixed' ? [inVpc] : []),
    ...(seen === 'public' || seen === 'mixed' ? [outside] : []),
  ];
  const problem = reachable === false ? closedProblem : undefined;
  return {
    service,
    host: `${service === 'ecs-agent' ? 'ecs-a' : service === 'ecs-telemetry' ? 'ecs-t' : 'ecs'}.us-east-1.amazonaws.com`,
    class: seen,
    addresses,
    ttl: addresses.length > 0 ? 60 : undefined,
    source: addresses.length > 0 ? 'dns' : 'none',
    nameserver: '10.0.0.2',
    rule: seen,
    problem: problems[seen],
    probes:
      reachable === undefined
        ? []
        : [{ address: inVpc.address, ok: reachable, durationMs: 5, issuer: 'Amazon', problem }],
    reachable,
  };
}
