import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../lab/faults/random.ts';
import { runs } from '../size.ts';
import { atAnyTime, type CrashPoint, type Killer, whileWriting } from './stage/killer.ts';
import { aboutToWriteIntent, afterIntent } from './stage/moments.ts';
import { expectSettled, type Stage, startStage } from './stage/stage.ts';

// SIGKILL of the daemon at every step of a restart. Whatever it left behind, the daemon that follows ends settled, with
// the agent up, and the agent has been restarted exactly once.

/** Cases of each kind, and the seed of the crash points: more of them by ECS_PRIVATELINKD_CRASH_CASES, …_SEED. */
const cases = Number(process.env['ECS_PRIVATELINKD_CRASH_CASES'] ?? runs(4, 5));
const seed = Number(process.env['ECS_PRIVATELINKD_CRASH_SEED'] ?? 1);
const killsPerCase = 3;

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

const phases = new Map<string, number>();

afterAll(async () => {
  await stage?.close();
  const counts = [...phases].map(([phase, count]) => `${phase} ${count}`);
  console.log(`crash points at random, by the phase told last (seed ${seed}): ${counts.join(', ')}`);
});

describe('the daemon is killed', () => {
  it.each([aboutToWriteIntent, ...afterIntent])(
    '$name; what held it passes, then it is started',
    async ({ reach }) => {
      await stage.setScene();
      const held = await reach(stage);
      await stage.daemon.kill();
      await held.release();
      await stage.daemon.start();
      const status = await expectSettled(stage, { newAgents: 1 });
      expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { verb: 'kill', outcome: 'private' } });
    },
  );

  it.each(afterIntent.slice(2))('$name; it is started, then what held it passes', async ({ reach }) => {
    await stage.setScene();
    const held = await reach(stage);
    await stage.daemon.kill();
    await stage.daemon.start();
    await stage.daemon.looks(2);
    await held.release();
    const status = await expectSettled(stage, { newAgents: 1 });
    expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { verb: 'kill', outcome: 'private' } });
  });

  it('before the new container, for good: ecs-init does its part without it', async () => {
    await stage.setScene();
    const [, , beforeContainer] = afterIntent;
    const held = await beforeContainer?.reach(stage);
    await stage.daemon.kill();
    await held?.release();
    await stage.instance.waitFor('the agent', ({ path }) => path === 'private');
    expect(stage.newAgents()).toBe(1);
  });
});

describe.each([
  { when: 'at any time', killer: atAnyTime },
  { when: 'while it writes its state', killer: whileWriting },
])(`the daemon is killed ${killsPerCase} times in one restart, $when`, ({ killer }) => {
  it.each(Array.from({ length: cases }, (_, index) => ({ of: seed * 1_000 + index })))(
    'seed $of',
    async ({ of }) => {
      await stage.setScene();
      await stage.daemon.start();
      await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');
      const points = await killAgainAndAgain(killer, seededRandom(of));
      try {
        await expectSettled(stage, { newAgents: 1 });
      } catch (error) {
        const where = points.map((point) => `${point.where} (${point.phase})`);
        throw new Error(`killed at: ${where.join('; ')}`, { cause: error });
      }
    },
  );
});

async function killAgainAndAgain(killer: Killer, random: Random): Promise<CrashPoint[]> {
  const points: CrashPoint[] = [];
  const first = killer(stage, random, true);
  await stage.createEndpoints();
  points.push(await first);
  while (points.length < killsPerCase) {
    await stage.daemon.start();
    points.push(await killer(stage, random, false));
  }
  await stage.daemon.start();
  for (const { phase } of points) phases.set(phase, (phases.get(phase) ?? 0) + 1);
  return points;
}
