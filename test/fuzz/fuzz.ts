// Fuzzes what a host's daemon and commands parse. Usage, from the checkout:
//   node test/lab/run-typescript.mjs test/fuzz/fuzz.ts [INPUTS A TARGET] [SEED] [TARGET]
import { run } from './run.ts';
import { targets } from './targets.ts';

await run(targets);
