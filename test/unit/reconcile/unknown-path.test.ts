import { describe, expect, it } from 'vitest';
import { Story, told } from './story.ts';

/** The path cannot be determined; the story begins at 1,000,000 ms, the endpoints turn private 5 s later. */
function unknown(agent: { startedMonoMs?: number; lastWebsocketHost?: string }): Story {
  const story = new Story();
  story.sketch = { agent: { path: 'unknown', ...agent } };
  return story;
}

describe('an agent whose path cannot be determined', () => {
  it('is restarted once, after two minutes, if it started before the endpoints were private', () => {
    const story = unknown({ startedMonoMs: 900_000 });
    expect(told(story.look())).toBe('settling: names-settling');
    const since = story.monoMs;
    expect(told(story.looks(23))).toBe('settling: path-unknown');
    const decision = story.untilAct();
    expect(story.monoMs - since).toBe(120_000);
    expect(decision.act?.verb).toBe('kill');
    expect(decision.events[0]?.fields['cause']).toMatch(
      /^started before the endpoints were seen to be private/,
    );
    story.did('yes');

    story.sketch = { agent: { path: 'unknown', id: 'container-2', startedMonoMs: 900_000 } };
    for (let count = 0; count < 2_000; count += 1) expect(story.look().act).toBeUndefined();
    expect(story.told).toBe('blocked: path-unproven');
  });

  it.each([
    [
      'it started after they were',
      { startedMonoMs: 1_005_001 },
      'it started after the endpoints were private',
    ],
    [
      'it started just when they were',
      { startedMonoMs: 1_005_000 },
      'it started after the endpoints were private',
    ],
    [
      'its log names the host without a number',
      { startedMonoMs: 900_000, lastWebsocketHost: 'ecs-a.us-east-1.amazonaws.com' },
      'ecs-a.us-east-1.amazonaws.com, the host it was last told, is private by now',
    ],
  ])('is never restarted if %s', (_, agent, words) => {
    const story = unknown(agent);
    for (let count = 0; count < 500; count += 1) expect(story.look().act).toBeUndefined();
    expect(story.told).toBe('blocked: path-unproven');
    expect(story.state.reason.message).toContain(words);
  });

  it('is restarted if its log names a numbered host', () => {
    const story = unknown({ startedMonoMs: 900_000, lastWebsocketHost: 'ecs-a-1.us-east-1.amazonaws.com' });
    expect(story.untilAct().act?.verb).toBe('kill');
  });

  it('a look that tells begins the two minutes anew, and so does another process', () => {
    const story = unknown({ startedMonoMs: 900_000 });
    story.looks(20);
    story.look({ agent: { path: 'public' } });
    expect(told(story.looks(24))).toBe('settling: path-unknown');
    story.look({ agent: { startedAt: 'again' } });
    expect(told(story.looks(23, { agent: { startedAt: 'again' } }))).toBe('settling: path-unknown');
  });

  it('is scheduled as any other', () => {
    const story = unknown({ startedMonoMs: 900_000 });
    story.limits = { ...story.limits, splayDelayMs: 600_000 };
    expect(told(story.looks(30))).toBe('scheduled: splay');
    const tasks = unknown({ startedMonoMs: 900_000 });
    tasks.sketch = { agent: { ...tasks.sketch.agent, tasksStarting: 1 } };
    expect(told(tasks.looks(30))).toBe('scheduled: tasks-starting');
  });

  it('is not restarted by its start time after a reboot: whatever runs now started since', () => {
    const story = unknown({ startedMonoMs: 900_000 });
    story.looks(10);
    story.reboot();
    story.sketch = { agent: { path: 'unknown', id: 'container-2', startedMonoMs: 3_000 } };
    for (let count = 0; count < 200; count += 1) expect(story.look().act).toBeUndefined();
    expect(story.told).toBe('blocked: path-unproven');
  });
});
