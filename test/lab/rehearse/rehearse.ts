import { messageOf } from '../../../src/kit/problem.ts';
import { exitCodes } from './exit-codes.ts';
import { rehearseInside } from './inside.ts';
import { parseOptions, type RehearsalOptions, usage } from './options.ts';
import { rehearseOutside } from './outside.ts';

// Started by scripts/rehearse.sh, and once more by itself in the rehearsal's network (--inside).
async function main(argv: readonly string[]): Promise<number> {
  const begunAt = Date.now();
  let options: RehearsalOptions;
  try {
    options = parseOptions(argv);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n${usage}`);
    return exitCodes.usage;
  }
  if (options.help) {
    process.stdout.write(usage);
    return exitCodes.done;
  }
  return options.inside === undefined
    ? await rehearseOutside(options, begunAt)
    : await rehearseInside(options, options.inside);
}

// Not by process.exitCode: what could not be cleaned up must not keep it from ending.
process.exit(await main(process.argv.slice(2)));
