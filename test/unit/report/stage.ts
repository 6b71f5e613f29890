import * as v from 'valibot';
import { expect } from 'vitest';
import type { Observation } from '../../../src/observe/observation.ts';
import type { LookPlan } from '../../../src/reconcile/decision.ts';
import type { State } from '../../../src/reconcile/state.ts';
import { buildStatus } from '../../../src/report/status.ts';
import { type Status, statusSchema } from '../../../src/report/status-schema.ts';
import { limits, observe } from '../reconcile/observations.ts';
import type { Story } from '../reconcile/story.ts';

const look: LookPlan = { inMs: 5_000, pace: 'patient' };

/** The status that the daemon would write in a state, having seen that. */
export function statusOf(
  story: Story,
  observation: Observation = observe(story.sketch),
  state: State = story.state,
): Status {
  const status = buildStatus({
    state,
    observation,
    look,
    now: story,
    limits: { ...limits, ...story.limits },
    daemon: { pid: 77, version: '0.1.0', startedWallMs: 1_700_000_000_000, looks: 9 },
  });
  // Whatever is written must be what is accepted when it is read, with no field more.
  expect(v.parse(statusSchema, JSON.parse(JSON.stringify(status)))).toEqual(status);
  return status;
}
