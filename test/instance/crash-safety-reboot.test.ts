import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { afterIntent, scheduled } from './stage/moments.ts';
import { expectSettled, type Stage, startStage } from './stage/stage.ts';

// The instance goes down at every step of a restart. After the boot the agent comes up by itself, on the private path,
// and the daemon ends settled without another restart.

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage?.close();
});

describe('the power is cut', () => {
  it.each([scheduled, ...afterIntent])('$name', async ({ reach }) => {
    await stage.setScene();
    const held = await reach(stage);
    await stage.instance.machine.crash();
    if (!held.onDisk) await held.release();
    stage.markAgents();
    await stage.instance.machine.start();
    if (held.onDisk) await held.release();
    await expectSettled(stage, { newAgents: 1 });
    expect(stage.daemon.status()?.restartsTotal).toBeLessThanOrEqual(1);
  });
});

describe('the instance is rebooted', () => {
  it.each([scheduled, ...afterIntent])('$name', async ({ reach }) => {
    await stage.setScene();
    const held = await reach(stage);
    const rebooting = stage.instance.machine.reboot();
    if (!held.onDisk) await held.release();
    await rebooting;
    if (held.onDisk) await held.release();
    const status = await expectSettledAfterReboot();
    expect(status.restartsTotal).toBeLessThanOrEqual(1);
  });
});

/** A shutdown may catch the new agent of the restart at its start: that one and the one of the boot, and no other. */
async function expectSettledAfterReboot() {
  await stage.daemon.until('settled', ({ phase }) => phase === 'settled', 60_000);
  const newAgents = stage.newAgents();
  expect(newAgents).toBeGreaterThanOrEqual(1);
  expect(newAgents).toBeLessThanOrEqual(2);
  return await expectSettled(stage, { newAgents });
}
