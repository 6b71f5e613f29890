import { describe, expect, it } from 'vitest';
import { happened, restarted, Story, told } from './story.ts';

describe('a dry run', () => {
  it('tells the call it would make, once for each process, and writes no intent', () => {
    const story = new Story({ dryRun: true });
    story.looks(2);
    const decision = story.look();
    expect(told(decision)).toBe('blocked: dry-run');
    expect(decision.dryRun).toBe(true);
    expect(decision.act).toMatchObject({ verb: 'kill', containerId: 'container-1' });
    expect(happened(decision)).toEqual(['restart-dry-run', 'phase-changed']);
    for (let count = 0; count < 100; count += 1) {
      const again = story.look();
      expect(again.act).toBeUndefined();
      expect(again.events).toEqual([]);
    }

    const other = story.untilAct({ agent: { startedAt: 'second start' } });
    expect(other.dryRun).toBe(true);
    expect(story.looks(10, { agent: { startedAt: 'second start' } }).act).toBeUndefined();
    expect(story.state.journal).not.toHaveProperty('intent');
    expect(story.state.journal).not.toHaveProperty('lastRestart');
    expect(story.state.journal).toMatchObject({ restartsTotal: 0, transition: { attempts: 0 } });
  });

  it('goes through splay and guards as a real one', () => {
    const story = new Story({ dryRun: true, splayDelayMs: 60_000 });
    expect(told(story.looks(3))).toBe('scheduled: splay');
    expect(told(story.look({ reachable: false }))).toBe('blocked: endpoint-tcp-timeout');
    expect(story.untilAct().dryRun).toBe(true);
  });

  it('brings back an agent that a real run has stopped', () => {
    const story = restarted();
    story.limits = { ...story.limits, dryRun: true };
    story.daemonDies();
    const decision = story.untilAct({ agent: { exists: false } });
    expect(decision).toMatchObject({ dryRun: false, act: { verb: 'systemctl-start' } });
  });

  it('is settled as soon as the agent is on the private path', () => {
    const story = new Story({ dryRun: true });
    story.looks(5);
    expect(told(story.look({ agent: { path: 'private' } }))).toBe('settled: on-private-path');
  });
});
