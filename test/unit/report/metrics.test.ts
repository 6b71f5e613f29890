import { describe, expect, it } from 'vitest';
import { keysOf } from '../../../src/kit/keys-of.ts';
import type { Observation } from '../../../src/observe/observation.ts';
import { journalSchema } from '../../../src/reconcile/journal.ts';
import { type ReasonCode, reasons } from '../../../src/reconcile/reasons.ts';
import { initialState, type State } from '../../../src/reconcile/state.ts';
import { type MetricRow, metricRows } from '../../../src/report/metrics/definitions.ts';
import { createMetrics, type Metrics } from '../../../src/report/metrics/metrics.ts';
import { allProblems } from '../../../src/report/problems.ts';
import { allPublic, closedSecurityGroup, observe } from '../reconcile/observations.ts';

const build = { version: '1.2.3', node: 'v24.0.0' };
const wallMs = 1_700_000_000_000;
const fresh = initialState(undefined, 'boot-1', 0);

function record(metrics: Metrics, observation: Observation, state: Partial<State> = {}): void {
  metrics.recordLook({
    observation,
    state: { ...fresh, ...state },
    look: { inMs: 5_000, pace: 'patient' },
    now: { wallMs, monoMs: 100_000 },
  });
}

function blockedBy(code: ReasonCode): Partial<State> {
  return { phase: 'blocked', reason: { code, message: '', advice: '' } };
}

/** A line of the text, by the table of metrics. */
function expectAllowed(line: string): void {
  const name = /^[a-z_]+/.exec(line)?.[0].replace(/_(?:bucket|sum|count)$/, '') ?? '';
  const row = Object.entries<MetricRow>(metricRows).find(([known]) => known === name)?.[1];
  if (row === undefined) throw new Error(`${name} is not in the table`);
  for (const [, label = '', value = ''] of line.matchAll(/(\w+)="([^"]*)"/g)) {
    const allowed = row.type === 'histogram' && label === 'le' ? undefined : row.labels?.[label];
    if (allowed !== undefined) expect(allowed).toContain(value);
  }
}

/** Series of one metric: labels as they stand in the text → value. */
async function series(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const lines = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith(`ecs_privatelinkd_${name}`));
  return Object.fromEntries(
    lines.map((line) => {
      const [, labels = '', value] = /^[a-z_]+(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return [labels, Number(value)];
    }),
  );
}

/** Labels of the series that are 1. */
async function on(metrics: Metrics, name: string): Promise<string[]> {
  return Object.entries(await series(metrics, name))
    .filter(([, value]) => value === 1)
    .map(([labels]) => labels);
}

