import { describe, expect, it } from 'vitest';
import { allPublic } from './observations.ts';
import { Story, told } from './story.ts';

describe('settling', () => {
  it('counts rounds, tells each, and restarts in the last', () => {
    const story = new Story();
    const first = story.look();
    expect(first.state.reason.message).toMatch(/round 1 of 3/);
    expect(first.look).toEqual({ inMs: 5_000, pace: 'close' });
    expect(story.look().state.reason.message).toMatch(/round 2 of 3/);
    expect(told(story.look())).toBe('restarting: restarting');
  });

  it('restarts at most one look after the third round is due: 15 s after the change', () => {
    const story = new Story();
    story.look({ classes: allPublic });
    const changedAt = story.monoMs;
    story.untilAct();
    expect(story.monoMs - changedAt).toBeLessThanOrEqual(16_000);
  });

  it('does not count looks in quick succession as rounds', () => {
    const story = new Story();
    for (let index = 0; index < 39; index += 1) expect(story.look({}, 100).act).toBeUndefined();
    expect(story.state.endpoints.readyRounds).toBe(1);
    // 80 % of the interval is a round: timers are not exact.
    story.look({}, 100);
    expect(story.state.endpoints.readyRounds).toBe(1);
    story.look({}, 100);
    expect(story.state.endpoints.readyRounds).toBe(2);
  });

  it('neither counts nor forgets rounds on a look that is not close', () => {
    const story = new Story();
    story.looks(2);
    story.looks(5, { close: false });
    expect(story.state.endpoints.readyRounds).toBe(2);
    expect(told(story.look())).toBe('restarting: restarting');
  });

  it('counts no look but a close one, though an earlier probe is remembered as good', () => {
    const story = new Story();
    for (let count = 0; count < 20; count += 1) story.look({ close: false, reachable: true });
    expect(story.state.endpoints.readyRounds).toBe(0);
    expect(story.looks(2).act).toBeUndefined();
    expect(story.look().act?.verb).toBe('kill');
  });

  it('does not count looks without fresh answers', () => {
    const story = new Story();
    story.looks(2);
    story.looks(5, { ages: { answers: 200 } });
    expect(story.state.endpoints.readyRounds).toBe(2);
  });

  it.each([
    ['a name that is public again', { classes: ['public', 'private', 'private'] as const }],
    ['a mixed answer', { classes: ['private', 'mixed', 'private'] as const }],
    ['a failed answer', { classes: ['private', 'private', 'failed'] as const }],
    ['a closed port', { reachable: false }],
    ['a public name on a look that is not close', { classes: allPublic, close: false }],
  ])('begins anew after %s', (_, relapse) => {
    const story = new Story();
    story.looks(2);
    story.look(relapse);
    expect(story.state.endpoints.readyRounds).toBe(0);
    expect([story.look().act, story.look().act]).toEqual([undefined, undefined]);
    expect(story.look().act?.verb).toBe('kill');
  });

  it('flapping answers never lead to a restart', () => {
    const story = new Story();
    for (let index = 0; index < 300; index += 1) {
      expect(
        story.look(index % 3 === 2 ? { classes: ['private', 'public', 'private'] } : {}).act,
      ).toBeUndefined();
    }
  });

  it('waits for as many looks at the public path as the rule asks for, of one process', () => {
    const story = new Story({ pathRounds: 5 });
    story.looks(4);
    expect(story.told).toBe('settling: path-settling');
    expect(story.state.reason.message).toMatch(/look 4 of 5/);
    story.look({ agent: { startedAt: 'again' } });
    expect(story.told).toBe('settling: path-settling');
    expect(story.state.process?.publicLooks).toBe(1);
    expect(story.looks(3, { agent: { startedAt: 'again' } }).act).toBeUndefined();
    expect(story.look({ agent: { startedAt: 'again' } }).act?.verb).toBe('kill');
  });

  it('counts looks at the path by time, not by number', () => {
    const story = new Story({ pathRounds: 3, settleRounds: 1 });
    for (let index = 0; index < 20; index += 1) expect(story.look({}, 10).act).toBeUndefined();
  });

  it('begins to count the path anew when it was seen on the private one', () => {
    const story = new Story();
    story.looks(2);
    story.look({ agent: { path: 'private' } });
    expect(story.state.process?.publicLooks).toBe(0);
    expect(story.looks(2).act).toBeUndefined();
    expect(story.look().act?.verb).toBe('kill');
  });

  it('looks that cannot tell the path take nothing back of those that can', () => {
    const story = new Story();
    for (let count = 0; count < 2; count += 1) {
      story.look();
      expect(story.look({ agent: { path: 'unknown' } }).act).toBeUndefined();
    }
    expect(story.look().act?.verb).toBe('kill');
  });
});
