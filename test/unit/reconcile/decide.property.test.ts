import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRestart } from '../../../src/daemon/turn.ts';
import type { EndpointClass } from '../../../src/endpoints/endpoint-observation.ts';
import { answersAreNew, isClose } from '../../../src/observe/observation.ts';
import type { Policy } from '../../../src/reconcile/policy.ts';
import { roundsIn, tooMany, transitionEnds, whileUnderWay } from '../../lab/faults/promises.ts';
import { runs } from '../../size.ts';
import { limits as unasked } from './observations.ts';
import { type Incident, type Looked, SimulatedHost } from './simulated-host.ts';

const limits: Policy = { ...unasked, preflight: 'auto' };

const sequences = runs(4_000, 8_000);

const endpointClass = fc.constantFrom<EndpointClass>('private', 'public', 'mixed', 'absent', 'failed');
const dns: fc.Arbitrary<Incident> = fc.record({
  kind: fc.constant('dns' as const),
  classes: fc.oneof(
    { weight: 4, arbitrary: fc.constant(['private', 'private', 'private'] as const) },
    { weight: 2, arbitrary: fc.tuple(endpointClass, endpointClass, endpointClass) },
  ),
});
const daemonKilled: fc.Arbitrary<Incident> = fc.record({
  kind: fc.constant('daemon-killed' as const),
  at: fc.constantFrom('before-act' as const, 'after-act' as const, 'between-looks' as const),
});
const wallClock: fc.Arbitrary<Incident> = fc.record({
  kind: fc.constant('wall-clock' as const),
  byMs: fc.integer({ min: -864e5, max: 864e5 }),
});
const engine: fc.Arbitrary<Incident> = fc.record({ kind: fc.constant('engine' as const), up: fc.boolean() });
const disk: fc.Arbitrary<Incident> = fc.record({
  kind: fc.constant('disk' as const),
  writable: fc.boolean(),
});
const wake = fc.constant<Incident>({ kind: 'wake' });
const ecsInitDies = fc.constant<Incident>({ kind: 'ecs-init-dies' });
const allPrivate: Incident = { kind: 'dns', classes: ['private', 'private', 'private'] };
const incident: fc.Arbitrary<Incident> = fc.oneof(
  { weight: 6, arbitrary: dns },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('security-group' as const), open: fc.boolean() }) },
  { weight: 2, arbitrary: engine },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('supervisor' as const),
      as: fc.constantFrom('ecs-init', 'restart-policy', 'none'),
    }),
  },
  { weight: 1, arbitrary: ecsInitDies },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('agent-ends' as const),
      exitCode: fc.constantFrom(1 as const, 1 as const, 5 as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Incident>({ kind: 'agent-starts' }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sockets' as const), readable: fc.boolean() }) },
  { weight: 2, arbitrary: wallClock },
  { weight: 3, arbitrary: daemonKilled },
  { weight: 1, arbitrary: fc.constant<Incident>({ kind: 'reboot' }) },
  { weight: 1, arbitrary: disk },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      outcome: fc.constantFrom(
        'yes' as const,
        'no' as const,
        'maybe-done' as const,
        'maybe-not-done' as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stubborn' as const), on: fc.boolean() }) },
  { weight: 2, arbitrary: wake },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 4e6 }) }),
  },
);

/** What happens, and for how many looks it is left so. */
const schedule = fc.array(fc.tuple(incident, fc.integer({ min: 0, max: 12 })), {
  minLength: 1,
  maxLength: 30,
});

const notPrivate = ({ observation }: Looked) =>
  answersAreNew(observation) &&
  (observation.endpoints?.endpoints ?? []).some((one) => ['public', 'mixed', 'absent'].includes(one.class));
const ready = ({ observation }: Looked) =>
  (observation.endpoints?.endpoints ?? []).every((one) => one.class === 'private' && one.reachable === true);

async function play(host: SimulatedHost, steps: readonly (readonly [Incident, number])[]): Promise<Looked[]> {
  const looks: Looked[] = [];
  for (const [what, count] of steps) {
    host.happen(what);
    for (let index = 0; index < count; index += 1) looks.push(await host.look());
  }
  return looks;
}

async function lookUntil(host: SimulatedHost, done: () => boolean, limit: number): Promise<Looked[]> {
  const looks: Looked[] = [];
  while (looks.length < limit && !done()) looks.push(await host.look());
  return looks;
}

/** At least ten looks: the first may find it settled still, from before what just happened. */
async function lookUntilSettled(host: SimulatedHost): Promise<Looked[]> {
  const looks = await lookUntil(host, () => false, 10);
  return [...looks, ...(await lookUntil(host, () => host.phase === 'settled', 1_490))];
}

