import { expect, it } from 'vitest';
import { guardsOf } from '../../../../src/reconcile/rules/guards.ts';
import { toldHost, untold } from '../../endpoints/api-settings.ts';
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

it('what a new agent would not start with is to be corrected before anything restarts the agent', () => {
  const refused = '/etc/ecs/ecs.config.json is not JSON';
  for (const api of [
    { ...untold, refused },
    { ...toldHost('ecs.us-east-1.amazonaws.com'), refused },
  ]) {
    const [guard] = guardsOf(observe({ agent: { settings: { api } } }), limits);
    expect(guard).toMatchObject({ code: 'agent-api-elsewhere' });
    expect(guard?.message).toContain(refused);
    expect(guard?.advice).toContain('before');
    expect(guard?.advice).not.toContain('systemctl restart');
  }
});
