import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { runs } from '../../size.ts';

const schedules = runs(16, 20);
/** Fixed, so that what fails here fails again. */
const campaign = ['--seed', '1', '--schedules', String(schedules), '--jobs', '4'];
const runner = ['test/lab/run-typescript.mjs', 'test/lab/faults/campaign.ts'].map((path) => inCheckout(path));

describe('random fault schedules', () => {
  it('break no promise', { timeout: 900_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...runner, ...campaign]);
    expect(stdout).toMatch(
      new RegExp(
        `^campaign: seed=1 schedules=${schedules} kept=${schedules} broken=0 unplayed=0 .* failed_seeds=none$`,
        'm',
      ),
    );
  });
});
