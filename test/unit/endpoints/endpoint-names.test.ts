import { describe, expect, it } from 'vitest';
import { apiHost, type EndpointNamesInput, endpointNames } from '../../../src/endpoints/endpoint-names.ts';
import { toldHost, untold } from './api-settings.ts';

const usual = {
  region: 'us-east-1',
  suffix: 'amazonaws.com',
  partition: 'aws',
  ipv6Only: false,
  agentVersion: '1.105.1',
  api: undefined,
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
      {
        service: 'ecs',
        host: 'ecs.us-east-1.amazonaws.com',
        source: 'region us-east-1',
        serviceName: 'com.amazonaws.us-east-1.ecs',
      },
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
    expect(hostOf('ecs', { api: { ...untold, useFips: true } })).toBe('ecs-fips.us-east-1.amazonaws.com');
    expect(hostOf('ecs-agent', { api: { ...untold, useFips: true } })).toBe('ecs-a.us-east-1.amazonaws.com');
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
    expect(hostOf('ecs', { ipv6Only: true, api: { ...untold, useFips: true } })).toBe(
      'ecs-fips.us-east-1.api.aws',
    );
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
    expect(hostOf('ecs', { api: toldHost(backendHost) })).toBe(host);
    expect(hostOf('ecs-agent', { api: toldHost(backendHost) })).toBe('ecs-a.us-east-1.amazonaws.com');
  });

  it('what the operator sets wins', () => {
    const overrides = { ecs: 'ecs.corp.example.', 'ecs-agent': 'acs.corp.example' };
    expect(hostOf('ecs', { overrides, api: toldHost('https://other.example') })).toBe('ecs.corp.example');
    expect(hostOf('ecs-agent', { overrides })).toBe('acs.corp.example');
    expect(hostOf('ecs-telemetry', { overrides })).toBe('ecs-t.us-east-1.amazonaws.com');
  });

  it.each([
    ['ECS_BACKEND_HOST of the agent', { api: toldHost('ecs.us-east-1.amazonaws.com') }],
    ['AWS_USE_FIPS_ENDPOINT of the agent', { api: { ...untold, useFips: true } }],
    ['AWS_USE_DUALSTACK_ENDPOINT of the agent', { api: { ...untold, useDualStack: true } }],
    ['ECS_INSTANCE_IP_COMPATIBILITY of the agent', { api: { ...untold, ipCompatibility: 'ipv6' } }],
    ['an instance without IPv4', { ipv6Only: true }],
    ['region us-east-1', { ipv6Only: true, api: { ...untold, ipCompatibility: 'ipv4' } }],
    ['endpoint-names of ecs-privatelinkd', { overrides: { ecs: 'ecs.corp.example' } }],
  ] as const)('%s is told as what decides the API host', (source, input) => {
    expect(apiHost({ ...usual, ...input })).toMatchObject({ source, elsewhere: undefined });
  });

  it.each([
    'https://ecs.us-east-1.amazonaws.com',
    'ecs-fips.us-east-1.amazonaws.com:443',
    'https://ecs.us-east-1.api.aws/',
    'https://ecs-fips.us-east-1.api.aws',
    'https://vpce-0abc123-x1y2z3.ecs.us-east-1.vpce.amazonaws.com',
    'https://vpce-0abc123-x1y2z3-us-east-1a.ecs.us-east-1.vpce.amazonaws.com',
    'https://10.0.0.5',
    'https://[fd00::5]:443',
  ])('%s may be an endpoint’s', (text) => {
    expect(apiHost({ ...usual, api: toldHost(text) }).elsewhere).toBeUndefined();
  });

  it.each([
    [
      'https://ecs.corp.example',
      /names ecs\.corp\.example, which is no name of an ECS endpoint in us-east-1/,
    ],
    ['https://ecs.eu-west-1.amazonaws.com', /no name of an ECS endpoint/],
    ['https://vpce-0abc.ecs.us-east-1.vpce.amazonaws.com.evil.example', /no name of an ECS endpoint/],
    ['https://vpce-0abc.sqs.us-east-1.vpce.amazonaws.com', /no name of an ECS endpoint/],
    ['https://evil.example/ecs.us-east-1.amazonaws.com', /names evil\.example/],
    ['http://ecs.us-east-1.amazonaws.com', /scheme http,/],
    ['https://ecs.us-east-1.amazonaws.com:8443', /port 8443/],
    ['"https://ecs.us-east-1.amazonaws.com"', /in quotes/],
    ["'ecs.us-east-1.amazonaws.com'", /in quotes/],
  ])('%s cannot be watched', (text, why) => {
    const overrides = { ecs: 'ecs.us-east-1.amazonaws.com' };
    expect(apiHost({ ...usual, api: toldHost(text) }).elsewhere).toMatch(why);
    expect(apiHost({ ...usual, api: toldHost(text), overrides }).elsewhere).toBeUndefined();
  });

  it('neither can what the SDK refuses', () => {
    const refused = 'the AWS SDK refuses AWS_USE_FIPS_ENDPOINT beside AWS_ENDPOINT_URL of the agent';
    expect(apiHost({ ...usual, api: { ...untold, refused } }).elsewhere).toBe(refused);
    // Which host it is helps nobody then.
    const overrides = { ecs: 'ecs.corp.example' };
    expect(apiHost({ ...usual, api: { ...untold, refused }, overrides }).elsewhere).toBe(refused);
  });
});
