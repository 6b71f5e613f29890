import { describe, expect, it } from 'vitest';
import { allPublic } from './observations.ts';
import { happened, newAgent, restarted, Story, told } from './story.ts';

describe('scheduled', () => {
  it("waits for this host's turn in the splay, counted from when all names were first private", () => {
    const story = new Story({ splayDelayMs: 120_000 });
    story.look({ classes: allPublic });
    story.look();
    const since = story.monoMs;
    const decision = story.looks(2);
    expect(told(decision)).toBe('scheduled: splay');
    expect(decision.state.scheduledMonoMs).toBe(since + 120_000);
    expect(decision.look).toEqual({ inMs: 5_000, pace: 'close' });
    const late = story.look({}, since + 119_000 - story.monoMs);
    expect(late.act).toBeUndefined();
    expect(late.look.inMs).toBe(1_000);
    expect(story.look({}, 1_000).act?.verb).toBe('kill');
  });

  it('a relapse goes back to waiting, and the splay counts anew', () => {
    const story = new Story({ splayDelayMs: 120_000 });
    story.looks(10);
    expect(told(story.looks(3, { classes: allPublic }))).toMatch(/^waiting/);
    expect(story.state.scheduledMonoMs).toBeUndefined();
    story.look();
    const since = story.monoMs;
    story.untilAct();
    expect(story.monoMs - since).toBe(120_000);
  });

  it('one odd answer does not begin the splay anew, but the names must settle again', () => {
    const story = new Story({ splayDelayMs: 120_000 });
    story.looks(22);
    story.look({ classes: allPublic });
    expect(told(story.looks(2))).toBe('settling: names-settling');
    expect(story.look().act?.verb).toBe('kill');
  });

  it('the splay is for the first attempt only', () => {
    const story = new Story({ splayDelayMs: 7_200_000 });
    story.ask({ id: 'r-1', ifNeeded: true });
    story.untilAct();
    story.did('yes');
    story.sketch = { agent: newAgent, address: '10.0.1.11' };
    const calledAt = story.monoMs;
    story.untilAct();
    expect(story.monoMs - calledAt).toBeLessThan(900_000);
  });

  it.each([
    [1, 300_000],
    [2, 900_000],
  ])('cools down after attempt %i', (attempt, coolDownMs) => {
    const story = restarted();
    for (let made = 1; made <= attempt; made += 1) {
      const agent = { id: `container-${made + 1}`, startedAt: `start ${made + 1}` };
      const address = `10.0.1.${100 + made}`;
      story.untilPhase('scheduled', { agent, address });
      expect(story.told).toBe('scheduled: cool-down');
      const since = story.monoMs;
      const act = story.untilAct({ agent, address });
      story.did('yes');
      expect(act.state.journal.transition?.attempts).toBe(made + 1);
      if (made < attempt) continue;
      // From the end of the verification; the settling rounds run within it.
      expect(story.monoMs - since).toBeGreaterThanOrEqual(coolDownMs - 30_000);
      expect(story.monoMs - since).toBeLessThanOrEqual(coolDownMs);
    }
  });

  it('after the third attempt it is over, until the endpoints have been withdrawn and are back', () => {
    const story = new Story();
    for (let made = 1; made <= 3; made += 1) {
      const address = `10.0.1.${100 + made}`;
      story.untilAct({ address, agent: { id: `container-${made}`, startedAt: `start ${made}` } });
      story.did('yes');
    }
    const agent = { id: 'container-4', startedAt: 'start 4' };
    for (let count = 0; count < 3_000; count += 1) {
      expect(story.look({ agent, address: `10.0.2.${count % 250}` }).act).toBeUndefined();
    }
    expect(story.told).toBe('blocked: attempts-used-up');
    expect(story.state.journal.transition?.attempts).toBe(3);
    expect(story.state.reason.advice).toMatch(/resolv\.conf/);
    story.looks(3, { classes: allPublic, agent });
    expect(
      story.untilAct({ agent, address: '10.0.1.110' }, 5_000, 4).state.journal.transition?.attempts,
    ).toBe(1);
  });

  it('an outcome that could not be seen is followed by the cool-down too', () => {
    const story = restarted();
    story.looks(26, { agent: { ...newAgent, path: 'unknown' } });
    expect(story.state.journal.lastRestart?.outcome).toBe('unproven');
    const decision = story.looks(4, { agent: newAgent, address: '10.0.1.11' });
    expect(told(decision)).toBe('scheduled: cool-down');
  });

  it('an agent that did not register before the deadline is followed by the cool-down too', () => {
    const story = restarted();
    story.looks(61, { agent: { ...newAgent, path: 'none' } });
    expect(story.state.journal.lastRestart?.outcome).toBe('not-registered');
    expect(told(story.looks(4, { agent: newAgent, address: '10.0.1.11' }))).toBe('scheduled: cool-down');
  });

  describe('for tasks that are starting', () => {
    it('waits until they have started', () => {
      const story = new Story();
      const decision = story.looks(3, { agent: { tasksStarting: 2 } });
      expect(told(decision)).toBe('scheduled: tasks-starting');
      expect(decision.state.reason.message).toBe(
        '2 task(s) are still starting; the restart waits for them, 600 s at most',
      );
      expect(told(story.looks(20, { agent: { tasksStarting: 1 } }))).toBe('scheduled: tasks-starting');
      expect(story.look({ agent: { tasksStarting: 0 } }).act?.verb).toBe('kill');
    });

    it('waits no longer than the limit, told as the time of the restart', () => {
      const story = new Story();
      const decision = story.looks(3, { agent: { tasksStarting: 2 } });
      const since = story.monoMs;
      expect(decision.state.scheduledMonoMs).toBe(since + 600_000);
      story.untilAct({ agent: { tasksStarting: 2 } });
      expect(story.monoMs - since).toBe(600_000);
    });

    it('does not wait where the limit is 0, and not for tasks that were not told', () => {
      expect(new Story({ taskWaitMs: 0 }).looks(3, { agent: { tasksStarting: 2 } }).act?.verb).toBe('kill');
    });

    it('a relapse does not begin the limit anew: one odd answer now and then would put the restart off for ever', () => {
      const story = new Story();
      story.looks(100, { agent: { tasksStarting: 2 } });
      const due = story.state.scheduledMonoMs;
      story.look({ reachable: false, agent: { tasksStarting: 2 } });
      expect(told(story.looks(3, { agent: { tasksStarting: 2 } }))).toBe('scheduled: tasks-starting');
      expect(story.state.scheduledMonoMs).toBe(due);
    });
  });

  it('looks when the time has come, not an interval later', () => {
    const story = new Story({ splayDelayMs: 32_000 });
    let decision = story.look();
    const since = story.monoMs;
    for (let count = 0; count < 50 && !decision.act; count += 1)
      decision = story.look({}, decision.look.inMs);
    expect(decision.act?.verb).toBe('kill');
    expect(story.monoMs - since).toBe(32_000);
    expect(happened(decision)).toEqual(['restart-issued', 'phase-changed']);
  });
});