describe('metrics', () => {
  it('show phase, path, classes and reachability of the last look', async () => {
    const metrics = createMetrics(build);
    record(metrics, observe(), { phase: 'settling' });
    expect(await on(metrics, 'phase')).toEqual(['phase="settling"']);
    expect(Object.keys(await series(metrics, 'phase'))).toHaveLength(7);
    expect(await on(metrics, 'agent_path')).toEqual(['path="public"']);
    expect(await on(metrics, 'endpoint_class')).toEqual([
      'service="ecs-agent",class="private"',
      'service="ecs-telemetry",class="private"',
      'service="ecs",class="private"',
    ]);
    expect(await on(metrics, 'endpoint_reachable')).toHaveLength(3);
    expect(await on(metrics, 'agent_registered')).toHaveLength(1);
    expect(await series(metrics, 'last_look_timestamp_seconds')).toEqual({ '': 1_700_000_000 });
    expect(await series(metrics, 'next_look_timestamp_seconds')).toEqual({ '': 1_700_000_005 });
    expect(await series(metrics, 'build_info')).toEqual({ 'version="1.2.3",node="v24.0.0"': 1 });

    record(metrics, observe({ classes: allPublic, agent: { running: false } }), { phase: 'waiting' });
    expect(await on(metrics, 'phase')).toEqual(['phase="waiting"']);
    expect(await on(metrics, 'agent_path')).toEqual(['path="none"']);
    expect(await series(metrics, 'endpoint_reachable')).toEqual({});
    expect(await on(metrics, 'agent_registered')).toEqual([]);
  });

  it('say nothing that is not known', async () => {
    const metrics = createMetrics(build);
    for (const name of ['phase', 'agent_registered', 'last_look', 'journal_writable', 'time_to_private']) {
      expect(await series(metrics, name)).toEqual({});
    }
    record(
      metrics,
      observe({ agent: { engineProblem: { code: 'engine-timeout', message: '', advice: '' } } }),
    );
    expect(await series(metrics, 'agent_registered')).toEqual({});
    expect(await on(metrics, 'agent_path')).toEqual(['path="unknown"']);
    expect(await series(metrics, 'last_restart')).toEqual({});
    expect(await series(metrics, 'time_to_private')).toEqual({});
  });

  it('name the reason only while blocked, and never one that does not block', async () => {
    const metrics = createMetrics(build);
    record(metrics, observe(), blockedBy('unit-stopped'));
    expect(await on(metrics, 'blocked_info')).toEqual(['reason="unit-stopped"']);
    record(metrics, observe(), blockedBy('endpoint-tcp-timeout'));
    expect(await on(metrics, 'blocked_info')).toEqual(['reason="endpoint-tcp-timeout"']);
    record(metrics, observe(), blockedBy('splay'));
    expect(await on(metrics, 'blocked_info')).toEqual(['reason="other"']);
    record(metrics, observe(), { phase: 'settled' });
    expect(await series(metrics, 'blocked_info')).toEqual({});
  });

  it('tell how long the move and the restart took, from the journal', async () => {
    const metrics = createMetrics(build);
    const transition = { privateSinceMonoMs: 1_000, privateSinceWallMs: wallMs - 60_000, attempts: 1 };
    const lastRestart = { atWallMs: wallMs - 40_000, verb: 'kill', outcome: 'pending' as const };
    const journal = { ...fresh.journal, transition, lastRestart };
    record(metrics, observe(), { journal });
    expect(await series(metrics, 'last_restart_timestamp_seconds')).toEqual({ '': 1_699_999_960 });
    expect(await series(metrics, 'last_restart_reconnect_seconds')).toEqual({});

    const verified = { ...lastRestart, outcome: 'private' as const, connectedMs: 1_250 };
    record(metrics, observe(), { journal: { ...journal, lastRestart: verified } });
    expect(await series(metrics, 'last_restart_reconnect_seconds')).toEqual({ '': 1.25 });
    expect(await series(metrics, 'time_to_private_seconds')).toEqual({ '': 21.25 });

    // A later transition, in which nothing has been restarted yet.
    const later = { ...transition, privateSinceWallMs: wallMs };
    record(metrics, observe(), { journal: { ...journal, transition: later, lastRestart: verified } });
    expect(await series(metrics, 'time_to_private_seconds')).toEqual({});
  });

  it('count restarts by outcome, from the events that end them', async () => {
    const metrics = createMetrics(build);
    expect(Object.values(await series(metrics, 'restarts_total'))).toEqual(Array(8).fill(0));
    const { outcome } = journalSchema.entries.lastRestart.wrapped.entries;
    expect(metricRows.ecs_privatelinkd_restarts_total.labels?.['outcome']).toEqual(
      outcome.options.filter((option) => option !== 'pending'),
    );
    metrics.countEvent('restart-issued', {});
    metrics.countEvent('restart-verified', { connectedMs: 900 });
    metrics.countEvent('restart-not-verified', { outcome: 'public' });
    metrics.countEvent('restart-failed', {});
    metrics.countEvent('agent-stopped-for-good', {});
    expect(await series(metrics, 'restarts_total')).toMatchObject({
      'outcome="private"': 1,
      'outcome="public"': 1,
      'outcome="failed"': 2,
      'outcome="unproven"': 0,
    });
  });

  it('count problems by code, however they are told, and once', async () => {
    const metrics = createMetrics(build);
    metrics.countEvent('problem', { problem: 'dns-servfail' });
    metrics.countEvent('problem-cleared', { problem: 'dns-servfail' });
    metrics.countEvent('restart-call-failed', { problem: 'engine-timeout' });
    metrics.countEvent('phase-blocked', { reason: 'endpoint-tcp-timeout' });
    metrics.countEvent('phase-blocked', { reason: 'unit-stopped' });
    metrics.countEvent('problem', { problem: 'config-value' });
    const counted = Object.entries(await series(metrics, 'problems_total')).filter(([, value]) => value > 0);
    expect(Object.fromEntries(counted)).toEqual({
      'code="dns-servfail"': 1,
      'code="engine-timeout"': 1,
      'code="endpoint-tcp-timeout"': 1,
      'code="other"': 1,
    });
  });

  it('count what is wrong now, and whether the journal can be written', async () => {
    const metrics = createMetrics(build);
    record(metrics, observe({ reachable: false, storageProblem: closedSecurityGroup }));
    expect(await series(metrics, 'active_problems')).toEqual({ '': 4 });
    expect(await series(metrics, 'journal_writable')).toEqual({ '': 0 });
    record(metrics, observe());
    expect(await series(metrics, 'active_problems')).toEqual({ '': 0 });
    expect(await series(metrics, 'journal_writable')).toEqual({ '': 1 });
  });

  it('have no more series than their table allows, whatever comes', async () => {
    const metrics = createMetrics(build);
    for (const problem of allProblems) metrics.countEvent('problem', { problem });
    for (const code of [...allProblems, ...keysOf(reasons)]) record(metrics, observe(), blockedBy(code));
    metrics.recordDuration(0.004);
    const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of lines) expectAllowed(line);
    expect(lines.length).toBeLessThan(200);
  });
});