/** So many restarts were made, and the last one is known not to have helped. */
function inVainAfter(looks: readonly Looked[], host: SimulatedHost, made: number): () => boolean {
  const before = host.journal.restartsTotal;
  const more = made - looks.filter(({ restarted }) => restarted).length;
  return () => host.journal.restartsTotal >= before + more && host.reasonCode === 'restart-did-not-help';
}

const decidedRestart = ({ decision, before }: Looked) =>
  decision !== undefined && isRestart(decision, before);

/** When restarts had been proven to have helped: they count no more then. */
function settledForAnHour(looks: readonly Looked[]): number[] {
  return looks
    .filter(
      ({ before, monoMs }) => before.phase === 'settled' && monoMs - before.phaseSinceMonoMs >= 3_600_000,
    )
    .map(({ realMs }) => realMs);
}

/** A host that was looked at: every promise of its daemon was kept. */
function expectInvariants(looks: readonly Looked[], { agentStarts }: SimulatedHost): void {
  const made = looks.filter(({ restarted }) => restarted).map(({ realMs }) => ({ at: realMs }));
  const ends = [
    ...settledForAnHour(looks),
    ...transitionEnds(
      looks
        .filter(({ observation }) => answersAreNew(observation))
        .map((look) => ({ at: look.realMs, notPrivate: notPrivate(look) })),
      limits,
    ),
  ];
  expect(tooMany(made, ends, limits)).toEqual([]);
  expect(whileUnderWay(made, agentStarts)).toEqual([]);
  expectRoundsAndNeed(looks);
  expectCoolDowns(looks, ends);
}

/** All names private and reachable for as many rounds as it takes; an agent that is there, and not on the private path. */
function expectRoundsAndNeed(looks: readonly Looked[]): void {
  let readyRun: number[] = [];
  let bootId = '';
  for (const look of looks) {
    const { observation, before, realMs } = look;
    // A daemon that was started anew counts anew.
    if (observation.bootId !== bootId) readyRun = [];
    bootId = observation.bootId;
    if (isClose(observation) && answersAreNew(observation))
      readyRun = ready(look) ? [...readyRun, realMs] : [];
    else if (notPrivate(look)) readyRun = [];
    if (!decidedRestart(look)) continue;
    expect(roundsIn(readyRun, limits)).toBeGreaterThanOrEqual(limits.settleRounds);
    expect(observation.agent.path.path).toMatch(/^(public|unknown)$/);
    expect(observation.agent.engineProblem).toBeUndefined();
    expect(observation.storageProblem).toBeUndefined();
    expect(before.journal.intent).toBeUndefined();
    expect(before.journal.verifying).toBeUndefined();
  }
}

/** Not before the cool-down, where the last restart of this transition did not lead to the private path. */
function expectCoolDowns(looks: readonly Looked[], ends: readonly number[]): void {
  let attempts = 0;
  let failedMonoMs: number | undefined;
  let bootId = '';
  for (const look of looks) {
    const { observation, decision, monoMs, realMs } = look;
    // Monotonic times of two boots cannot be compared.
    if (observation.bootId !== bootId) failedMonoMs = undefined;
    bootId = observation.bootId;
    if (ends.includes(realMs)) attempts = 0;
    const verified = decision?.events.some(({ code }) => code === 'restart-verified');
    if (verified || attempts === 0) failedMonoMs = undefined;
    if (decidedRestart(look) && failedMonoMs !== undefined) {
      expect(monoMs - failedMonoMs).toBeGreaterThanOrEqual(limits.coolDownsMs[attempts - 1] ?? 0);
    }
    if (!look.restarted) continue;
    attempts += 1;
    failedMonoMs = monoMs;
  }
}

