import { describe, expect, it } from 'vitest';
import { processOf } from '../../../src/agent/agent-container.ts';
import { answersOf, sinceMs } from '../../../src/reconcile/context.ts';
import { count } from '../../../src/reconcile/counts.ts';
import type { Intent, LastRestart, Verifying } from '../../../src/reconcile/journal.ts';
import { type AbsenceCount, newProcess, noRounds, type ProcessCount } from '../../../src/reconcile/state.ts';
import { type ContextSketch, contextOf, now } from './contexts.ts';
import { type AgentSketch, agent, allPublic, type ObservationSketch, observe } from './observations.ts';

const at = now.monoMs;
/** A moment that is just far enough from the last one to be another round. */
const lastRound = at - 4_000;

const intent: Intent = {
  verb: 'kill',
  supervised: true,
  unit: 'ecs.service',
  containerId: 'container-1',
  startedAt: 'first start',
  atMonoMs: at - 1,
  acted: true,
};
const verifying: Verifying = { containerId: 'container-1', startedAt: 'first start', sinceMonoMs: at - 1 };
const lastRestart: LastRestart = { atWallMs: 1, verb: 'kill', outcome: 'pending', evidence: 'abc' };

/** The process that `agent(sketch)` runs. */
function processId(sketch: AgentSketch = {}): string {
  const { container } = agent(sketch);
  return container === undefined ? '' : processOf(container);
}

function seen(changed: Partial<ProcessCount>, sketch: AgentSketch = {}): ProcessCount {
  return { ...newProcess(processId(sketch), answersOf(contextOf({}).observation)), ...changed };
}

function processAfter(before: ProcessCount | undefined, sketch: AgentSketch): ProcessCount | undefined {
  return count(contextOf({ state: { process: before }, sees: { agent: sketch } })).process;
}

describe('how long something has been so', () => {
  it.each([
    ['since 400 ms', at - 400, 400],
    ['since now', at, 0],
    ['not at all', undefined, 0],
    ['since a moment that is yet to come', at + 400, 0],
  ])('%s', (_, since, expected) => {
    expect(sinceMs(contextOf({}), since)).toBe(expected);
  });
});

describe('what is counted of the endpoints', () => {
  const rounds = { readyRounds: 4, notPrivateRounds: 6, lastRoundMonoMs: lastRound, withdrawn: true };
  const since = { monoMs: 7, wallMs: 8 };
  const counted = (sees: ObservationSketch, lastRoundMonoMs: number | undefined = lastRound) =>
    count(contextOf({ state: { endpoints: { ...rounds, privateSince: since, lastRoundMonoMs } }, sees }))
      .endpoints;

  it.each<[string, ObservationSketch, object]>([
    [
      'all ready: one more ready round, none that is not private',
      {},
      { readyRounds: 5, notPrivateRounds: 0, privateSince: since, lastRoundMonoMs: at },
    ],
    [
      'one name public: one more round that is not private, and none that is ready',
      { classes: ['private', 'public', 'private'] },
      { readyRounds: 0, notPrivateRounds: 7, privateSince: undefined, lastRoundMonoMs: at },
    ],
    [
      'private, and 443 not tried: nothing but that none was public',
      { close: false },
      { readyRounds: 4, notPrivateRounds: 0, privateSince: since, lastRoundMonoMs: lastRound },
    ],
    [
      'private, and 443 closed: the ready rounds begin anew',
      { reachable: false },
      { readyRounds: 0, notPrivateRounds: 0, privateSince: since, lastRoundMonoMs: lastRound },
    ],
    [
      'a name that fails is no round of either kind, and no run of them outlasts it',
      { classes: ['private', 'failed', 'private'] },
      { readyRounds: 0, notPrivateRounds: 0, privateSince: undefined, lastRoundMonoMs: lastRound },
    ],
    [
      'names that were not asked in this look: nothing',
      { ages: { answers: 1 }, classes: allPublic },
      { ...rounds, privateSince: since },
    ],
  ])('%s', (_, sees, expected) => {
    expect(counted(sees)).toStrictEqual({ withdrawn: true, ...expected });
  });

  it('looks closer together than 80 % of the interval are one round', () => {
    expect(counted({}, at - 3_999)).toMatchObject({ readyRounds: 4, lastRoundMonoMs: at - 3_999 });
    expect(counted({}, at - 4_000)).toMatchObject({ readyRounds: 5, lastRoundMonoMs: at });
    expect(counted({ classes: allPublic }, at - 3_999)).toMatchObject({
      notPrivateRounds: 6,
      lastRoundMonoMs: at - 3_999,
    });
  });

  it('the first look is a round, and since then they are private', () => {
    expect(count(contextOf({})).endpoints).toStrictEqual({
      ...noRounds,
      readyRounds: 1,
      privateSince: now,
      lastRoundMonoMs: at,
    });
  });
});

