/**
 * How much is run, by scripts/test.sh: `long` with CI=true; `short` when it names no tier, to be done in a quarter of
 * an hour; else all files, and random tests for as long as the everyday loop bears.
 */
const size = process.env['ECS_PRIVATELINKD_TEST_SIZE'];

export const long = size === 'long';

/** How often a random test runs: a few times in the everyday loop, and for long under CI. */
export function runs(usual: number, underCi: number): number {
  return long ? underCi : usual;
}

/** They wait for minutes, or go through many cases of what others show once. */
export const longFiles = [
  'test/instance/crash-safety-host.test.ts',
  'test/instance/crash-safety-reboot.test.ts',
  'test/instance/dying-agents.test.ts',
  'test/instance/dying-late.test.ts',
  'test/instance/endpoint-closed.test.ts',
  'test/instance/outcome-table.test.ts',
  'test/instance/own-units.test.ts',
  'test/instance/restart-cost.test.ts',
  'test/instance/ways-back.test.ts',
  'test/integration/daemon/endpoint-policy.test.ts',
  'test/integration/doctor/agents.test.ts',
  'test/integration/doctor/faults.test.ts',
  'test/integration/faults/campaign.test.ts',
  'test/integration/fleet/aws-cli.test.ts',
  'test/integration/fleet/scale.test.ts',
  'test/integration/lab/go-resolver.test.ts',
  'test/integration/lab/next-resolver.test.ts',
  'test/integration/lab/rehearse.test.ts',
  'test/integration/path/doubt.test.ts',
  'test/package/repositories.test.ts',
  'test/package/reproducible.test.ts',
];

/** Without what takes longest. */
export const short = size === 'short';

/** What this run leaves out. */
export const leftOut = short ? longFiles : [];
