// Fuzzes what AWS answers to `fleet` and `plan`. Usage, from the checkout:
//   node test/lab/run-typescript.mjs test/fuzz/fuzz-aws.ts [INPUTS A TARGET] [SEED] [TARGET]
import { awsTargets } from './aws-targets.ts';
import { run } from './run.ts';

await run(awsTargets);