describe('the evidence of a restart', () => {
  const kept = (changed: ContextSketch) =>
    count(contextOf(changed)).journal.lastRestart?.evidence !== undefined;

  it('is doubted once a name is not private before its end is known', () => {
    for (const under of [{ intent }, { verifying }, { intent, verifying }]) {
      const sketch = { journal: { ...under, lastRestart }, sees: { classes: allPublic } };
      const { evidence: _, ...doubted } = lastRestart;
      const { journal } = count(contextOf(sketch));
      expect(journal).toStrictEqual({ ...contextOf(sketch).state.journal, lastRestart: doubted });
    }
  });

  it('is kept while all are private, and once the restart is over', () => {
    expect(kept({ journal: { intent, lastRestart } })).toBe(true);
    expect(kept({ journal: { verifying, lastRestart } })).toBe(true);
    expect(kept({ journal: { lastRestart }, sees: { classes: allPublic } })).toBe(true);
    expect(kept({ journal: { lastRestart } })).toBe(true);
  });

  it('that is not there is not doubted', () => {
    const { evidence: _, ...without } = lastRestart;
    for (const last of [{}, { lastRestart: without }]) {
      const sketch = { journal: { intent, ...last }, sees: { classes: allPublic } };
      expect(count(contextOf(sketch)).journal).toStrictEqual(contextOf(sketch).state.journal);
    }
  });
});

