import { expect, it } from 'vitest';
import { tasksStarting } from '../../../../src/reconcile/rules/tasks-starting.ts';
import { newProcess } from '../../../../src/reconcile/state.ts';
import { contextOf, foundOf } from '../contexts.ts';

it('tasks of which the agent does not tell are not waited for', () => {
  const context = contextOf({ state: { process: newProcess('container-1') } });
  const { observation } = context;
  const registration = { ...observation.agent.registration, tasksStarting: undefined };
  const untold = { ...observation, agent: { ...observation.agent, registration } };
  expect(foundOf(tasksStarting({ ...context, observation: untold }))).toBe('passed: no task is starting');
});
