import { writeFileAtomic } from '../kit/atomic-file.ts';
import type { Clock } from '../kit/clock.ts';
import { messageOf, type Problem, type ProblemCode } from '../kit/problem.ts';
import type { Observer } from '../observe/observer.ts';
import type { Log } from '../report/logger.ts';
import { createMetrics, type Metrics } from '../report/metrics/metrics.ts';
import { type Health, liveness, type Progress, progressOf, readiness } from './health.ts';
import { type HttpListener, listenHttp, plain } from './http-listener.ts';
import type { LookResult } from './loop.ts';

export interface MetricsOptions {
  /** The `.prom` file, and the loopback address; undefined for none. */
  readonly textfile: string | undefined;
  readonly listen: string | undefined;
  readonly version: string;
  readonly clock: Clock;
  /** A clock finer than that, in milliseconds, for durations. */
  readonly monotonicMs: () => number;
  readonly log: Log;
}

/** Metrics and the places where they are shown. Imported late: with metrics off, none of it is loaded. */
export interface MetricsService {
  /** The log, events counted on their way to it. */
  readonly log: Log;
  /** The observer, its looks timed. */
  timed(observer: Observer): Observer;
  /** Shows what a look came to. Begins to listen at the first one. Never rejects. */
  publish(result: LookResult): Promise<void>;
  close(): Promise<void>;
}

export function createMetricsService(options: MetricsOptions): MetricsService {
  const { textfile, listen, clock, monotonicMs } = options;
  const metrics = createMetrics({ version: options.version, node: process.version });
  const log: Log = (code, fields = {}) => {
    metrics.countEvent(code, fields);
    options.log(code, fields);
  };
  const troubled = new Set<ProblemCode>();
  let progress: Progress = {
    lookedMonoMs: clock.now().monoMs,
    nextInMs: 0,
    phase: 'waiting',
    detail: 'The daemon has just started',
    publicLeft: false,
  };
  let listener: HttpListener | undefined;

  /** Does it, and says once that it fails and once that it no longer does: metrics keep nothing else from its work. */
  async function attempt(describe: (detail: string) => Problem, act: () => Promise<void>): Promise<void> {
    const { code } = describe('');
    try {
      await act();
      if (troubled.delete(code)) log('problem-cleared', { problem: code, where: 'metrics' });
    } catch (error) {
      if (troubled.has(code)) return;
      troubled.add(code);
      const { message, advice } = describe(messageOf(error));
      log('problem', { problem: code, where: 'metrics', detail: message, advice });
    }
  }

  return {
    log,

    timed: (observer) => ({
      async look(pace, storageProblem, signal) {
        const began = monotonicMs();
        const observation = await observer.look(pace, storageProblem, signal);
        metrics.recordDuration((monotonicMs() - began) / 1000);
        return observation;
      },
    }),

    async publish({ state, observation, look }) {
      const now = clock.now();
      progress = progressOf({ state, observation, look }, now.monoMs);
      metrics.recordLook({ state, observation, look, now });
      if (listen !== undefined && listener === undefined) {
        const routes = routesOf(metrics, () => progress, clock);
        await attempt(listenFailed(listen), async () => {
          listener = await listenHttp(listen, routes);
        });
      }
      if (textfile !== undefined) {
        await attempt(textfileUnwritable(textfile), async () => {
          writeFileAtomic(textfile, await metrics.text(), { mode: 0o644, durable: false });
        });
      }
    },

    close: async () => await listener?.close(),
  };
}

function routesOf(metrics: Metrics, progress: () => Progress, clock: Clock) {
  const told = (judge: (progress: Progress, nowMonoMs: number) => Health) => () => {
    const { ok, text } = judge(progress(), clock.now().monoMs);
    return Promise.resolve(plain(ok ? 200 : 503, text));
  };
  return new Map([
    ['/metrics', async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() })],
    ['/healthz', told(liveness)],
    ['/readyz', told(readiness)],
  ]);
}

function listenFailed(address: string) {
  return (detail: string): Problem => ({
    code: 'metrics-listen-failed',
    message: `cannot listen on ${address}: ${detail}`,
    advice:
      'Set ECS_PRIVATELINKD_METRICS_LISTEN to a free port (`ss -ltnp`); it is tried again with every look.',
  });
}

function textfileUnwritable(path: string) {
  return (detail: string): Problem => ({
    code: 'metrics-textfile-unwritable',
    message: `${path} cannot be written: ${detail}`,
    advice:
      "Its directory must exist, be the one of node_exporter's --collector.textfile.directory, and be among the " +
      "unit's ReadWritePaths (docs/metrics.md).",
  });
}