describe('what is counted of the agent’s process', () => {
  const before = seen({
    publicLooks: 2,
    lastPublicLookMonoMs: lastRound,
    unknownSinceMonoMs: 11,
    disconnectedSinceMonoMs: 12,
    privateMonoMs: 13,
    noPublicSinceMonoMs: 14,
    tcsPublicSinceMonoMs: 15,
    taskWaitSinceMonoMs: 16,
    dryRunTold: true,
  });
  const kept = { privateMonoMs: 13, taskWaitSinceMonoMs: 16, dryRunTold: true };
  const looks = { publicLooks: 2, lastPublicLookMonoMs: lastRound };

  it.each<[string, AgentSketch, Partial<ProcessCount>]>([
    [
      'private: nothing of before stands against it, and no wait for tasks outlasts it',
      { path: 'private', tcs: 'public', publicSeen: true },
      {
        lastPublicLookMonoMs: lastRound,
        privateMonoMs: at,
        tcsPublicSinceMonoMs: 15,
        dryRunTold: true,
      },
    ],
    [
      'private, its telemetry too',
      { path: 'private', publicSeen: false },
      { lastPublicLookMonoMs: lastRound, privateMonoMs: at, noPublicSinceMonoMs: 14, dryRunTold: true },
    ],
    [
      'public: one more look, and what was said of a path not seen is over',
      { path: 'public', tcs: 'public' },
      { ...kept, publicLooks: 3, lastPublicLookMonoMs: at, tcsPublicSinceMonoMs: 15 },
    ],
    ['cannot be read: since when', { path: 'unknown' }, { ...kept, ...looks, unknownSinceMonoMs: 11 }],
    [
      'read, and shows too little: it may be on its way, and is disconnected as long as it was',
      { path: 'unknown', publicSeen: false },
      { ...kept, ...looks, disconnectedSinceMonoMs: 12, noPublicSinceMonoMs: 14 },
    ],
    [
      'disconnected: since when',
      { path: 'disconnected', publicSeen: false },
      { ...kept, ...looks, disconnectedSinceMonoMs: 12, noPublicSinceMonoMs: 14 },
    ],
    ['not registered: neither', { path: 'none', publicSeen: true }, { ...kept, ...looks }],
  ])('seen %s', (_, sketch, expected) => {
    expect(processAfter(before, sketch)).toStrictEqual(seen(expected));
  });

  it.each<[string, AgentSketch, Partial<ProcessCount>]>([
    ['cannot be read', { path: 'unknown' }, { unknownSinceMonoMs: at }],
    ['shows too little', { path: 'unknown', publicSeen: true }, {}],
    ['is disconnected', { path: 'disconnected', publicSeen: true }, { disconnectedSinceMonoMs: at }],
    ['has no public connection', { path: 'none', publicSeen: false }, { noPublicSinceMonoMs: at }],
    [
      'is private, with public telemetry',
      { path: 'private', tcs: 'public', publicSeen: true },
      { privateMonoMs: at, tcsPublicSinceMonoMs: at },
    ],
    ['is public', { path: 'public' }, { publicLooks: 1, lastPublicLookMonoMs: at }],
  ])('one that %s for the first time is so since now', (_, sketch, expected) => {
    expect(processAfter(seen({}), sketch)).toStrictEqual(seen(expected));
    // Of another process nothing is kept; its first look counts, however soon it comes.
    const other = { ...sketch, startedAt: 'second start' };
    expect(processAfter({ ...before, lastPublicLookMonoMs: at - 1 }, other)).toStrictEqual(
      seen(expected, other),
    );
  });

  it('looks at the public path in quick succession are one', () => {
    const after = processAfter({ ...before, lastPublicLookMonoMs: at - 3_999 }, { path: 'public' });
    expect(after).toMatchObject({ publicLooks: 2, lastPublicLookMonoMs: at - 3_999 });
  });

  it('stays as it is where the Engine does not answer or was not asked; it ends with the process', () => {
    const down = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' } as const;
    expect(processAfter(before, { engineProblem: down })).toBe(before);
    const notAsked = contextOf({ state: { process: before }, sees: { ages: { agent: 1 } } });
    expect(count(notAsked).process).toBe(before);
    expect(processAfter(before, { exists: false })).toBeUndefined();
    expect(processAfter(before, { running: false })).toBeUndefined();
    expect(processAfter(undefined, { exists: false })).toBeUndefined();
  });
});

describe('what is counted while there is no registered agent', () => {
  const before: AbsenceCount = {
    sinceMonoMs: 21,
    downSinceMonoMs: 22,
    backSinceMonoMs: undefined,
    ends: 3,
    exitFive: false,
  };
  const absenceAfter = (absence: AbsenceCount | undefined, sketch: AgentSketch, process?: ProcessCount) =>
    count(contextOf({ state: { absence, process }, sees: { agent: sketch } })).absence;

  it('begins with the first look at none, down or not registered', () => {
    const begun = { sinceMonoMs: at, backSinceMonoMs: undefined, ends: 0, exitFive: false };
    expect(absenceAfter(undefined, { exists: false })).toStrictEqual({ ...begun, downSinceMonoMs: at });
    expect(absenceAfter(undefined, { running: false, exitCode: 1 })).toStrictEqual({
      ...begun,
      downSinceMonoMs: at,
    });
    expect(absenceAfter(undefined, { path: 'none' })).toStrictEqual({ ...begun, downSinceMonoMs: undefined });
    expect(absenceAfter(undefined, { path: 'public' })).toBeUndefined();
  });

  it('goes on since then, down since then, until one runs', () => {
    expect(absenceAfter(before, { exists: false })).toStrictEqual(before);
    expect(absenceAfter(before, { path: 'none' })).toStrictEqual({ ...before, downSinceMonoMs: undefined });
  });

  it('counts each process that ended, whether another runs by now or not', () => {
    expect(absenceAfter(before, { exists: false }, seen({}))?.ends).toBe(4);
    expect(absenceAfter(before, { path: 'none', startedAt: 'second start' }, seen({}))?.ends).toBe(4);
    expect(absenceAfter(before, { path: 'none' }, seen({}))?.ends).toBe(3);
    expect(absenceAfter(undefined, { exists: false }, seen({}))?.ends).toBe(1);
  });

  it('is over once an agent has been back for a minute; one that ends sooner was not really back', () => {
    const back = { ...before, downSinceMonoMs: undefined, exitFive: false };
    const five = { ...before, exitFive: true };
    expect(absenceAfter(five, { path: 'public' })).toStrictEqual({ ...back, backSinceMonoMs: at });
    const since = at - 59_999;
    expect(absenceAfter({ ...five, backSinceMonoMs: since }, {})).toStrictEqual({
      ...back,
      backSinceMonoMs: since,
    });
    expect(absenceAfter({ ...five, backSinceMonoMs: at - 60_000 }, {})).toBeUndefined();
    expect(absenceAfter({ ...before, backSinceMonoMs: at - 10 }, { exists: false })).toStrictEqual(before);
  });
});

