import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import { Story, told } from './story.ts';

function settled(): Story {
  const story = new Story();
  story.look({ agent: { path: 'private' }, close: false });
  story.sketch = { agent: { path: 'private' }, close: false };
  return story;
}

describe('settled', () => {
  it('straight away when the agent is on the private path, without a call or a close look', () => {
    const decision = new Story().look({ agent: { path: 'private' }, close: false });
    expect(told(decision)).toBe('settled: on-private-path');
    expect(decision.look).toEqual({ inMs: 60_000, pace: 'settled' });
    expect(decision.state.journal.transition?.attempts).toBe(0);
  });

  it('not while one name is not private', () => {
    const story = new Story();
    const classes = ['private', 'private', 'public'] as const;
    expect(told(story.looks(9, { agent: { path: 'private' }, classes }))).toBe('waiting: names-not-private');
  });

  it('stays through a DNS failure, however long, while the private connection is seen', () => {
    const decision = settled().looks(200, { classes: ['failed', 'private', 'private'] });
    expect(told(decision)).toBe('settled: on-private-path');
    expect(decision.look).toEqual({ inMs: 60_000, pace: 'settled' });
  });

  it('holds through a DNS failure for five minutes, and looks soon again', () => {
    const story = settled();
    const failing = { classes: ['failed', 'failed', 'failed'], agent: { path: 'unknown' } } as const;
    const decision = story.looks(59, failing);
    expect(told(decision)).toBe('settled: on-private-path');
    expect(decision.look).toEqual({ inMs: 5_000, pace: 'settled' });
    expect(told(story.look(failing))).toBe('waiting: dns-servfail');
    expect(told(story.look())).toBe('settled: on-private-path');
  });

  it('holds through two odd answers', () => {
    const story = settled();
    const decision = story.looks(2, { classes: ['private', 'mixed', 'private'] });
    expect(told(decision)).toBe('settled: on-private-path');
    expect(decision.look.inMs).toBe(5_000);
    expect(told(story.look())).toBe('settled: on-private-path');
    expect(told(story.looks(2, { classes: ['absent', 'private', 'private'] }))).toBe(
      'settled: on-private-path',
    );
  });

  it.each(['unknown', 'disconnected'] as const)(
    'holds while the path of that process is %s for five minutes',
    (path) => {
      const story = settled();
      const decision = story.looks(59, { agent: { path } });
      expect(told(decision)).toBe('settled: on-private-path');
      expect(decision.state.reason.message).toBe(
        `The agent was seen on the private path 295 s ago; now: seen ${path}`,
      );
      expect(decision.events).toEqual([]);
      expect(decision.look).toEqual({ inMs: 5_000, pace: 'settled' });
      expect(story.look({ agent: { path } }).look).toMatchObject({ inMs: 0, pace: 'close' });
      const code = path === 'unknown' ? 'path-unproven' : 'agent-disconnected';
      expect(told(story.looks(30, { agent: { path }, close: true }))).toBe(`blocked: ${code}`);
      expect(told(story.look())).toBe('settled: on-private-path');
    },
  );

  it('holds while the Engine is down for five minutes', () => {
    const story = settled();
    const engineProblem: Problem = {
      code: 'engine-refused',
      message: 'nothing listens',
      advice: 'Start it.',
    };
    expect(told(story.looks(59, { agent: { engineProblem } }))).toBe('settled: on-private-path');
    expect(told(story.look({ agent: { engineProblem }, close: true }))).toBe('blocked: engine-refused');
  });

  it('does not hold for another process, or none, while a name fails', () => {
    for (const agent of [{ id: 'container-2', path: 'unknown' }, { exists: false }] as const) {
      const story = settled();
      expect(told(story.look({ classes: ['private', 'failed', 'private'], agent }))).toBe(
        'waiting: dns-servfail',
      );
    }
  });

  it('is not said of an agent whose container is paused', () => {
    expect(told(settled().look({ agent: { paused: true }, close: true }))).toBe('blocked: agent-paused');
  });

  it('tells of a connection to a public address that is left', () => {
    const story = settled();
    const seen = { agent: { path: 'private', tcs: 'public', publicSeen: true } } as const;
    expect(told(story.look(seen))).toBe('settled: tcs-on-public-path');
    expect(story.state.reason.advice).toContain('within 35 minutes');
    expect(story.state.process?.noPublicSinceMonoMs).toBeUndefined();
    expect(story.looks(480, seen).state.reason.advice).toContain('should have been replaced');
    expect(told(story.look())).toBe('settled: on-private-path');
    const since = story.monoMs;
    expect(story.looks(9).state.process?.noPublicSinceMonoMs).toBe(since);
  });

  it('goes on telling of it while nothing of ACS is to be seen', () => {
    const story = settled();
    const left = { tcs: 'public', publicSeen: true } as const;
    story.look({ agent: { path: 'private', ...left } });
    const unseen = { path: 'unknown', tcs: 'unknown', publicSeen: undefined } as const;
    expect(told(story.look({ agent: unseen }))).toBe('settled: tcs-on-public-path');
    expect(told(story.look({ agent: { path: 'disconnected' } }))).toBe('settled: on-private-path');
    story.look({ agent: { path: 'private', ...left } });
    // One of the two websockets; the one of ACS, if it stays.
    expect(told(story.look({ agent: { path: 'public', ...left } }))).toBe('settled: on-private-path');
  });

  it('ends with the third look in a row at the public path; a restart takes three rounds more', () => {
    const story = settled();
    story.sketch = { agent: { path: 'public' } };
    expect(told(story.looks(2, { close: false }))).toBe('settled: on-private-path');
    const decision = story.look({ close: false });
    expect(told(decision)).toBe('settling: names-settling');
    expect(decision.look).toMatchObject({ inMs: 0, pace: 'close' });
    expect(story.look({}, 0).act).toBeUndefined();
    expect(story.look().act).toBeUndefined();
    expect(story.look().act?.verb).toBe('kill');
  });

  it('rounds of before it was settled do not count for a restart after it', () => {
    const story = new Story();
    story.looks(5, { agent: { path: 'none' } });
    story.look({ agent: { path: 'private' } });
    expect(story.looks(3, { close: false }).look.pace).toBe('close');
    expect(story.looks(2).act).toBeUndefined();
    expect(story.look().act?.verb).toBe('kill');
  });

  it('a new process is judged by itself', () => {
    const story = settled();
    const agent = { id: 'container-2', startedAt: 'second start' };
    expect(told(story.look({ agent: { ...agent, path: 'unknown' } }))).toBe('settling: names-settling');
    expect(told(story.look({ agent: { ...agent, path: 'private' } }))).toBe('settled: on-private-path');
    story.sketch = {};
    expect(story.untilAct({ agent: { id: 'container-3' } }, 5_000, 4).act).toMatchObject({
      containerId: 'container-3',
    });
  });

  it('an agent that is gone for a moment is left to its supervisor', () => {
    const story = settled();
    expect(told(story.look({ agent: { exists: false }, close: true }))).toBe('settling: agent-not-running');
    const back = { id: 'container-2', path: 'private' } as const;
    expect(told(story.look({ agent: back }))).toBe('settled: on-private-path');
    expect(story.state.journal.restartsTotal).toBe(0);
  });

  it('is told once', () => {
    const story = settled();
    expect(story.looks(3).events).toEqual([]);
    expect(story.look({ agent: { path: 'unknown' } }).events).toEqual([]);
    expect(story.look().events).toEqual([]);
  });
});
