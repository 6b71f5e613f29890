import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import { allPublic } from './observations.ts';
import { newAgent, restarted, Story, told } from './story.ts';

const hourMs = 3_600_000;

/** The n-th agent, which the n-th restart replaces. */
function nth(made: number): { id: string; startedAt: string } {
  return { id: `container-${made}`, startedAt: `start ${made}` };
}

describe('a restart that did not help', () => {
  it('is not made again while what was seen stays the same, and is told with what the agent says', () => {
    const story = restarted();
    story.sketch = { agent: newAgent };
    for (let count = 0; count < 3_000; count += 1) expect(story.look().act).toBeUndefined();
    expect(story.told).toBe('blocked: restart-did-not-help');
    expect(story.state.reason.advice).toContain('restart --if-needed');
    const saying: Problem = {
      code: 'agent-distrusts',
      message: 'x509: unknown authority',
      advice: 'Trust it.',
    };
    story.look({ agent: { saying } });
    expect(story.state.reason).toEqual({
      ...saying,
      advice: 'Trust it. Then `ecs-privatelinkd restart --if-needed` tries once more.',
    });
  });

  it.each([
    ['another answer', { address: '10.0.1.11' }],
    ['another setting of the agent', { agent: { ...newAgent, settings: { noProxy: 'example.com' } } }],
    ['another version of the agent', { agent: { ...newAgent, version: '1.106.0' } }],
  ])('is followed by another with %s, after the cool-down', (_, sketch) => {
    const story = restarted();
    story.sketch = { agent: newAgent };
    story.looks(70);
    expect(story.told).toBe('blocked: restart-did-not-help');
    expect(told(story.look(sketch))).toBe('scheduled: cool-down');
    expect(story.untilAct(sketch).act?.verb).toBe('kill');
  });

  it('binds nothing where a name answered otherwise before its outcome was known', () => {
    const story = restarted();
    story.sketch = { agent: newAgent };
    story.looks(10);
    story.look({ classes: ['private', 'failed', 'private'] });
    story.looks(60);
    expect(story.told).toBe('scheduled: cool-down');
  });

  it.each(['disconnected', 'public'] as const)(
    'is not taken back by a websocket that does not last (%s)',
    (path) => {
      const story = restarted();
      story.looks(70, { agent: { ...newAgent, path } });
      expect(story.told).toBe('blocked: restart-did-not-help');
      const open = { path: 'unknown', publicSeen: path === 'public', connectedMonoMs: story.monoMs } as const;
      for (let count = 0; count < 20; count += 1) {
        expect(told(story.look({ agent: { ...newAgent, ...open } }))).toBe('blocked: restart-did-not-help');
        expect(told(story.look({ agent: { ...newAgent, path } }))).toBe('blocked: restart-did-not-help');
      }
      expect(told(story.look({ agent: { ...newAgent, path: 'private' } }))).toBe('settled: on-private-path');
    },
  );

  it('binds nothing once the same has led to the private path for an hour', () => {
    const story = restarted();
    story.looks(70, { agent: newAgent });
    expect(story.told).toBe('blocked: restart-did-not-help');
    // It asks for its hosts anew after 12 hours.
    story.looks(20, { agent: { ...newAgent, path: 'private' } }, 300_000);
    const { journal } = story.state;
    expect(journal.lastRestart).toMatchObject({ outcome: 'public' });
    expect(story.look({ agent: { ...newAgent, path: 'private' } }).state.journal).toBe(journal);
    expect(story.untilAct({ agent: nth(3) }, 5_000, 6).act?.verb).toBe('kill');
  });

  it('is followed by no cool-down once another one, or the agent brought back, has helped', () => {
    const byHand = restarted();
    byHand.looks(70, { agent: newAgent });
    byHand.ask({ id: 'r-1', ifNeeded: true });
    byHand.untilAct({ agent: newAgent });
    byHand.did('yes');
    byHand.look({ agent: nth(3) });

    const ended = restarted();
    ended.look({ agent: newAgent });
    ended.looks(2, { agent: { ...newAgent, running: false, exitCode: 1 } });
    ended.look({ agent: nth(3) });

    for (const story of [byHand, ended]) {
      expect(told(story.look({ agent: { ...nth(3), path: 'private' } }))).toBe('settled: on-private-path');
      expect(story.untilAct({ agent: nth(4) }, 5_000, 6).act?.verb).toBe('kill');
    }
  });

  it('is not told of an agent that may just be connecting', () => {
    const story = restarted();
    story.looks(70, { agent: { ...newAgent, path: 'disconnected' } });
    const next = { path: 'unknown', publicSeen: false, startedAt: 'later' } as const;
    expect(told(story.look({ agent: { ...newAgent, ...next } }))).toBe('settling: path-unknown');
  });
});

