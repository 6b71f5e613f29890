import { describe, expect, it } from 'vitest';
import type { EndpointClass } from '../../../src/endpoints/endpoint-observation.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import { decide } from '../../../src/reconcile/decide.ts';
import { initialState } from '../../../src/reconcile/state.ts';
import { allPublic, limits, observe } from './observations.ts';
import { Story, told } from './story.ts';

describe('waiting', () => {
  it.each<[EndpointClass, string]>([
    ['public', 'names-not-private'],
    ['mixed', 'names-not-private'],
    ['absent', 'names-not-private'],
    ['failed', 'dns-servfail'],
  ])('waits for as long as one name of three is %s', (classified, code) => {
    for (const place of [0, 1, 2]) {
      const classes: EndpointClass[] = ['private', 'private', 'private'];
      classes[place] = classified;
      const story = new Story();
      for (let index = 0; index < 20; index += 1) {
        const decision = story.look({ classes, close: false });
        expect(told(decision)).toBe(`waiting: ${code}`);
        expect(decision.act).toBeUndefined();
        expect(decision.look).toEqual({ inMs: 5_000, pace: 'waiting' });
      }
    }
  });

  it('says which names are missing and what to create', () => {
    const { state } = new Story().look({ classes: ['private', 'absent', 'public'] });
    expect(state.reason.message).toBe(
      '1 of 3 names are private; not yet: ecs-telemetry (absent), ecs (public)',
    );
    expect(state.reason.advice).toMatch(/in the order ecs-agent, ecs-telemetry, ecs/);
  });

  it('waits when the names are not known yet, and says why where that is known', () => {
    const unknown = { ...observe(), endpoints: undefined };
    const now = { monoMs: 5_000, wallMs: 0 };
    const start = initialState(undefined, 'boot-1', 0);
    expect(told(decide(start, unknown, now, limits))).toBe('waiting: names-not-known');
    const problem: Problem = { code: 'imds-timeout', message: 'IMDS does not answer', advice: 'Look at it.' };
    const noImds = { ...unknown, instance: { ...unknown.instance, facts: undefined, problem } };
    expect(decide(start, noImds, now, limits).state.reason).toEqual(problem);
  });

  it('is told once, and again only when the reason changes', () => {
    const story = new Story();
    const codes = [
      story.look({ classes: allPublic }),
      story.look({ classes: allPublic }),
      story.look({ classes: ['failed', 'public', 'public'] }),
      story.look({ classes: ['failed', 'public', 'public'] }),
    ].map(({ events }) => events.map(({ fields }) => fields['reason']));
    expect(codes).toEqual([['names-not-private'], [], ['dns-servfail'], []]);
  });

  it('looks closely at once when the last name turns private', () => {
    const story = new Story();
    story.look({ classes: allPublic, close: false });
    const decision = story.look({ close: false });
    expect(told(decision)).toBe('settling: names-settling');
    expect(decision.look).toEqual({ inMs: 0, pace: 'close' });
  });
});
