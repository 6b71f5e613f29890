import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import type { LookPlan } from '../../reconcile/decision.ts';
import type { Journal } from '../../reconcile/journal.ts';
import type { Observation } from '../../reconcile/observation.ts';
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
  readonly wallMs: number;
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

/** Imported late, by whoever has metrics switched on: prom-client is not loaded otherwise. */
export function createMetrics(build: { readonly version: string; readonly node: string }): Metrics {
  const registry = new Registry();
  const common = (name: MetricName) => {
    const { help, labels = {} } = metricRows[name];
    return { name, help, labelNames: Object.keys(labels), registers: [registry] };
  };
  const gauge = (name: MetricName) => new Gauge<string>(common(name));

  const phase = oneOf(
    gauge('ecs_privatelinkd_phase'),
    'phase',
    metricTable.ecs_privatelinkd_phase.labels.phase,
  );
  const blocked = gauge('ecs_privatelinkd_blocked_info');
  const endpointClass = gauge('ecs_privatelinkd_endpoint_class');
  const reachable = gauge('ecs_privatelinkd_endpoint_reachable');
  const path = oneOf(
    gauge('ecs_privatelinkd_agent_path'),
    'path',
    metricTable.ecs_privatelinkd_agent_path.labels.path,
  );
  const registered = gauge('ecs_privatelinkd_agent_registered');
  const timeToPrivate = gauge('ecs_privatelinkd_time_to_private_seconds');
  const restartedAt = gauge('ecs_privatelinkd_last_restart_timestamp_seconds');
  const reconnect = gauge('ecs_privatelinkd_last_restart_reconnect_seconds');
  const activeProblems = gauge('ecs_privatelinkd_active_problems');
  const journalWritable = gauge('ecs_privatelinkd_journal_writable');
  const lastLook = gauge('ecs_privatelinkd_last_look_timestamp_seconds');
  const nextLook = gauge('ecs_privatelinkd_next_look_timestamp_seconds');
  const restarts = counter('ecs_privatelinkd_restarts_total', 'outcome');
  const problems = counter('ecs_privatelinkd_problems_total', 'code');
  const duration = new Histogram<string>({
    ...common('ecs_privatelinkd_look_duration_seconds'),
    buckets: [...metricTable.ecs_privatelinkd_look_duration_seconds.buckets],
  });
  gauge('ecs_privatelinkd_build_info').set({ ...build }, 1);
  // Nothing is known before the first look.
  for (const one of [registered, timeToPrivate, restartedAt, reconnect, activeProblems]) one.remove();
  for (const one of [journalWritable, lastLook, nextLook]) one.remove();

  /** All its series from the beginning, so that the first increase is seen as one. */
  function counter(
    name: 'ecs_privatelinkd_restarts_total' | 'ecs_privatelinkd_problems_total',
    label: string,
  ): (value: string) => void {
    const values = metricRows[name].labels?.[label] ?? [];
    const made = new Counter<string>(common(name));
    for (const value of values) made.inc({ [label]: value }, 0);
    return (value) => made.inc({ [label]: values.includes(value) ? value : other });
  }

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

    recordLook({ state, observation, look, wallMs }) {
      phase(state.phase);
      blocked.reset();
      if (state.phase === 'blocked') blocked.set({ reason: blockedReason(state.reason.code) }, 1);
      recordEndpoints(observation);
      path(observation.agent.path.path);
      registered.set(flag(observation.agent.registration.registered));
      const { lastRestart } = state.journal;
      setOrRemove(timeToPrivate, timeToPrivateSeconds(state.journal));
      setOrRemove(restartedAt, lastRestart && lastRestart.atWallMs / 1000);
      const connectedMs = lastRestart?.connectedMs;
      setOrRemove(reconnect, connectedMs === undefined ? undefined : connectedMs / 1000);
      activeProblems.set(problemsOf(observation).size);
      journalWritable.set(flag(observation.storageProblem === undefined));
      lastLook.set(wallMs / 1000);
      nextLook.set((wallMs + look.inMs) / 1000);
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

/** Sets the series of one value to 1 and those of the others to 0. */
function oneOf(gauge: Gauge<string>, label: string, values: readonly string[]): (current: string) => void {
  return (current) => {
    for (const value of values) gauge.set({ [label]: value }, flag(value === current));
  };
}

function setOrRemove(gauge: Gauge<string>, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}

function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

function blockedReason(code: string): string {
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