describe('the limits of restarts', () => {
  it('count no restart from before an hour of settled', () => {
    const story = new Story();
    for (let year = 1; year <= 5; year += 1) {
      expect(story.untilAct({ agent: nth(year) }).state.journal.transition?.attempts).toBe(1);
      story.did('yes');
      story.look({ agent: { ...nth(year + 1), path: 'private' } }, 700);
      story.looks(2, { agent: { ...nth(year + 1), path: 'private' } });
      expect(story.told).toBe('settled: on-private-path');
      story.looks(14, { agent: { ...nth(year + 1), path: 'private' } }, 300_000);
      // Days later somebody moves it back by hand.
      story.look({ agent: { ...nth(year + 1), path: 'private' } }, 24 * hourMs);
    }
  });

  it('count no restart from before an hour of settled, over reboots too', () => {
    const story = new Story();
    for (let boot = 1; boot <= 4; boot += 1) {
      expect(story.untilAct({ agent: nth(2 * boot) }).state.journal.transition?.attempts).toBe(1);
      story.did('yes');
      const after = { agent: { ...nth(2 * boot + 1), path: 'private' } } as const;
      story.looks(2, after, 700);
      story.looks(14, after, 300_000);
      story.looks(2, after, 24 * hourMs);
      story.reboot();
    }
  });

  it('allow six in 24 hours, however often the endpoints come and go', () => {
    const story = new Story();
    const begun = story.monoMs;
    let made = 0;
    for (let count = 0; story.monoMs - begun < 25 * hourMs; count += 1) {
      const gone = count % 60 < 4;
      const decision = story.look({
        agent: nth(made),
        address: `10.0.1.${made}`,
        ...(gone && { classes: allPublic }),
      });
      if (decision.act) {
        made += 1;
        story.did('yes');
      }
      if (story.monoMs - begun < 24 * hourMs) expect(made).toBeLessThanOrEqual(6);
    }
    expect(made).toBeGreaterThan(6);
  });

  it('tell when the next one is due', () => {
    const story = new Story();
    for (let made = 1; made <= 6; made += 1) {
      story.untilAct({ agent: nth(made), address: `10.0.1.${made}` });
      story.did('yes');
      story.looks(4, { agent: nth(made + 1), classes: allPublic }, 400_000);
    }
    const first = story.state.journal.recentRestarts?.[0] ?? 0;
    story.looks(6, { agent: nth(7), address: '10.0.1.9' });
    expect(story.told).toBe('scheduled: restart-budget-used');
    expect(story.state.scheduledMonoMs).toBe(first + 24 * hourMs);
    story.ask({ id: 'r-1', ifNeeded: true });
    expect(story.look({ agent: nth(7), address: '10.0.1.9' }).act?.verb).toBe('kill');
  });

  it('do not speak of the path where the calls had no effect', () => {
    const story = new Story();
    for (let made = 1; made <= 3; made += 1) {
      story.untilAct();
      story.did('yes');
      story.look({}, 6_000);
      expect(story.told).toBe('blocked: restart-no-effect');
    }
    story.looks(1_000);
    expect(story.told).toBe('blocked: restart-no-effect');
    expect(story.state.reason.message).toContain('the last one without effect');
  });
});
