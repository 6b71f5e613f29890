/** Whether random tests go on for long: set by scripts/test.sh with CI=true. */
export const long = process.env['ECS_PRIVATELINKD_TEST_LONG'] !== undefined;

/** How often a random test runs: a few times in the everyday loop, and for long under CI. */
export function runs(usual: number, underCi: number): number {
  return long ? underCi : usual;
}
