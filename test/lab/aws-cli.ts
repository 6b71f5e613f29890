import { spawnSync } from 'node:child_process';

/** Whether tests of the AWS CLI can run; under CI they must. Ubuntu 24.04 has no package of it. */
export const hasAwsCli =
  process.env['CI'] === 'true' || spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0;
