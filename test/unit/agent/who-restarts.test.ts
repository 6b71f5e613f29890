import { expect, it } from 'vitest';
import { whoRestarts } from '../../../src/agent/who-restarts.ts';
import { type AgentSketch, agent } from '../reconcile/observations.ts';

const unit = {
  name: 'ecs-custom.service',
  loaded: true,
  activeState: 'active',
  subState: 'running',
  jobQueued: false,
  mainExitStatus: undefined,
};

it.each<[AgentSketch, string]>([
  [{ supervisor: 'ecs-init', unit }, 'ecs-init (ecs-custom.service) restarts it'],
  [{ supervisor: 'ecs-init', unit: undefined }, 'ecs-init restarts it'],
  [{ supervisor: 'restart-policy' }, 'its restart policy (on-failure) restarts it'],
  [{ supervisor: 'restart-policy', running: false }, 'its restart policy (on-failure) has not restarted it'],
  [{ supervisor: 'none' }, 'nothing restarts it: neither a unit nor a restart policy was seen'],
  [{ supervisor: 'unknown' }, 'what restarts it cannot be determined'],
])('of %j: %s', (sketch, clause) => {
  expect(whoRestarts(agent(sketch))).toBe(clause);
});
