import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import { allPublic } from './observations.ts';
import { happened, Story, told } from './story.ts';

const noImds: Problem = { code: 'imds-timeout', message: 'IMDS does not answer', advice: 'Look at it.' };

function settled(): Story {
  const story = new Story();
  story.look({ agent: { path: 'private' } });
  story.sketch = { agent: { path: 'private' } };
  return story;
}

describe('endpoints that are withdrawn', () => {
  it('are told once, after three rounds, with their names; the agent is left alone', () => {
    const story = settled();
    const classes = ['public', 'private', 'absent'] as const;
    expect(happened(story.looks(2, { classes }))).toEqual([]);
    const decision = story.look({ classes });
    expect(happened(decision)).toEqual(['endpoints-withdrawn', 'phase-changed']);
    expect(decision.events[0]?.fields).toEqual({
      names: 'ecs-agent.us-east-1.amazonaws.com (public), ecs.us-east-1.amazonaws.com (absent)',
    });
    expect(told(decision)).toBe('waiting: endpoints-withdrawn');
    expect(decision.state.reason.advice).toMatch(/private DNS/);
    for (let count = 0; count < 100; count += 1) {
      const later = story.look({ classes, agent: { path: 'public' } });
      expect(later.act).toBeUndefined();
      expect(later.events).toEqual([]);
    }
  });

  it('in quick looks are not withdrawn sooner', () => {
    const story = settled();
    expect(told(story.looks(20, { classes: allPublic }, 100))).toBe('settled: on-private-path');
  });

  it('and are back begin a new transition with a new count', () => {
    const story = new Story();
    story.untilAct();
    story.did('yes');
    story.sketch = { agent: { id: 'container-2', path: 'private' } };
    story.look();
    expect(story.state.journal.transition?.attempts).toBe(1);
    story.looks(3, { classes: allPublic });
    expect(story.state.journal).not.toHaveProperty('transition');
    const decision = story.look();
    expect(told(decision)).toBe('settled: on-private-path');
    expect(decision.state.journal.transition).toEqual({
      privateSinceMonoMs: story.monoMs,
      privateSinceWallMs: story.wallMs,
      attempts: 0,
    });
    expect(story.state.endpoints.withdrawn).toBe(false);
    expect(story.state.journal.restartsTotal).toBe(1);
  });

  it('while names fail it is the failure that is told', () => {
    const story = settled();
    story.looks(3, { classes: allPublic });
    expect(told(story.look({ classes: ['failed', 'private', 'private'], agent: { path: 'unknown' } }))).toBe(
      'waiting: dns-servfail',
    );
    expect(told(story.look({ classes: allPublic }))).toBe('waiting: endpoints-withdrawn');
  });

  it('a failed look in between begins the count anew', () => {
    const story = settled();
    for (let count = 0; count < 30; count += 1) {
      story.looks(2, { classes: allPublic });
      expect(told(story.look({ classes: ['failed', 'failed', 'failed'] }))).toBe('settled: on-private-path');
    }
  });

  it("is never concluded while the VPC's ranges are not known", () => {
    const story = settled();
    for (let count = 0; count < 50; count += 1) {
      const decision = story.look({ classes: allPublic, instanceProblem: noImds, vpcCidrs: [] });
      expect(told(decision)).toBe('settled: on-private-path');
    }
    expect(story.state.journal.transition).toBeDefined();
    // Ranges that are merely out of date, or known to be none, count.
    story.looks(3, { classes: allPublic, instanceProblem: noImds });
    expect(story.told).toBe('waiting: endpoints-withdrawn');
    const byHand = settled();
    expect(told(byHand.looks(3, { classes: allPublic, vpcCidrs: [] }))).toBe('waiting: endpoints-withdrawn');
  });
});
