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

/** Files that a short run leaves out: they wait for minutes, or go through many cases of what others show once. */
export const leftOut =
  size === 'short'
    ? [
        'test/instance/{crash-safety-host,crash-safety-reboot,dying-agents,dying-late,endpoint-closed,outcome-table,own-units,restart-cost}.test.ts',
        'test/integration/daemon/endpoint-policy.test.ts',
        'test/integration/doctor/agents.test.ts',
        'test/integration/faults/campaign.test.ts',
        'test/integration/fleet/{aws-cli,scale}.test.ts',
        'test/integration/lab/{go-resolver,next-resolver,rehearse}.test.ts',
        'test/integration/path/doubt.test.ts',
        'test/package/{repositories,reproducible}.test.ts',
      ]
    : [];
