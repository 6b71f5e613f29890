import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Status } from '../../src/report/status-schema.ts';
import { expectSettled, type Stage, startStage } from './stage/stage.ts';

// Port 443 of the endpoints is closed after the move (a security group, say), and the agent loses its connections: it
// may have nothing left, so `settled` ends with the hold, and the cause is named. In a file of its own: it waits.

/** `settled` is said of what was seen within 5 minutes. */
const noLongerSettledMs = 6 * 60_000;
/** A blocked daemon looks once a minute. */
const seesItOpenMs = 2 * 60_000;

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage?.close();
});

it('443 closed after settled: not settled for more than 6 minutes, the cause named; settled again once it is open', async () => {
  await stage.setScene();
  await stage.daemon.start();
  await stage.createEndpoints();
  await expectSettled(stage, { newAgents: 1 });
  const { lab } = stage.instance;
  const before = await stage.instance.observe();
  stage.markAgents();

  const closedAt = performance.now();
  const endpoints = lab.service.addresses('private');
  await Promise.all(endpoints.map((address) => address.setMode('blackhole')));
  for (const address of endpoints) address.dropConnections();
  await stage.daemon.until('no longer settled', ({ phase }) => phase !== 'settled', noLongerSettledMs);
  const told = await stage.daemon.until('the cause', ({ phase }) => phase === 'blocked', 30_000);
  expect(performance.now() - closedAt).toBeLessThan(noLongerSettledMs);
  expect(told).toMatchObject({
    reason: {
      code: 'endpoint-tcp-timeout',
      message: expect.stringContaining('does not answer on TCP 443'),
      advice: expect.stringContaining('security group'),
    },
    restartsTotal: 1,
  });
  expect(told.agent.path).not.toBe('private');
  expect((await stage.daemon.command('status')).code).toBe(1);

  await Promise.all(endpoints.map((address) => address.setMode('open')));
  await stage.daemon.until('settled again', ({ phase }) => phase === 'settled', seesItOpenMs);
  const status = await expectSettled(stage, { newAgents: 0 });
  expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { outcome: 'private' } });
  expect((await stage.instance.observe()).agent).toEqual(before.agent);
  expectSaidOnlyWhileHeld(stage.daemon.events());
});

/** It went from settled to blocked and back, and by no way round. */
function expectSaidOnlyWhileHeld(events: ReturnType<Stage['daemon']['events']>): void {
  const changes = events.filter(({ event }) => event === 'phase-changed' || event === 'phase-blocked');
  const phases = changes.map(({ phase }) => phase);
  const blocked = changes.filter(({ phase }) => phase === 'blocked').map((event) => event['reason']);
  expect(blocked.filter((reason) => !/^endpoint-tcp-/.test(String(reason)))).toEqual([]);
  const first = phases.indexOf('settled' satisfies Status['phase']);
  const after = phases.slice(first).filter((phase) => phase !== 'settling');
  // An address that is being opened refuses for a moment, which is another reason to be blocked.
  expect(after.filter((phase, index) => phase !== after[index - 1])).toEqual([
    'settled',
    'blocked',
    'settled',
  ]);
}
