import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { expectBack, ownUnit, removeOwnAgent, startDetached, startUnderOwnUnit } from './stage/own-agent.ts';
import { type Scene, type Stage, startStage } from './stage/stage.ts';

// As dying-agents.test.ts, for an agent that ends a whole minute after the restart. In a file of its own, which waits
// beside the others; one for each way in which an agent is brought back.

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterEach(async () => {
  await removeOwnAgent(stage);
});

afterAll(async () => {
  await stage?.close();
});

it.each<[string, string | undefined, (scene: Scene) => Promise<void>]>([
  ['ecs-init', 'ecs.service', (scene) => stage.setScene(scene)],
  [
    'a unit that does not start it again',
    ownUnit,
    (scene) => startUnderOwnUnit(stage, 'ExecStop=/usr/bin/docker stop %i', scene),
  ],
  ['nobody', undefined, (scene) => startDetached(stage, '', scene)],
])('an agent that ends 60 s after the restart, run by %s: there is a next one', async (_, unit, start) => {
  const { service } = stage.instance.lab;
  await start({ settings: { 'verify-timeout': '5m' } });
  await stage.daemon.start();
  await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');
  service.setApiMode('error');
  await stage.createEndpoints();
  await stage.daemon.until('a new agent', ({ phase }) => phase === 'verifying');
  await delay(60_000);
  await stage.instance.exitAgent(1);
  service.setApiMode('answer');
  await expectBack(stage, { unit });
  expect(stage.newAgents()).toBe(2);
});
