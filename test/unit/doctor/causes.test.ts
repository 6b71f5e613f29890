import { describe, expect, it } from 'vitest';
import { causeRules } from '../../../src/doctor/cause-rules.ts';
import { findCauses } from '../../../src/doctor/causes.ts';
import { checks } from '../../../src/doctor/checks.ts';
import { checkNames } from '../../../src/doctor/order.ts';
import { result } from './results.ts';

const namesOf = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

describe('the causes of what was found', () => {
  it('there is none when all is well', () => {
    const { causes, results } = findCauses(checkNames.map((name) => result(name)));
    expect(causes).toEqual([]);
    expect(results.every(({ becauseOf }) => becauseOf === undefined)).toBe(true);
  });

  it('a chain of consequences leads to its root', () => {
    const { causes, results } = findCauses([
      result('imds', 'imds-refused'),
      result('region-and-suffix', 'region-unknown'),
      result('dns-host-view', 'dns-names-unknown'),
      result('endpoints-complete', 'endpoints-not-known'),
    ]);
    expect(namesOf(causes)).toEqual(['imds']);
    expect(results.map(({ becauseOf }) => becauseOf)).toEqual([undefined, 'imds', 'imds', 'imds']);
  });

  it('the same fault at several endpoints is said of the first', () => {
    const { causes } = findCauses([
      result('endpoint-ecs-agent', 'endpoint-tcp-timeout'),
      result('endpoint-ecs-telemetry', 'endpoint-tcp-timeout'),
      result('endpoint-ecs', 'endpoint-tls-name'),
    ]);
    expect(namesOf(causes)).toEqual(['endpoint-ecs', 'endpoint-ecs-agent']);
  });

  it('a failure outranks a warning, and what is nearer to the root what follows', () => {
    const { causes } = findCauses([
      result('agent-path', 'agent-on-public-path'),
      result('vpc-cidrs', 'vpc-cidrs-unknown'),
      result('credential-nat-rules', 'nat-rules-missing'),
      result('clock', 'clock-wrong'),
    ]);
    expect(namesOf(causes)).toEqual(['vpc-cidrs', 'agent-path', 'credential-nat-rules', 'clock']);
  });

  it('a warning explains only what is said to follow from it', () => {
    const { causes } = findCauses([
      result('dns-host-view', 'nameserver-failing'),
      result('agent-path', 'agent-on-public-path'),
    ]);
    expect(namesOf(causes)).toEqual(['dns-host-view', 'agent-path']);
  });

  it('a daemon that is blocked follows from what blocks it', () => {
    const { causes } = findCauses([
      result('agent-settings', 'agent-behind-proxy'),
      result('daemon', 'daemon-blocked'),
      result('agent-path', 'agent-on-public-path'),
    ]);
    expect(namesOf(causes)).toEqual(['agent-settings']);
  });

  it('the EC2 API names what DNS alone cannot tell', () => {
    const { causes } = findCauses([
      result('ec2-endpoints', 'ec2-private-dns-off'),
      result('endpoints-complete', 'endpoints-missing'),
      result('endpoint-ecs', 'endpoint-public'),
    ]);
    expect(namesOf(causes)).toEqual(['ec2-endpoints']);
  });

  it('every code in the rules is one that its check finds', () => {
    const codesOf = (name: string) => [
      'late',
      ...Object.keys(checks.find((check) => check.name === name)?.findings ?? {}),
    ];
    for (const source of causeRules.flatMap(([effects, causes]) => [...effects, ...causes])) {
      const [name = '', code = 'late'] = source.split('/');
      expect(checkNames).toContain(name);
      expect(codesOf(name)).toContain(code);
    }
  });
});
