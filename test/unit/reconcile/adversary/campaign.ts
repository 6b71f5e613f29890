import { beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../size.ts';
import { type Sequence, sequenceOf } from './incidents.ts';
import { play } from './play.ts';
import { type Promised, promises } from './promised.ts';

/** Sequences in all, over all files. */
const sequences = Number(process.env['ECS_PRIVATELINKD_SEQUENCES'] ?? runs(2_000, 8_000));
/** Plays one sequence only, of the number that a failure names. */
const only = process.env['ECS_PRIVATELINKD_SEQUENCE'];
const files = 4;
/** Runs that are spent on making a failing sequence shorter. */
const shrinkRuns = 150;
const stepsShown = 30;

interface Failure {
  readonly seed: number;
  readonly count: number;
}

/** The tests of one file of four: each plays its share, so that they run side by side. */
export function adversary(file: number): void {
  describe.skipIf(only !== undefined && Number(only) % files !== file)('a model of a host', () => {
    const failures = new Map<Promised, Failure>();

    beforeAll(async () => {
      for (const seed of only === undefined ? seedsOf(file) : [Number(only)]) {
        const { broken } = await play(sequenceOf(seed));
        for (const promised of broken.keys()) {
          const known = failures.get(promised) ?? { seed, count: 0 };
          failures.set(promised, { seed: known.seed, count: known.count + 1 });
        }
      }
    }, 3_600_000);

    it.each(promises)('%s', async (promised) => {
      const failure = failures.get(promised);
      if (failure !== undefined) expect.fail(await told(promised, failure));
    });
  });
}

function* seedsOf(file: number): Generator<number> {
  for (let seed = file; seed < sequences; seed += files) yield seed;
}

/** What broke it, by a sequence that is as short as was found, with its last steps. */
async function told(promised: Promised, { seed, count }: Failure): Promise<string> {
  const shortest = await shrink(sequenceOf(seed), promised);
  const lines: string[] = [];
  const { broken } = await play(shortest, (line, before) => {
    if (!before.has(promised)) lines.push(line);
  });
  return [
    `${promised}: ${broken.get(promised)}`,
    `in ${count} sequences; again with ECS_PRIVATELINKD_SEQUENCE=${seed}. The last steps of a shorter one, up to the breach:`,
    ...lines.slice(-stepsShown),
  ].join('\n');
}

/** Leaves incidents out while the promise is still broken. */
async function shrink(sequence: Sequence, promised: Promised): Promise<Sequence> {
  let best = sequence;
  let left = shrinkRuns;
  for (let size = Math.ceil(best.strikes.length / 2); size >= 1 && left > 0; size = Math.floor(size / 2)) {
    for (let from = 0; from < best.strikes.length && left > 0; left -= 1) {
      const shorter = { ...best, strikes: best.strikes.toSpliced(from, size) };
      if ((await play(shorter)).broken.has(promised)) best = shorter;
      else from += size;
    }
  }
  return best;
}
