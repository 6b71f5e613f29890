import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';

/** Fixed, so that what fails here fails again. */
const campaign = ['--seed', '1', '--schedules', '16', '--jobs', '4'];
const runner = ['test/lab/run-typescript.mjs', 'test/lab/faults/campaign.ts'].map((path) => inCheckout(path));

describe.skipIf(process.env['ECS_PRIVATELINKD_LAB'] !== 'namespace')('random fault schedules', () => {
  it('break no promise', { timeout: 300_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...runner, ...campaign]);
    expect(stdout).toMatch(
      /^campaign: seed=1 schedules=16 kept=16 broken=0 unplayed=0 .* failed_seeds=none$/m,
    );
  });
});
