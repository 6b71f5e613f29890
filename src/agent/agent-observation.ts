import type { ApiSettings, SetText } from '../endpoints/endpoint-names.ts';
import type { TrustSettings } from '../endpoints/next-agent.ts';
import type { ContainerDns } from '../endpoints/next-resolver.ts';
import type { Ages, MaxAges } from '../kit/age.ts';
import type { Problem } from '../kit/problem.ts';

/**
 * What is asked about the agent.
 * - `agent`: any of it
 * - `inspect`: what the Engine says of its container
 * - `registration`, `tasks`: what its introspection says
 * - `sockets`: its connections, by the kernel
 * - `log`: its own log; left out, it is read only where the sockets leave the path open and `ecs-a` is private
 * - `unit`: systemd's view of its unit
 * - `supervisor`: who starts it again, where that may have changed without a sign
 */
export type AgentSource =
  | 'agent'
  | 'inspect'
  | 'registration'
  | 'tasks'
  | 'sockets'
  | 'log'
  | 'unit'
  | 'supervisor';

/** What the Engine's own health check of a container says. */
export const containerHealths = ['none', 'starting', 'healthy', 'unhealthy'] as const;

/** The agent's container as the Engine describes it. */
export interface AgentContainer {
  readonly id: string;
  readonly name: string;
  /** Image name as configured, e.g. `amazon/amazon-ecs-agent:latest`. */
  readonly image: string;
  readonly running: boolean;
  /** Exists and is between two runs of its own restart policy. */
  readonly restarting: boolean;
  readonly paused: boolean;
  /** The Engine says that it runs, and its process is gone (a crash of containerd-shim). Then `running` is false. */
  readonly processGone: boolean;
  /** Process id on the host of the container's first process; undefined when not running. */
  readonly pid: number | undefined;
  /**
   * When the running process started, on the monotonic clock. Undefined when not running. Tells one process
   * from the next together with `id`; equal for the same process up to the kernel's clock tick.
   */
  readonly startedMonoMs: number | undefined;
  /** The Engine's own text for the start time (RFC 3339). Exact: differs whenever the container was started anew. */
  readonly startedAt: string;
  readonly health: (typeof containerHealths)[number];
  /** Exit code of the last run; undefined while running or never run. */
  readonly exitCode: number | undefined;
  /** The kernel killed it for want of memory. */
  readonly outOfMemory: boolean;
  /** Created with `--rm`: the Engine removes it when it ends. */
  readonly autoRemove: boolean;
  readonly restartPolicy: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  readonly networkMode: string;
  /** What it says of names, which the next one will say too. */
  readonly dns: ContainerDns;
}

/** The agent's own settings that decide where it connects. */
export interface AgentSettings {
  readonly api: ApiSettings;
  /** The region that the agent was told; undefined means the instance's. */
  readonly region: SetText | undefined;
  /** The proxy the agent uses for the control plane's hosts, credentials removed; undefined when none applies. */
  readonly proxy: string | undefined;
  /** `NO_PROXY` as set. */
  readonly noProxy: string | undefined;
  /** `ECS_DISABLE_METRICS=true`: the agent holds no TCS connection. */
  readonly metricsDisabled: boolean;
  /** Whom it is told to trust. */
  readonly trust: TrustSettings;
  /** The variables that have it use other credentials than the instance's role; undefined without any. */
  readonly ownCredentials?: string | undefined;
}

/** Who starts the agent again when its process ends. */
export const agentSupervisors = [
  /** ecs-init, under whatever unit, removes and re-creates the container. */
  'ecs-init',
  /** A systemd unit of another kind, such as one that runs `docker run --name ecs-agent …`. */
  'unit',
  /** The container has a restart policy of its own. */
  'restart-policy',
  /** Nobody. */
  'none',
  /** Could not be determined (for example: /proc not readable). */
  'unknown',
] as const;

export type AgentSupervisor = (typeof agentSupervisors)[number];

/** State of a service as systemd tells it; undefined parts could not be read. */
export interface SupervisorUnit {
  readonly name: string;
  readonly loaded: boolean;
  /** `active`, `inactive`, `failed`, `activating`, `deactivating`. */
  readonly activeState: string | undefined;
  readonly subState: string | undefined;
  /** systemd has a start job queued for it (for example behind cloud-final at boot). */
  readonly jobQueued: boolean;
  readonly mainExitStatus: number | undefined;
  /** How its last run ended; absent while it is up, and where systemd does not tell. */
  readonly end?: UnitEnd;
}

