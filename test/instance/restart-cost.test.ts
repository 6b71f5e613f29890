import { afterAll, beforeAll, expect, it } from 'vitest';
import { atThisPace } from '../lab/pace.ts';
import { expectSettled, type Stage, startStage } from './stage/stage.ts';

// What a restart costs: how long ECS does not see the agent, from the end of its last ACS connection to the next.

const restarts = Number(process.env['ECS_PRIVATELINKD_COST_RESTARTS'] ?? 7);
const limitMs = 1_500;

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage?.close();
});

it(`under ecs-init, the median of ${restarts} restarts is at most ${limitMs} ms without ACS`, async () => {
  const costs: number[] = [];
  for (let time = 0; time < restarts; time += 1) {
    await stage.setScene();
    const { record } = stage.instance.lab.service;
    const last = record.connections.findLast(({ kind }) => kind === 'acs');
    await stage.daemon.start();
    await stage.createEndpoints();
    await expectSettled(stage, { newAgents: 1 });
    const next = record.connections.find(
      ({ kind, openedAt }) => kind === 'acs' && openedAt > (last?.openedAt ?? 0),
    );
    expect(next?.scope).toBe('private');
    costs.push((next?.openedAt ?? Number.NaN) - (last?.closedAt ?? Number.NaN));
  }
  const sorted = costs.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  console.log(`without ACS: median ${median} ms, all ${sorted.join(' ')} ms`);
  expect(median).toBeLessThanOrEqual(atThisPace(limitMs));
});
