import { describe, expect, it } from 'vitest';
import { emptyJournal } from '../../../src/reconcile/journal.ts';
import {
  initialState,
  newProcess,
  noRounds,
  type State,
  withRequest,
  withRounds,
} from '../../../src/reconcile/state.ts';

const start: State = {
  journal: { version: 1, bootId: 'boot-1', savedMonoMs: 5_000, restartsTotal: 0 },
  phase: 'waiting',
  reason: { code: 'starting', message: 'The daemon has just started', advice: undefined },
  phaseSinceMonoMs: 5_000,
  endpoints: {
    readyRounds: 0,
    notPrivateRounds: 0,
    privateSince: undefined,
    lastRoundMonoMs: undefined,
    withdrawn: false,
  },
  process: undefined,
  absence: undefined,
  preflight: undefined,
  scheduledMonoMs: undefined,
  intentOwned: false,
  request: undefined,
  requestAnswer: undefined,
};

describe('the state', () => {
  it('begins with nothing seen and nothing counted', () => {
    expect(initialState(undefined, 'boot-1', 5_000)).toStrictEqual(start);
    expect(start.endpoints).toStrictEqual(noRounds);
  });

  it('begins with what is on disk, seen from this boot', () => {
    const journal = { ...emptyJournal('boot-1', 4_000), restartsTotal: 3 };
    expect(initialState(journal, 'boot-1', 5_000)).toStrictEqual({ ...start, journal });
    expect(initialState(journal, 'boot-2', 100).journal).toStrictEqual({
      ...journal,
      bootId: 'boot-2',
      savedMonoMs: 100,
    });
  });

  it('of a process that is new has nothing counted', () => {
    expect(newProcess('c/1', 'ecs.example,10.0.0.1')).toStrictEqual({
      id: 'c/1',
      answersAtFirst: 'ecs.example,10.0.0.1',
      publicLooks: 0,
      lastPublicLookMonoMs: undefined,
      unknownSinceMonoMs: undefined,
      disconnectedSinceMonoMs: undefined,
      privateMonoMs: undefined,
      noPublicSinceMonoMs: undefined,
      tcsPublicSinceMonoMs: undefined,
      taskWaitSinceMonoMs: undefined,
      dryRunTold: false,
    });
  });

  it('with other rounds is the same in all else', () => {
    expect(withRounds(start, { readyRounds: 2 })).toStrictEqual({
      ...start,
      endpoints: { ...noRounds, readyRounds: 2 },
    });
  });
});

describe('a request', () => {
  const first = { id: 'r-1', ifNeeded: false };

  it('is taken where none is handled, and again by its id', () => {
    const taken = { ...start, request: first };
    expect(withRequest(start, first)).toStrictEqual(taken);
    const again = { id: 'r-1', ifNeeded: true };
    expect(withRequest(taken, again)).toStrictEqual({ ...start, request: again });
  });

  it('that comes while another is handled is answered at once, and the first one goes on', () => {
    const handled: State = { ...start, request: first, phase: 'settling' };
    expect(withRequest(handled, { id: 'r-2', ifNeeded: true })).toStrictEqual({
      ...handled,
      requestAnswer: {
        id: 'r-2',
        phase: 'settling',
        reason: {
          code: 'another-request',
          message: expect.stringContaining('is being handled'),
          advice: expect.stringContaining('ecs-privatelinkd status'),
        },
      },
    });
  });
});