// Seconds on an idle machine; many times that where every core is taken.
describe('decide, for any sequence of incidents', { timeout: 180_000 }, () => {
  it('never restarts without need, one at a time, three times at most', async () => {
    let restarts = 0;
    await fc.assert(
      fc.asyncProperty(schedule, async (steps) => {
        const host = new SimulatedHost(limits);
        const looks = await play(host, steps);
        restarts += looks.filter(decidedRestart).length;
        expectInvariants(looks, host);
      }),
      { numRuns: sequences },
    );
    // A property that never saw a restart would prove nothing.
    expect(restarts).toBeGreaterThan(sequences / 20);
  });

  it('comes to settled from every state once all is fixed, with the agent up and on the private path', async () => {
    await fc.assert(
      fc.asyncProperty(schedule, async (steps) => {
        const host = new SimulatedHost(limits);
        const looks = await play(host, steps);
        host.heal();
        looks.push(...(await lookUntilSettled(host)));
        if (['attempts-used-up', 'restart-no-effect'].includes(host.reasonCode)) {
          // Three for this transition, in vain or without effect: the next one begins the count anew.
          host.happen({ kind: 'dns', classes: ['public', 'public', 'public'] });
          looks.push(...(await lookUntil(host, () => false, 10)));
          host.happen({ kind: 'dns', classes: ['private', 'private', 'private'] });
          looks.push(...(await lookUntilSettled(host)));
        }
        expectInvariants(looks, host);
        expect({ phase: host.phase, reason: host.reasonCode, path: host.agentPath }).toMatchObject({
          phase: 'settled',
          path: 'private',
        });
      }),
      { numRuns: sequences / 4 },
    );
  });

  it('makes one attempt on a stubborn agent, three where what is seen changes, with the cool-downs between them', async () => {
    const harmless = fc.array(
      fc.tuple(fc.oneof(wake, wallClock, daemonKilled), fc.integer({ min: 1, max: 400 })),
      { maxLength: 6 },
    );
    const inVain: Incident = { kind: 'stubborn', on: true };
    await fc.assert(
      fc.asyncProperty(harmless, async (steps) => {
        const host = new SimulatedHost(limits);
        const looks = await play(host, [[inVain, 0], [allPrivate, 1], ...steps]);
        for (let made = 1; made <= limits.maxRestarts; made += 1) {
          looks.push(...(await lookUntil(host, inVainAfter(looks, host, made), 3_000)));
          for (let count = 0; count < 100; count += 1) looks.push(await host.look());
          expect(host.reasonCode).toBe('restart-did-not-help');
          expect(looks.filter(({ restarted }) => restarted)).toHaveLength(made);
          host.happen(inVain);
        }
        for (let count = 0; count < 300; count += 1) looks.push(await host.look());
        expectInvariants(looks, host);
        expect(host.reasonCode).toBe('attempts-used-up');
        expect(looks.filter(({ restarted }) => restarted)).toHaveLength(limits.maxRestarts);
      }),
      { numRuns: runs(60, 300) },
    );
  });

  it('counts every restart that was made, and none that was not', async () => {
    const told = fc.record({
      kind: fc.constant('call' as const),
      outcome: fc.constantFrom('yes' as const, 'no' as const, 'maybe-done' as const),
    });
    const stubborn = fc.record({ kind: fc.constant('stubborn' as const), on: fc.boolean() });
    const time = fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 4e6 }) });
    const steps = fc.array(
      fc.tuple(fc.oneof(dns, daemonKilled, daemonKilled, told, stubborn, wake, time), fc.nat(12)),
      { minLength: 1, maxLength: 30 },
    );
    let killed = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (those) => {
        const host = new SimulatedHost(limits);
        const looks = await play(host, [[allPrivate, 2], ...those]);
        host.heal();
        looks.push(...(await lookUntil(host, () => host.journal.intent === undefined, 100)));
        killed += looks.filter((look) => decidedRestart(look) && !look.restarted).length;
        expect(host.journal.restartsTotal).toBe(looks.filter(({ restarted }) => restarted).length);
      }),
      { numRuns: sequences / 4 },
    );
    expect(killed).toBeGreaterThan(sequences / 40);
  });

  it('brings back what it stopped, whoever else fails to, with the disk full or not', async () => {
    const during = fc.array(
      fc.tuple(
        fc.oneof(
          engine,
          disk,
          wake,
          wallClock,
          daemonKilled,
          fc.constant<Incident>({ kind: 'agent-ends', exitCode: 1 }),
        ),
        fc.nat(12),
      ),
      { maxLength: 6 },
    );
    const supervisor = fc.constantFrom('ecs-init' as const, 'restart-policy' as const, 'none' as const);
    let brought = 0;
    await fc.assert(
      fc.asyncProperty(supervisor, during, async (as, steps) => {
        const host = new SimulatedHost(limits);
        const looks = await play(host, [
          [{ kind: 'supervisor', as }, 0],
          [allPrivate, 2],
        ]);
        looks.push(
          ...(await lookUntil(
            host,
            () => looks.at(-1)?.restarted === true || host.phase === 'restarting',
            20,
          )),
        );
        // Whoever supervises the agent is gone, and so is the agent if it had come back already.
        looks.push(...(await play(host, [[{ kind: 'supervisor', as: as === 'ecs-init' ? as : 'none' }, 0]])));
        looks.push(
          ...(await play(host, [
            [{ kind: 'ecs-init-dies' }, 0],
            [{ kind: 'agent-ends', exitCode: 1 }, 0],
            ...steps,
          ])),
        );
        host.healAround();
        if (!host.journal.intent || host.agentPath) return;
        brought += 1;
        looks.push(...(await lookUntil(host, () => host.agentPath !== undefined, 200)));
        expect(host.agentPath).toBe('private');
      }),
      { numRuns: sequences / 4 },
    );
    expect(brought).toBeGreaterThan(sequences / 40);
  });
});
