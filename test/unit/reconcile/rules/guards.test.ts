import { expect, it } from 'vitest';
import { guardsOf } from '../../../../src/reconcile/rules/guards.ts';
import { limits, type ObservationSketch, observe } from '../observations.ts';

it.each<[string, ObservationSketch['lifecycle']]>([
  ['spot notice: terminate', { targetState: 'InService', spotAction: 'terminate' }],
  ['spot notice: stop', { targetState: 'Terminated', spotAction: 'stop' }],
  ['target state: Terminating:Wait', { targetState: 'Terminating:Wait', spotAction: undefined }],
])('an instance that is about to go is told with how that is known: %s', (how, lifecycle) => {
  const [guard] = guardsOf(observe({ ...(lifecycle && { lifecycle }) }), limits);
  expect(guard?.message).toContain(`(${how})`);
});

it('that restarts are switched off is a guard only where they are', () => {
  const codes = (restart: 'auto' | 'off') =>
    guardsOf(observe({}), { ...limits, restart }).map(({ code }) => code);
  expect(codes('off')).toContain('restart-off');
  expect(codes('auto')).not.toContain('restart-off');
});
