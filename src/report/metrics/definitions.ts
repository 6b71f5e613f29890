import { agentPaths } from '../../agent/agent-observation.ts';
import { endpointClasses } from '../../endpoints/endpoint-observation.ts';
import { phases } from '../../reconcile/phase.ts';
import { reasons } from '../../reconcile/reasons.ts';
import { restartOutcomes } from '../../reconcile/restart-outcome.ts';
import { endpointServices } from '../../settings/endpoint-services.ts';
import { runTimeProblems } from '../problems.ts';

export interface MetricRow {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  /** Each label with all the values that it may have; `undefined` for the one or two that a build has. */
  readonly labels?: Readonly<Record<string, readonly string[] | undefined>>;
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
}

/** Stands for a code that is not in the catalogue, so that the number of series has a bound whatever comes. */
export const other = 'other';

const problemCodes = [...runTimeProblems, other];
const blockedReasons = [
  ...Object.entries(reasons)
    .filter(([, { phases: given }]) => given.includes('blocked'))
    .map(([code]) => code),
  ...problemCodes,
];

/** ONE row per metric: the registry, docs/metrics.md and the check of docs/monitoring/ come from here. */
export const metricTable = {
  ecs_privatelinkd_build_info: {
    type: 'gauge',
    help: 'Always 1; version of the daemon and of its Node.js.',
    labels: { version: undefined, node: undefined },
  },
  ecs_privatelinkd_phase: {
    type: 'gauge',
    help: '1 for the phase that the daemon is in, 0 for the others.',
    labels: { phase: phases },
  },
  ecs_privatelinkd_blocked_info: {
    type: 'gauge',
    help: '1 with the reason, only while the phase is blocked.',
    labels: { reason: blockedReasons },
  },
  ecs_privatelinkd_endpoint_class: {
    type: 'gauge',
    help: "1 for the class of the answers to the endpoint's private DNS name, 0 for the others.",
    labels: { service: endpointServices, class: endpointClasses },
  },
  ecs_privatelinkd_endpoint_reachable: {
    type: 'gauge',
    help: 'Whether port 443 and TLS worked on an address of the endpoint when last tried; absent before that.',
    labels: { service: endpointServices },
  },
  ecs_privatelinkd_agent_path: {
    type: 'gauge',
    help: "1 for the path of the agent's control connections, 0 for the others.",
    labels: { path: agentPaths },
  },
  ecs_privatelinkd_agent_no_public_connection_timestamp_seconds: {
    type: 'gauge',
    help: 'Since when no connection of the agent to a public address on port 443 has been seen; absent while one is.',
  },
  ecs_privatelinkd_agent_registered: {
    type: 'gauge',
    help: 'Whether the agent has registered with its cluster; absent while the Docker Engine does not answer.',
  },
  ecs_privatelinkd_time_to_private_seconds: {
    type: 'gauge',
    help: 'From the moment all names were private to the agent connected over them, where a restart of ours did it.',
  },
  ecs_privatelinkd_last_restart_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the last restart of the agent by the daemon; absent before the first.',
  },
  ecs_privatelinkd_last_restart_reconnect_seconds: {
    type: 'gauge',
    help: 'From the call of the last restart to the agent connected over PrivateLink; absent unless it got there.',
  },
  ecs_privatelinkd_restarts_total: {
    type: 'counter',
    help: 'Restarts of the agent by what came of them, since the daemon started.',
    labels: { outcome: restartOutcomes.filter((outcome) => outcome !== 'pending') },
  },
  ecs_privatelinkd_problems_total: {
    type: 'counter',
    help: 'Problems by code, counted when they appear, since the daemon started.',
    labels: { code: problemCodes },
  },
  ecs_privatelinkd_active_problems: { type: 'gauge', help: 'Number of problems in the last look.' },
  ecs_privatelinkd_journal_writable: {
    type: 'gauge',
    help: 'Whether the state file could be written; while it cannot, nothing is restarted.',
  },
  ecs_privatelinkd_look_duration_seconds: {
    type: 'histogram',
    help: 'Duration of the looks at instance, endpoints and agent.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  ecs_privatelinkd_last_look_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the last look that was decided on.',
  },
  ecs_privatelinkd_next_look_timestamp_seconds: {
    type: 'gauge',
    help: 'Time at which the next look is due; long past means that the daemon is stopped or stuck.',
  },
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof metricTable;

/** The rows, for all who read them one like the other. */
export const metricRows: Readonly<Record<MetricName, MetricRow>> = metricTable;
