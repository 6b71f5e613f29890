import { describe, expect, it } from 'vitest';
import { type EndpointNamesInput, endpointNames } from '../../../src/endpoints/endpoint-names.ts';

const usual = {
  region: 'us-east-1',
  suffix: 'amazonaws.com',
  partition: 'aws',
  ipv6Only: false,
  agentVersion: '1.105.1',
  useFips: false,
  backendHost: undefined,
  overrides: {},
} satisfies EndpointNamesInput;

function hostOf(service: string, input: Partial<EndpointNamesInput>): string | undefined {
  return endpointNames({ ...usual, ...input }).find((name) => name.service === service)?.host;
}

describe('names of the endpoints', () => {
  it("come in AWS's order of creation", () => {
    expect(endpointNames(usual)).toEqual([
      {
        service: 'ecs-agent',
        host: 'ecs-a.us-east-1.amazonaws.com',
        serviceName: 'com.amazonaws.us-east-1.ecs-agent',
      },
      {
        service: 'ecs-telemetry',
        host: 'ecs-t.us-east-1.amazonaws.com',
        serviceName: 'com.amazonaws.us-east-1.ecs-telemetry',
      },
      { service: 'ecs', host: 'ecs.us-east-1.amazonaws.com', serviceName: 'com.amazonaws.us-east-1.ecs' },
    ]);
  });

  it.each([
    ['aws-us-gov', 'us-gov-west-1', 'amazonaws.com', 'com.amazonaws'],
    ['aws-cn', 'cn-north-1', 'amazonaws.com.cn', 'cn.com.amazonaws'],
    ['aws-iso', 'us-iso-east-1', 'c2s.ic.gov', 'com.amazonaws'],
    ['aws-iso-b', 'us-isob-east-1', 'sc2s.sgov.gov', 'com.amazonaws'],
    ['aws-iso-e', 'eu-isoe-west-1', 'cloud.adc-e.uk', 'com.amazonaws'],
    ['aws-iso-f', 'us-isof-south-1', 'csp.hci.ic.gov', 'com.amazonaws'],
    ['aws-eusc', 'eusc-de-east-1', 'amazonaws.eu', 'com.amazonaws'],
  ])('of %s', (partition, region, suffix, prefix) => {
    const names = endpointNames({ ...usual, partition, region, suffix });
    expect(names.map(({ host }) => host)).toEqual([
      `ecs-a.${region}.${suffix}`,
      `ecs-t.${region}.${suffix}`,
      `ecs.${region}.${suffix}`,
    ]);
    expect(names[0]?.serviceName).toBe(`${prefix}.${region}.ecs-agent`);
  });

  it('FIPS changes the API host only', () => {
    expect(hostOf('ecs', { useFips: true })).toBe('ecs-fips.us-east-1.amazonaws.com');
    expect(hostOf('ecs-agent', { useFips: true })).toBe('ecs-a.us-east-1.amazonaws.com');
  });

  it.each([
    ['1.98.0', 'ecs.us-east-1.api.aws'],
    ['1.105.1', 'ecs.us-east-1.api.aws'],
    ['2.0', 'ecs.us-east-1.api.aws'],
    [undefined, 'ecs.us-east-1.api.aws'],
    ['1.97.9', 'ecs.us-east-1.amazonaws.com'],
  ])('IPv6 only, agent %s: %s', (agentVersion, host) => {
    expect(hostOf('ecs', { ipv6Only: true, agentVersion })).toBe(host);
    expect(hostOf('ecs-agent', { ipv6Only: true, agentVersion })).toBe('ecs-a.us-east-1.amazonaws.com');
  });

  it('IPv6 only elsewhere', () => {
    const china = { partition: 'aws-cn', region: 'cn-north-1', suffix: 'amazonaws.com.cn', ipv6Only: true };
    expect(hostOf('ecs', china)).toBe('ecs.cn-north-1.api.amazonwebservices.com.cn');
    expect(hostOf('ecs', { ipv6Only: true, useFips: true })).toBe('ecs-fips.us-east-1.api.aws');
    expect(hostOf('ecs', { ipv6Only: true, partition: 'unheard-of' })).toBe('ecs.us-east-1.amazonaws.com');
  });

  it.each([
    ['https://api.corp.example/', 'api.corp.example'],
    ['api.corp.example:8443', 'api.corp.example'],
    ['API.Corp.example.', 'api.corp.example'],
    ['https://user:pass@api.corp.example.:443/path?x#y', 'api.corp.example'],
    ['10.0.0.5:443', '10.0.0.5'],
    ['[fd00::5]:443', 'fd00::5'],
    ['fd00::5', 'fd00::5'],
    ['', 'ecs.us-east-1.amazonaws.com'],
    ['  ', 'ecs.us-east-1.amazonaws.com'],
  ])('ECS_BACKEND_HOST %j', (backendHost, host) => {
    expect(hostOf('ecs', { backendHost })).toBe(host);
    expect(hostOf('ecs-agent', { backendHost })).toBe('ecs-a.us-east-1.amazonaws.com');
  });

  it('what the operator sets wins', () => {
    const overrides = { ecs: 'ecs.corp.example.', 'ecs-agent': 'acs.corp.example' };
    expect(hostOf('ecs', { overrides, backendHost: 'https://other.example' })).toBe('ecs.corp.example');
    expect(hostOf('ecs-agent', { overrides })).toBe('acs.corp.example');
    expect(hostOf('ecs-telemetry', { overrides })).toBe('ecs-t.us-east-1.amazonaws.com');
  });
});
