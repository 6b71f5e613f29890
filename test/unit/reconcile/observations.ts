import type {
  AgentContainer,
  AgentObservation,
  AgentPath,
  AgentSettings,
  SupervisorUnit,
  TcsPath,
} from '../../../src/agent/agent-observation.ts';
import type {
  EndpointClass,
  EndpointObservation,
  JudgedBy,
} from '../../../src/endpoints/endpoint-observation.ts';
import { hostResolver } from '../../../src/endpoints/next-resolver.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import type { Observation } from '../../../src/observe/observation.ts';
import type { Policy } from '../../../src/reconcile/policy.ts';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import { resolveSettings } from '../../../src/settings/resolve-settings.ts';
import { untold } from '../endpoints/api-settings.ts';

/** Observations as the readers would make them, for tests of what is decided on them. */

/** Those of a daemon that is given no settings, but that nobody is asked before a restart. */
export const limits: Policy = {
  ...resolveSettings({ flags: {}, env: {} }).settings,
  preflight: 'off',
  splayDelayMs: 0,
};

export const activeUnit: SupervisorUnit = {
  name: 'ecs.service',
  loaded: true,
  activeState: 'active',
  subState: 'running',
  jobQueued: false,
  mainExitStatus: undefined,
};

export const closedSecurityGroup: Problem = {
  code: 'endpoint-tcp-timeout',
  message: '10.0.1.10 does not answer on port 443',
  advice: 'Open the security group of the endpoint.',
};

export function endpoint(
  service: EndpointObservation['service'],
  classified: EndpointClass,
  reachable: boolean | undefined,
  privateAddress = '10.0.1.10',
): EndpointObservation {
  const isPrivate = classified === 'private';
  const address = isPrivate ? privateAddress : '198.51.100.10';
  const answered = classified === 'private' || classified === 'public' || classified === 'mixed';
  return {
    service,
    host: `${service}.us-east-1.amazonaws.com`,
    class: classified,
    addresses: answered ? [{ address, family: 4, private: isPrivate, rule: 'as told' }] : [],
    ttl: answered ? 60 : undefined,
    source: answered ? 'dns' : 'none',
    nameserver: '10.0.0.2',
    rule: 'as told',
    problem: classified === 'failed' ? { code: 'dns-servfail', message: 'SERVFAIL', advice: '' } : undefined,
    probes:
      reachable === false
        ? [{ address, ok: false, durationMs: 3000, issuer: undefined, problem: closedSecurityGroup }]
        : [],
    reachable,
  };
}

/** By an agent that has what its host has. */
export const judgedByHost: JudgedBy = {
  resolver: {
    source: hostResolver,
    nameservers: ['10.0.0.2'],
    running: undefined,
    doubt: undefined,
    unknown: undefined,
  },
  hosts: { source: "the host's file" },
  trust: { words: 'as told', of: 'host', by: {} },
  apiHost: { host: 'ecs.us-east-1.amazonaws.com', source: 'as told' },
  evidence: 'as told',
};

/** By an agent whose next resolv.conf is not known. */
const notKnown: JudgedBy = {
  ...judgedByHost,
  resolver: {
    source: 'as told',
    nameservers: ['10.0.0.2'],
    running: ['10.0.0.53'],
    doubt: 'as told',
    unknown: { message: 'It is not known', advice: 'Find out' },
  },
  evidence: 'not known',
};

export interface AgentSketch {
  readonly id?: string;
  readonly startedAt?: string;
  readonly startedMonoMs?: number;
  readonly running?: boolean;
  readonly exists?: boolean;
  readonly processGone?: boolean;
  readonly exitCode?: number;
  readonly outOfMemory?: boolean;
  readonly path?: AgentPath;
  readonly registered?: boolean;
  readonly supervisor?: AgentObservation['supervisor'];
  readonly version?: string;
  readonly tasksStarting?: number;
  readonly settings?: Partial<NonNullable<AgentObservation['settings']>>;
  readonly unit?: AgentObservation['unit'];
  readonly lastWebsocketHost?: string;
  readonly engineProblem?: AgentObservation['engineProblem'];
  readonly paused?: boolean;
  readonly connectedMonoMs?: number;
  readonly tcs?: TcsPath;
  readonly publicSeen?: boolean | undefined;
  readonly saying?: AgentObservation['saying'];
}

/** Of a container that says nothing of names, and of an agent that is told nothing of trust. */
export const plainDns: AgentContainer['dns'] = {
  nameservers: [],
  options: [],
  search: [],
  extraHosts: [],
  networkMode: 'host',
};
export const plainTrust: AgentSettings['trust'] = { file: undefined, directories: undefined };

