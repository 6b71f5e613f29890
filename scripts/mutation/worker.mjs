// Tries mutants in a copy of the checkout, one after the other, in one Vitest that stays up: only the mutated module is
// compiled anew. The process that started it kills it when a mutant takes too long.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVitest } from 'vitest/node';

const [copy] = process.argv.slice(2);
const vitest = await createVitest('test', {
  root: copy,
  config: join(copy, 'vitest.config.ts'),
  project: ['unit'],
  watch: true,
  maxWorkers: 1,
  bail: 1,
  reporters: [{}],
});

async function fails(filters) {
  const specifications = await vitest.globTestSpecifications(filters);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false);
  return unhandledErrors.length > 0 || testModules.some((one) => one.state() === 'failed');
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
