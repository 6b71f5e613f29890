import { describe, expect, it } from 'vitest';
import { type TargetFlags, targetSpecs } from '../../../src/fleet/fleet-targets.ts';

const east = 'arn:aws:ecs:us-east-1:111122223333:cluster/prod';
const west = 'arn:aws:ecs:eu-west-1:111122223333:cluster/edge';

function targets(flags: Partial<TargetFlags>) {
  const specs = targetSpecs({ cluster: [], region: [], profile: [], ...flags });
  return 'problem' in specs
    ? specs.problem
    : specs.targets.map(({ profile, region, clusters }) => [profile, region, clusters.join(' ')].join('/'));
}

describe('accounts and regions to ask', () => {
  it.each([
    [{}, ['//']],
    [{ cluster: ['prod'] }, ['//prod']],
    [{ region: ['us-east-1', 'eu-west-1', 'us-east-1'] }, ['/us-east-1/', '/eu-west-1/']],
    [{ profile: ['a', 'b'], region: ['us-east-1'] }, ['a/us-east-1/', 'b/us-east-1/']],
    [{ cluster: [east, west] }, [`/us-east-1/${east}`, `/eu-west-1/${west}`]],
    [{ cluster: ['prod', west] }, ['//prod', `/eu-west-1/${west}`]],
    [
      { cluster: ['web', east], region: ['us-east-1', 'eu-west-1'] },
      [`/us-east-1/web ${east}`, '/eu-west-1/web'],
    ],
    [{ cluster: [east], region: ['us-east-1', 'eu-west-1'] }, [`/us-east-1/${east}`]],
  ])('%j: %j', (flags, expected) => {
    expect(targets(flags)).toEqual(expected);
  });

  it('an ARN of a region that is not asked is a problem', () => {
    expect(targets({ cluster: [west], region: ['us-east-1'] })).toEqual([
      `The cluster ${west} is in eu-west-1, and only us-east-1 is asked (--region).`,
      'Leave --region out: an ARN names its region.',
    ]);
  });
});