export function agent(sketch: AgentSketch = {}): AgentObservation {
  const { exists = true, running = exists, path = 'public' } = sketch;
  const absent = !exists || sketch.engineProblem !== undefined;
  const seen = sketch.engineProblem ? 'unknown' : running ? path : 'none';
  const { registered = seen !== 'none' } = sketch;
  return {
    engineProblem: sketch.engineProblem,
    container: absent ? undefined : container(sketch, running),
    settings: {
      api: untold,
      region: undefined,
      proxy: undefined,
      noProxy: undefined,
      metricsDisabled: false,
      trust: plainTrust,
      ...sketch.settings,
    },
    supervisor: sketch.supervisor ?? 'ecs-init',
    supervisorEvidence: 'seen',
    unit: sketch.unit,
    registration: {
      registered,
      version: sketch.version ?? '1.105.1',
      cluster: 'default',
      containerInstanceArn: undefined,
      introspection: registered ? 'registered' : 'not-registered',
      tasksStarting: sketch.tasksStarting ?? 0,
    },
    path: {
      path: seen,
      evidence: `seen ${seen}`,
      connections: [],
      lastWebsocketHost: sketch.lastWebsocketHost,
      connectedMonoMs: sketch.connectedMonoMs,
      tcs: sketch.tcs ?? (seen === 'private' ? 'private' : 'none-seen'),
      // Connections that cannot be read, unless told otherwise.
      publicSeen:
        'publicSeen' in sketch ? sketch.publicSeen : seen === 'unknown' ? undefined : seen === 'public',
    },
    saying: sketch.saying,
    ages: { agent: 0, unit: 0, log: 0 },
  };
}

function container(sketch: AgentSketch, running: boolean): AgentObservation['container'] {
  return {
    id: sketch.id ?? 'container-1',
    name: 'ecs-agent',
    image: 'amazon/amazon-ecs-agent:latest',
    running,
    restarting: false,
    paused: sketch.paused ?? false,
    processGone: sketch.processGone ?? false,
    pid: running ? 4242 : undefined,
    startedMonoMs: running ? (sketch.startedMonoMs ?? 10_000) : undefined,
    startedAt: sketch.startedAt ?? 'first start',
    health: 'none',
    exitCode: running ? undefined : (sketch.exitCode ?? 0),
    outOfMemory: sketch.outOfMemory ?? false,
    autoRemove: false,
    restartPolicy: sketch.supervisor === 'restart-policy' ? 'on-failure' : 'no',
    networkMode: 'host',
    dns: plainDns,
  };
}

export interface ObservationSketch {
  readonly classes?: readonly EndpointClass[];
  readonly reachable?: boolean | undefined;
  /** The private address that is answered; another one makes another restart worth while. */
  readonly address?: string;
  /** What the next agent will look names up by is not known. */
  readonly resolverUnknown?: true;
  readonly agent?: AgentSketch;
  /** Whether everything was asked that is asked only before a restart; so it is unless told otherwise. */
  readonly close?: boolean;
  /** How old the answers and the agent are; both are of this look unless told otherwise. */
  readonly ages?: { readonly answers?: number; readonly agent?: number };
  readonly bootId?: string;
  readonly lifecycle?: Partial<Observation['instance']['lifecycle']>;
  readonly storageProblem?: Observation['storageProblem'];
  readonly instanceProblem?: Observation['instance']['problem'];
  readonly doubt?: string;
  readonly vpcCidrs?: readonly string[];
}

export const allPrivate = ['private', 'private', 'private'] as const satisfies readonly EndpointClass[];
export const allPublic = ['public', 'public', 'public'] as const satisfies readonly EndpointClass[];

export function observe(sketch: ObservationSketch = {}): Observation {
  const { classes = allPrivate, close = true } = sketch;
  const asked = close ? 0 : undefined;
  const reachable = 'reachable' in sketch ? sketch.reachable : close ? true : undefined;
  return {
    bootId: sketch.bootId ?? 'boot-1',
    instance: {
      facts: {
        instanceId: 'i-0123456789abcdef0',
        region: 'us-east-1',
        suffix: 'amazonaws.com',
        partition: 'aws',
        availabilityZone: 'us-east-1a',
        vpcId: 'vpc-1',
        subnetId: 'subnet-1',
        vpcCidrs: sketch.vpcCidrs ?? ['10.0.0.0/16'],
        ipv6Only: false,
        ...(sketch.doubt !== undefined && { doubt: sketch.doubt }),
      },
      lifecycle: { targetState: 'InService', spotAction: undefined, ...sketch.lifecycle },
      problem: sketch.instanceProblem,
      ages: { network: 0, lifecycle: asked },
    },
    endpoints: {
      endpoints: endpointServices.map((service, index) => {
        const classified = classes[index] ?? 'failed';
        return endpoint(
          service,
          classified,
          classified === 'private' ? reachable : undefined,
          sketch.address,
        );
      }),
      ages: { answers: sketch.ages?.answers ?? 0, probes: asked },
      judgedBy: sketch.resolverUnknown ? notKnown : judgedByHost,
    },
    agent: { ...agent(sketch.agent), ages: { agent: sketch.ages?.agent ?? 0, unit: asked, log: asked } },
    storageProblem: sketch.storageProblem,
  };
}
