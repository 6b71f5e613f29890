import { describe, expect, it } from 'vitest';
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

  it('holds through a DNS failure, however long, and looks soon again', () => {
    const story = settled();
    const decision = story.looks(200, { classes: ['failed', 'failed', 'failed'] });
    expect(told(decision)).toBe('settled: on-private-path');
    expect(decision.look).toEqual({ inMs: 5_000, pace: 'settled' });
    expect(story.look().look.inMs).toBe(60_000);
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

  it('holds while the path of that process cannot be determined, however long', () => {
    const story = settled();
    const decision = story.looks(1_000, { agent: { path: 'unknown' } });
    expect(told(decision)).toBe('settled: on-private-path');
    expect(decision.look).toEqual({ inMs: 5_000, pace: 'settled' });
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
