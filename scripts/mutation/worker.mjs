// Tries mutants in a copy of the checkout, one after the other, in one Vitest that stays up: only the mutated module is
// compiled anew. The process that started it kills it when a mutant takes too long.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVitest } from 'vitest/node';

const [copy] = process.argv.slice(2);
/** What the last run found of each test file: whether it failed, and how long it takes. */
const known = new Map();

/** Neighbouring mutants mostly fail in the same file, and others soonest in the one that takes least. */
class LikeliestFirst {
  shard(files) {
    return files;
  }
  sort(files) {
    const costOf = ({ moduleId }) => known.get(moduleId) ?? 0;
    return files.toSorted((one, other) => costOf(one) - costOf(other));
  }
}

const vitest = await createVitest('test', {
  root: copy,
  config: join(copy, 'vitest.config.ts'),
  project: ['unit'],
  watch: true,
  maxWorkers: 1,
  bail: 1,
  reporters: [{}],
  sequence: { sequencer: LikeliestFirst },
});

async function fails(filters) {
  const specifications = await vitest.globTestSpecifications(filters);
  // What earlier runs found must not be taken for what this one finds.
  vitest.state.filesMap.clear();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false);
  const passed = testModules.filter((one) => one.state() === 'passed');
  const failed = testModules.filter((one) => one.state() === 'failed');
  for (const one of passed) known.set(one.moduleId, one.diagnostic().duration);
  for (const one of failed) known.set(one.moduleId, 0);
  if (unhandledErrors.length > 0 || failed.length > 0) return true;
  // One that the end of the last one cut short has shown nothing.
  return passed.length < specifications.length && (await fails(filters));
}

/** The first stage that notices it; undefined when none does. */
async function stageThatFails(stages) {
  for (const [index, filters] of stages.entries()) if (await fails(filters)) return index;
  return undefined;
}

process.on('message', async ({ mutant, stages }) => {
  const restore = mutant === undefined ? () => undefined : apply(mutant);
  const stage = await stageThatFails(stages);
  restore();
  process.send({ stage });
});
// Never outlives the process that started it.
process.on('disconnect', () => process.exit());
process.send({ ready: true });

/** Returns what undoes it. */
function apply({ file, start, end, replacement }) {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  function put(content) {
    writeFileSync(path, content);
    vitest.invalidateFile(path);
  }
  put(text.slice(0, start) + replacement + text.slice(end));
  return () => put(text);
}
