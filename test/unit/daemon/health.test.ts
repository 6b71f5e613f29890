import { describe, expect, it } from 'vitest';
import { liveness, type Progress, progressOf, readiness } from '../../../src/daemon/health.ts';
import { type AgentSketch, observe } from '../reconcile/observations.ts';
import { Story } from '../reconcile/story.ts';

const settled: Progress = {
  lookedMonoMs: 1_000_000,
  nextInMs: 60_000,
  phase: 'settled',
  detail: 'proven',
  publicLeft: false,
};

describe('liveness', () => {
  it('holds while the next look is not more than two minutes late', () => {
    expect(liveness(settled, 1_000_000).ok).toBe(true);
    expect(liveness(settled, 1_180_000).ok).toBe(true);
    expect(liveness(settled, 1_180_001)).toEqual({
      ok: false,
      text: 'stuck: the last look was 180 s ago, it may be 180 s at most',
    });
  });

  it('follows the interval of the phase', () => {
    expect(liveness({ ...settled, nextInMs: 5_000 }, 1_126_000).ok).toBe(false);
    expect(liveness({ ...settled, nextInMs: 3_600_000 }, 4_700_000).ok).toBe(true);
  });
});

describe('readiness', () => {
  it('holds once settled, and only while the loop moves', () => {
    expect(readiness(settled, 1_000_000)).toEqual({ ok: true, text: 'settled: proven' });
    expect(readiness({ ...settled, phase: 'blocked', detail: 'why' }, 1_000_000)).toEqual({
      ok: false,
      text: 'blocked: why',
    });
    expect(readiness(settled, 2_000_000).ok).toBe(false);
    expect(readiness({ ...settled, publicLeft: true }, 1_000_000).ok).toBe(false);
  });

  it('does not hold while telemetry has a connection to a public address, whatever is seen of ACS', () => {
    const story = new Story();
    const ready = (agent: AgentSketch) => {
      const { state, look } = story.look({ agent });
      const progress = progressOf({ state, look, observation: observe({ agent }) }, story.monoMs);
      return [state.phase, readiness(progress, story.monoMs).ok];
    };
    expect(ready({ path: 'private' })).toEqual(['settled', true]);
    expect(ready({ path: 'private', tcs: 'public', publicSeen: true })).toEqual(['settled', false]);
    expect(ready({ path: 'public', tcs: 'public' })).toEqual(['settled', false]);
    expect(ready({ path: 'private' })).toEqual(['settled', true]);
  });
});
