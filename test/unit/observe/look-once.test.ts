import { describe, expect, it } from 'vitest';
import type { AgentPath } from '../../../src/agent/agent-observation.ts';
import type { Clock } from '../../../src/kit/clock.ts';
import { lookOnce } from '../../../src/observe/look-once.ts';
import type { PaceName } from '../../../src/observe/pace.ts';
import { type AgentSketch, type ObservationSketch, observe } from '../reconcile/observations.ts';

const { signal } = new AbortController();

/** An observer that sees the path that is given for each moment, and what else the sketch says. */
async function look(
  pathAt: (nowMs: number) => AgentPath,
  agent: AgentSketch = {},
  more: ObservationSketch = {},
) {
  let nowMs = 0;
  const looks: PaceName[] = [];
  const clock: Clock = {
    now: () => ({ wallMs: nowMs, monoMs: nowMs }),
    sleep: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
  };
  const observer = {
    look: (pace: PaceName) => {
      looks.push(pace);
      return Promise.resolve(
        observe({ ...more, agent: { publicSeen: false, ...agent, path: pathAt(nowMs) } }),
      );
    },
  };
  const seen = await lookOnce(observer, clock, signal);
  return { path: seen.agent.path.path, saying: seen.agent.saying, looks, tookMs: nowMs };
}

describe('lookOnce', () => {
  it('looks once where the path can be told', async () => {
    expect(await look(() => 'public')).toMatchObject({ path: 'public', looks: ['close'] });
  });

  it('looks until a connection has lasted for three seconds', async () => {
    const { path, looks, tookMs } = await look((nowMs) => (nowMs > 3_000 ? 'private' : 'unknown'));
    expect(path).toBe('private');
    expect(looks.slice(0, 2)).toEqual(['close', 'hasty']);
    expect(tookMs).toBeLessThan(4_000);
  });

  it('gives up soon after that', async () => {
    const { path, tookMs } = await look(() => 'unknown');
    expect(path).toBe('unknown');
    expect(tookMs).toBeGreaterThan(4_000);
    expect(tookMs).toBeLessThan(5_000);
  });

  it.each<[string, AgentSketch]>([
    ['the connections cannot be read', { publicSeen: undefined }],
    ['there is no Engine', { engineProblem: { code: 'engine-missing', message: 'm', advice: 'a' } }],
  ])('does not wait where %s', async (_, agent) => {
    expect((await look(() => 'unknown', agent)).tookMs).toBe(0);
  });
});
