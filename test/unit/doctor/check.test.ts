import { describe, expect, it } from 'vitest';
import { check } from '../../../src/doctor/check.ts';
import type { DoctorHost } from '../../../src/doctor/doctor-host.ts';
import { fail, found, foundProblem, passed, skip, warn } from '../../../src/doctor/finding.ts';

const never = new AbortController().signal;
const host = {
  settings: { agentUnit: 'ecs.service', stateDir: '/var/lib/ecs-privatelinkd' },
  observation: () =>
    Promise.resolve({
      instance: { facts: { region: 'us-east-1', vpcId: 'vpc-1' } },
      agent: { container: { name: 'ecs-agent' } },
    }),
} as unknown as DoctorHost;

const findings = {
  'imds-hop-limit': fail('It is too low.', 'Raise it in {region}: {vpcId} {subnetId} {unit} {name} {more}.'),
  'imds-off': skip('It is off.', 'Nothing.'),
  'imds-slow': fail('It is slow.', { code: 'imds-slow', message: '', advice: 'Find what asks it.' }),
  'imds-old': warn('It is old.', 'Nothing.'),
};

type Came = Awaited<ReturnType<Parameters<typeof check<'imds', typeof findings>>[0]['run']>>;

function outcome(came: Came, needs: readonly 'observation'[] = ['observation']) {
  const made = check({ name: 'imds', title: 'IMDS', findings, needs, run: () => Promise.resolve(came) });
  return made.run(host, never);
}

describe('a check', () => {
  it('fills the advice with what is known, and leaves the rest as words to be replaced', async () => {
    expect(await outcome(found('imds-hop-limit', 'seen', { more: 'this' }))).toEqual({
      status: 'fail',
      code: 'imds-hop-limit',
      seen: 'seen',
      meaning: 'It is too low.',
      advice: 'Raise it in us-east-1: vpc-1 SUBNET_ID ecs.service ecs-agent this.',
    });
  });

  it('waits for no reading that it does not need', async () => {
    const { advice } = await outcome(found('imds-hop-limit', 'seen', { region: 'eu-west-1' }), []);
    expect(advice).toBe('Raise it in eu-west-1: VPC_ID SUBNET_ID ecs.service NAME MORE.');
  });

  it('leaves a problem its own words, and adds what the table knows of it', async () => {
    const problem = { code: 'imds-slow', message: 'seen', advice: 'Its own {advice}.' };
    const slow = { status: 'fail', code: 'imds-slow', seen: 'seen', meaning: 'It is slow.' };
    expect(await outcome(foundProblem(problem))).toEqual({ ...slow, advice: 'Its own {advice}.' });
    expect(await outcome(foundProblem({ ...problem, advice: undefined }))).toEqual({
      ...slow,
      advice: 'Find what asks it.',
    });
    expect(await outcome(foundProblem({ ...problem, code: 'imds-new' }))).toMatchObject({
      status: 'fail',
      meaning: undefined,
    });
  });

  it('tells the first of the worst of several', async () => {
    const [off, old, slow] = [found('imds-off', 'a'), found('imds-old', 'b'), found('imds-slow', 'c')];
    expect(await outcome([passed('d'), off, old, slow, { ...slow, seen: 'e' }])).toMatchObject({ seen: 'c' });
    expect(await outcome([passed('d'), off, old])).toMatchObject({ seen: 'b', status: 'warn' });
    expect(await outcome([passed('d'), passed('f')])).toEqual(passed('d'));
  });
});