describe('an agent that ended with exit code 5', () => {
  const five: AbsenceCount = {
    sinceMonoMs: 21,
    downSinceMonoMs: at - 1_000,
    backSinceMonoMs: undefined,
    ends: 1,
    exitFive: true,
  };
  const longDown = { ...five, downSinceMonoMs: at - 60_000 };
  const isFive = (
    absence: AbsenceCount | undefined,
    sketch: AgentSketch,
    state: ContextSketch['state'] = {},
  ) => count(contextOf({ state: { ...state, absence }, sees: { agent: sketch } })).absence?.exitFive;
  const told = {
    reason: { code: 'agent-exit-5', message: 'ended for good', advice: undefined },
  } as const;

  it('is one as long as its container says so', () => {
    expect(isFive(undefined, { running: false, exitCode: 5 })).toBe(true);
    expect(isFive(longDown, { running: false, exitCode: 5 })).toBe(true);
    expect(isFive(five, { running: false, exitCode: 1 })).toBe(false);
    expect(isFive(undefined, { running: false, exitCode: 0 })).toBe(false);
  });

  it('that was not seen to is none', () => {
    expect(isFive(undefined, { exists: false })).toBe(false);
    expect(isFive({ ...five, exitFive: false }, { exists: false })).toBe(false);
    expect(isFive({ ...five, exitFive: false }, { path: 'none' })).toBe(false);
  });

  it('and runs again is still told so until it registers', () => {
    expect(isFive(five, { path: 'none' })).toBe(true);
    expect(isFive({ ...five, downSinceMonoMs: undefined }, { path: 'none' }, { process: seen({}) })).toBe(
      true,
    );
    const ended = { process: seen({}, { startedAt: 'an earlier start' }) };
    expect(isFive({ ...five, downSinceMonoMs: undefined }, { path: 'none' }, ended)).toBe(true);
  });

  it('and whose container was removed is told so for a minute', () => {
    expect(isFive({ ...five, downSinceMonoMs: at - 59_999 }, { exists: false })).toBe(true);
    expect(isFive(longDown, { exists: false })).toBe(false);
  });

  it('and was started again and removed unseen ended so again only where that is what is told', () => {
    const ended = { process: seen({}) };
    expect(isFive(five, { exists: false }, { ...ended, ...told })).toBe(true);
    expect(isFive(longDown, { exists: false }, { ...ended, ...told })).toBe(true);
    expect(isFive(five, { exists: false }, ended)).toBe(false);
  });

  it('is followed by one that has not run yet: no other exit code is seen', () => {
    const observation = observe({ agent: { running: false } });
    const container = observation.agent.container && { ...observation.agent.container, exitCode: undefined };
    const neverRun = { ...observation, agent: { ...observation.agent, container } };
    const of = (absence: AbsenceCount) =>
      count({ ...contextOf({ state: { absence, process: seen({}) } }), observation: neverRun }).absence;
    expect(of(five)?.exitFive).toBe(true);
    expect(of(longDown)?.exitFive).toBe(false);
  });
});
