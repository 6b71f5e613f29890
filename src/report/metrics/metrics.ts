import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import type { Instant } from '../../kit/clock.ts';
import type { Observation } from '../../observe/observation.ts';
import type { LookPlan } from '../../reconcile/decision.ts';
import type { Journal } from '../../reconcile/journal.ts';
import type { ReasonCode } from '../../reconcile/reasons.ts';
import type { State } from '../../reconcile/state.ts';
import { problemsOf } from '../changes.ts';
import type { EventCode } from '../events.ts';
import type { LogFields } from '../logger.ts';
import { type MetricName, metricRows, metricTable, other } from './definitions.ts';

/** What one look gave and led to, and the wall-clock time of it in milliseconds. */
export interface LookRecord {
  readonly state: State;
  readonly observation: Observation;
  readonly look: LookPlan;
  readonly now: Instant;
}

/** All metrics of one daemon. Gauges follow the looks, counters the log's events. */
export interface Metrics {
  readonly contentType: string;
  recordLook(record: LookRecord): void;
  recordDuration(seconds: number): void;
  countEvent(code: EventCode, fields: LogFields): void;
  /** In the Prometheus text format, ending in a newline. */
  text(): Promise<string>;
}

/** Imported late, only where metrics are switched on: prom-client is not loaded otherwise. */
export function createMetrics(build: { readonly version: string; readonly node: string }): Metrics {
  const registry = new Registry();
  const common = (name: MetricName) => {
    const { help, labels = {} } = metricRows[name];
    return { name, help, labelNames: Object.keys(labels), registers: [registry] };
  };
  const gauge = (name: MetricName) => new Gauge<string>(common(name));
  const valuesOf = (name: MetricName, label: string) => metricRows[name].labels?.[label] ?? [];

  /** A gauge without labels; undefined takes its series away, where otherwise it would be 0. */
  function single(name: MetricName): (value: number | undefined) => void {
    const made = gauge(name);
    made.remove();
    return (value) => (value === undefined ? made.remove() : made.set(value));
  }

  /** Sets the series of one value to 1 and those of the others to 0. */
  function oneOf(name: MetricName, label: string): (current: string) => void {
    const made = gauge(name);
    return (current) => {
      for (const value of valuesOf(name, label)) made.set({ [label]: value }, flag(value === current));
    };
  }

  /** All its series from the beginning, so that the first increase is seen as one. */
  function counter(name: MetricName, label: string): (value: string) => void {
    const made = new Counter<string>(common(name));
    const values = valuesOf(name, label);
    for (const value of values) made.inc({ [label]: value }, 0);
    return (value) => made.inc({ [label]: values.includes(value) ? value : other });
  }

  gauge('ecs_privatelinkd_build_info').set({ ...build }, 1);
  const phase = oneOf('ecs_privatelinkd_phase', 'phase');
  const blocked = gauge('ecs_privatelinkd_blocked_info');
  const endpointClass = gauge('ecs_privatelinkd_endpoint_class');
  const reachable = gauge('ecs_privatelinkd_endpoint_reachable');
  const path = oneOf('ecs_privatelinkd_agent_path', 'path');
  const noPublicSince = single('ecs_privatelinkd_agent_no_public_connection_timestamp_seconds');
  const registered = single('ecs_privatelinkd_agent_registered');
  const timeToPrivate = single('ecs_privatelinkd_time_to_private_seconds');
  const restartedAt = single('ecs_privatelinkd_last_restart_timestamp_seconds');
  const reconnect = single('ecs_privatelinkd_last_restart_reconnect_seconds');
  const restarts = counter('ecs_privatelinkd_restarts_total', 'outcome');
  const problems = counter('ecs_privatelinkd_problems_total', 'code');
  const activeProblems = single('ecs_privatelinkd_active_problems');
  const journalWritable = single('ecs_privatelinkd_journal_writable');
  const duration = new Histogram<string>({
    ...common('ecs_privatelinkd_look_duration_seconds'),
    buckets: [...metricTable.ecs_privatelinkd_look_duration_seconds.buckets],
  });
  const lastLook = single('ecs_privatelinkd_last_look_timestamp_seconds');
  const nextLook = single('ecs_privatelinkd_next_look_timestamp_seconds');

  function recordEndpoints({ endpoints }: Observation): void {
    const { service: services, class: classes } = metricTable.ecs_privatelinkd_endpoint_class.labels;
    for (const service of services) {
      const seen = endpoints?.endpoints.find((endpoint) => endpoint.service === service);
      for (const value of classes) endpointClass.set({ service, class: value }, flag(seen?.class === value));
      if (seen?.reachable === undefined) reachable.remove({ service });
      else reachable.set({ service }, flag(seen.reachable));
    }
  }

  return {
    contentType: registry.contentType,

    recordLook({ state, observation, look, now }) {
      phase(state.phase);
      blocked.reset();
      if (state.phase === 'blocked') blocked.set({ reason: blockedReason(state.reason.code) }, 1);
      recordEndpoints(observation);
      path(observation.agent.path.path);
      const since = state.process?.noPublicSinceMonoMs;
      noPublicSince(inSeconds(since === undefined ? undefined : now.wallMs + since - now.monoMs));
      const { engineProblem, registration } = observation.agent;
      registered(engineProblem ? undefined : flag(registration.registered));
      const { lastRestart } = state.journal;
      timeToPrivate(timeToPrivateSeconds(state.journal));
      restartedAt(inSeconds(lastRestart?.atWallMs));
      reconnect(inSeconds(lastRestart?.connectedMs));
      activeProblems(problemsOf(observation).size);
      journalWritable(flag(observation.storageProblem === undefined));
      lastLook(now.wallMs / 1000);
      nextLook((now.wallMs + look.inMs) / 1000);
    },

    recordDuration: (seconds) => duration.observe(seconds),

    countEvent(code, fields) {
      const outcome = outcomeOf(code, fields);
      if (outcome !== undefined) restarts(outcome);
      const problem = problemOf(code, fields);
      if (problem !== undefined) problems(problem);
    },

    text: () => registry.metrics(),
  };
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

function blockedReason(code: ReasonCode): string {
  return metricTable.ecs_privatelinkd_blocked_info.labels.reason.includes(code) ? code : other;
}

/** Undefined unless the last restart was made in the present transition and led to the private path. */
function timeToPrivateSeconds({ transition, lastRestart }: Journal): number | undefined {
  if (transition === undefined || lastRestart?.connectedMs === undefined) return undefined;
  const ms = lastRestart.atWallMs + lastRestart.connectedMs - transition.privateSinceWallMs;
  return lastRestart.atWallMs < transition.privateSinceWallMs ? undefined : ms / 1000;
}

/** What came of a restart, told by the event that ends it. */
function outcomeOf(code: EventCode, fields: LogFields): string | undefined {
  switch (code) {
    case 'restart-verified':
      return 'private';
    case 'restart-not-verified':
      return String(fields['outcome']);
    case 'restart-failed':
    case 'agent-stopped-for-good':
      return 'failed';
    default:
      return undefined;
  }
}

/** The problem that an event tells of. One that blocks is told by `phase-blocked` alone, as its reason. */
function problemOf(code: EventCode, fields: LogFields): string | undefined {
  if (code === 'problem-cleared') return undefined;
  if (fields['problem'] !== undefined) return String(fields['problem']);
  const reason = code === 'phase-blocked' ? String(fields['reason']) : undefined;
  const known: readonly string[] = metricTable.ecs_privatelinkd_problems_total.labels.code;
  return reason !== undefined && known.includes(reason) ? reason : undefined;
}
