import { describe, expect, it } from 'vitest';
import { followTransition } from '../../../../src/reconcile/rules/follow-transition.ts';
import { noRounds } from '../../../../src/reconcile/state.ts';
import { type ContextSketch, contextOf, foundOf, now } from '../contexts.ts';
import { allPublic, type ObservationSketch } from '../observations.ts';

const hourMs = 3_600_000;
const transition = { privateSinceMonoMs: 1, privateSinceWallMs: 2, attempts: 2, notBeforeMonoMs: 3 };
const privateSince = { monoMs: 7, wallMs: 8 };
const found = (sketch: ContextSketch) => foundOf(followTransition(contextOf(sketch)));

describe('a change from public to private', () => {
  const ready = { ...noRounds, readyRounds: 3, privateSince };

  it.each<[string, ContextSketch, string]>([
    ['after enough rounds', { state: { endpoints: ready } }, 'went-on: begun'],
    [
      'after fewer where the agent is there already',
      { state: { endpoints: { ...ready, readyRounds: 0 } }, sees: { agent: { path: 'private' } } },
      'went-on: begun',
    ],
    ['not after fewer', { state: { endpoints: { ...ready, readyRounds: 2 } } }, 'passed: none yet'],
    [
      'not while a name is public',
      { state: { endpoints: ready }, sees: { classes: allPublic } },
      'passed: none yet',
    ],
    [
      'not where it is not known since when',
      { state: { endpoints: { ...ready, privateSince: undefined } } },
      'passed: none yet',
    ],
  ])('begins %s', (_, sketch, expected) => {
    expect(found(sketch)).toBe(expected);
  });

  it('counts from when all were first private, and what was withdrawn is back', () => {
    const context = contextOf({ state: { endpoints: { ...ready, withdrawn: true } } });
    expect(followTransition(context)).toStrictEqual({
      result: 'went-on',
      found: 'begun',
      events: [],
      state: {
        ...context.state,
        endpoints: { ...ready, withdrawn: false },
        journal: {
          ...context.state.journal,
          transition: { privateSinceMonoMs: 7, privateSinceWallMs: 8, attempts: 0 },
        },
      },
    });
  });

  it('ends when names have not been private for enough rounds, told with them', () => {
    const gone = (notPrivateRounds: number, sees: ObservationSketch = { classes: allPublic }) =>
      contextOf({ journal: { transition }, state: { endpoints: { ...ready, notPrivateRounds } }, sees });
    expect(foundOf(followTransition(gone(2)))).toBe('passed: under way');
    const context = gone(3, { classes: ['private', 'public', 'absent'] });
    expect(followTransition(context)).toStrictEqual({
      result: 'went-on',
      found: 'withdrawn',
      state: {
        ...context.state,
        endpoints: { ...ready, notPrivateRounds: 3, withdrawn: true },
        journal: contextOf({}).state.journal,
      },
      events: [
        {
          code: 'endpoints-withdrawn',
          fields: {
            names: 'ecs-telemetry.us-east-1.amazonaws.com (public), ecs.us-east-1.amazonaws.com (absent)',
          },
        },
      ],
    });
  });

  it('ends though no name is known any more', () => {
    const context = contextOf({
      journal: { transition },
      state: { endpoints: { ...ready, notPrivateRounds: 3 } },
    });
    const blind = { ...context, observation: { ...context.observation, endpoints: undefined } };
    expect(followTransition(blind)).toMatchObject({ events: [{ fields: { names: '' } }] });
  });

  describe('forgets its restarts', () => {
    const settledFor = (
      forMs: number,
      changed: Partial<typeof transition> = {},
      phase = 'settled' as const,
    ) =>
      contextOf({
        journal: { transition: { ...transition, ...changed } },
        state: { phase, phaseSinceMonoMs: now.monoMs - forMs },
      });

    it('once the agent has been settled for an hour', () => {
      expect(foundOf(followTransition(settledFor(hourMs - 1)))).toBe('passed: under way');
      const context = settledFor(hourMs);
      const { notBeforeMonoMs: _, ...rest } = transition;
      expect(followTransition(context)).toStrictEqual({
        result: 'went-on',
        found: 'settled for an hour',
        state: {
          ...context.state,
          journal: { ...context.state.journal, transition: { ...rest, attempts: 0 } },
        },
        events: [],
      });
    });

    it('and nothing binds to what the last one was made on, which is remembered otherwise', () => {
      const lastRestart = { atWallMs: 1, verb: 'kill', outcome: 'public' } as const;
      const before = settledFor(hourMs, { attempts: 0 });
      const { journal } = before.state;
      const made = { ...journal, lastRestart: { ...lastRestart, evidence: 'seen then' } };
      const finding = followTransition({ ...before, state: { ...before.state, journal: made } });
      const { notBeforeMonoMs: _, ...rest } = transition;
      expect(finding).toMatchObject({ result: 'went-on' });
      expect('state' in finding && finding.state.journal).toStrictEqual({
        ...journal,
        transition: { ...rest, attempts: 0 },
        lastRestart,
      });
    });

    it('only where it was that', () => {
      const state = { phase: 'blocked' as const, phaseSinceMonoMs: now.monoMs - hourMs };
      expect(found({ journal: { transition }, state })).toBe('passed: under way');
    });

    it('only where there were any', () => {
      expect(foundOf(followTransition(settledFor(hourMs, { attempts: 0 })))).toBe('passed: under way');
      expect(foundOf(followTransition(settledFor(hourMs, { attempts: 1 })))).toBe(
        'went-on: settled for an hour',
      );
    });
  });
});
