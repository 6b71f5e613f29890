import type { AgentContainer, AgentObservation } from '../agent/agent-observation.ts';
import type { EngineVersion } from '../agent/engine-answers.ts';
import type { Ec2Reading } from '../ec2/ec2-reading.ts';
import type { HostAnswers } from '../endpoints/dns-answer.ts';
import type { EndpointName } from '../endpoints/endpoint-names.ts';
import type { PrivateAddressRule } from '../endpoints/private-address.ts';
import type { Clock } from '../kit/clock.ts';
import type { Problem } from '../kit/problem.ts';
import type { RunProgram } from '../kit/run-program.ts';
import type { Observation } from '../observe/observation.ts';
import type { PreflightAnswer } from '../preflight/preflight-answer.ts';
import type { Policy } from '../reconcile/policy.ts';
import type { Status } from '../report/status-schema.ts';
import type { Origins, Settings } from '../settings/settings.ts';
import type { Systemctl } from '../supervision/systemctl.ts';

/** The daemon of this host. */
export interface DaemonReading {
  /** Undefined when none runs. */
  readonly pid: number | undefined;
  /** What it last wrote; undefined when it has not, or it cannot be read. */
  readonly status: Status | undefined;
  /** Why it cannot be read, in words. */
  readonly unreadable?: string;
}

/** What one nameserver answers for the endpoints' names, in their order, the hosts file left aside. */
export interface NameserverReading {
  readonly nameserver: string;
  readonly answers: readonly (HostAnswers | undefined)[];
}

/** Status and date of an HTTP answer, whatever the answer is. */
export interface PlainAnswer {
  readonly status: number;
  /** Milliseconds since the epoch by the `Date` header; undefined when there is none. */
  readonly dateMs: number | undefined;
}

/** What checks may read. Each reading is made once, by the first who asks, and shared. */
export interface Readings {
  /** All that a decision depends on, as the daemon sees it. */
  observation(): Promise<Observation>;
  /** The same, looked at for a moment longer where the agent's path could not be determined. */
  path(): Promise<Observation>;
  engine(): Promise<EngineVersion | Problem>;
  /** Each nameserver that the next agent will ask by itself; this host's while none was seen. */
  nameservers(): Promise<readonly NameserverReading[]>;
  /** Each address of the VPC's resolver by itself. */
  vpcResolvers(): Promise<readonly NameserverReading[]>;
  daemon(): Promise<DaemonReading>;
  ec2(): Promise<Ec2Reading>;
  /** What ECS answers to what a new agent would ask; undefined where it is not to be asked. */
  preflight(): Promise<PreflightAnswer | undefined>;
}

export type ReadingName = keyof Readings;

export interface DoctorHost extends Readings {
  readonly settings: Settings;
  /** The settings as decisions take them. */
  readonly policyFor: (observation: Observation) => Policy;
  readonly origins: Origins;
  readonly clock: Clock;
  readonly systemctl: Systemctl;
  readonly run: RunProgram;
  /** One request to IMDS without a session token; undefined when nothing answered. */
  readonly askImdsPlainly: (path: string, signal: AbortSignal) => Promise<PlainAnswer | undefined>;
  readonly imdsEndpoint: string;
  /** The endpoints' names; empty while the region is not known. */
  readonly names: () => Promise<readonly EndpointName[]>;
  /** Judges addresses by the VPC's CIDRs. */
  readonly privateRule: () => Promise<PrivateAddressRule>;
  /** Asks one nameserver for all these hosts. */
  readonly ask: (
    nameserver: string,
    hosts: readonly string[],
    signal: AbortSignal,
  ) => Promise<NameserverReading>;
}

export function isProblem(value: object | undefined): value is Problem {
  return value !== undefined && 'code' in value && 'advice' in value;
}

/** The running container, or undefined. */
export function runningContainer(agent: AgentObservation): AgentContainer | undefined {
  return agent.container?.running ? agent.container : undefined;
}