export interface UnitEnd {
  /** systemd was asked to stop it; false: its main process ended by itself. */
  readonly asked: boolean;
  /** When that run began, on the monotonic clock. */
  readonly beganMonoMs: number;
}

/** Who starts the agent again, and how that is known. */
export interface Supervision {
  readonly by: AgentSupervisor;
  /** The unit behind it; where none was seen, the one that the settings name. Undefined where systemd was not asked. */
  readonly unit: SupervisorUnit | undefined;
  /** What was seen, in words. */
  readonly evidence: string;
}

/** Finds out who starts the agent again, or would if there is no container now. */
export interface SupervisionReader {
  /** Rejects only with the signal's reason; what cannot be read is `unknown`. */
  look(
    container: AgentContainer | undefined,
    maxAgeMs: MaxAges<AgentSource>,
    signal: AbortSignal,
  ): Promise<Supervision>;
  /** Believes nothing that it saw before. */
  forget(): void;
}

/**
 * - `private`: a connection established to a private address that `ecs-a` answers now, and that lasts
 * - `public`: registered, none of the above, and a connection established or being tried to a public address on 443
 * - `disconnected`: registered, its connections can be read, and there has been none for longer than a reconnect takes
 * - `none`: no agent process, or not registered yet
 * - `unknown`: its connections cannot be read, or show too little yet
 */
export const agentPaths = ['private', 'public', 'disconnected', 'none', 'unknown'] as const;

export type AgentPath = (typeof agentPaths)[number];

/**
 * The agent's telemetry connection (TCS).
 * - `private`: established to a private address that `ecs-t` answers now
 * - `public`: not that, and some connection to a public address on 443 is there
 * - `none-seen`: neither
 * - `disabled`: the agent is set to hold none
 * - `unknown`: its connections cannot be read
 */
export const tcsPaths = ['private', 'public', 'none-seen', 'disabled', 'unknown'] as const;

export type TcsPath = (typeof tcsPaths)[number];

/** Where the agent is connected, and how that is known. */
export interface AgentPathEvidence {
  readonly path: AgentPath;
  /** What was seen, in words. */
  readonly evidence: string;
  /** Peers on port 443 of the agent's own sockets, `address state`, most telling first; at most 8. */
  readonly connections: readonly string[];
  /** Host of the last websocket in the agent's log, where it could be read. */
  readonly lastWebsocketHost: string | undefined;
  /**
   * When the connection that proves the private path, or may come to, was first seen established, on the monotonic clock;
   * undefined when there is none.
   */
  readonly connectedMonoMs: number | undefined;
  readonly tcs: TcsPath;
  /** Whether any connection to a public address on 443 is there or being tried; undefined where they cannot be read. */
  readonly publicSeen: boolean | undefined;
}

/** What introspection (`127.0.0.1:51678`) told. */
export interface AgentRegistration {
  readonly registered: boolean;
  readonly version: string | undefined;
  readonly cluster: string | undefined;
  readonly containerInstanceArn: string | undefined;
  /**
   * What it answered when this process was last asked; undefined when it was not. `foreign`: another process has its
   * port, and was not asked.
   */
  readonly introspection: 'registered' | 'not-registered' | 'unclear' | 'foreign' | undefined;
  /** Tasks whose known status is before their desired status RUNNING; undefined when not asked or not told. */
  readonly tasksStarting: number | undefined;
}

/** What one look at the agent gave. */
export interface AgentObservation {
  /** Set when the Engine could not be asked; everything else is then empty or unknown. */
  readonly engineProblem: Problem | undefined;
  /** Undefined when there is no container of that name (or the Engine could not be asked). */
  readonly container: AgentContainer | undefined;
  readonly settings: AgentSettings | undefined;
  readonly supervisor: AgentSupervisor;
  /** What was seen of the supervisor, in words. */
  readonly supervisorEvidence: string;
  /** Undefined where systemd was not asked or does not run. */
  readonly unit: SupervisorUnit | undefined;
  readonly registration: AgentRegistration;
  readonly path: AgentPathEvidence;
  /** What its log, or ecs-init's, says last of why it is not connected; undefined where nothing does or none was read. */
  readonly saying: Problem | undefined;
  readonly ages: Ages<AgentSource>;
}
