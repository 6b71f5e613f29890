import { describe, expect, it } from 'vitest';
import { usedEnvironment } from '../../../src/agent/agent-environment.ts';
import { apiSettings, parseAgentConfig, regionSetting } from '../../../src/agent/api-settings.ts';
import { untold } from '../endpoints/api-settings.ts';

const path = '/etc/ecs/ecs.config.json';

function of(env: Readonly<Record<string, string>>, fileText = '') {
  const environment = usedEnvironment(Object.entries(env).map(([name, value]) => `${name}=${value}`));
  const file = parseAgentConfig(path, fileText);
  return { ...apiSettings(environment, file), region: regionSetting(environment, file) };
}

describe('the API host that the agent was told', () => {
  it.each<[string, Record<string, string>, string, [text: string, source: string] | undefined]>([
    ['nothing', {}, '', undefined],
    ['AWS_REGION alone', { AWS_REGION: 'eu-west-1' }, '', undefined],
    [
      'the agent’s variable',
      { ECS_BACKEND_HOST: 'a.example' },
      '',
      ['a.example', 'ECS_BACKEND_HOST of the agent'],
    ],
    [
      'the SDK’s for the service, before the agent’s',
      { AWS_ENDPOINT_URL_ECS: 'https://b.example', ECS_BACKEND_HOST: 'a.example' },
      '',
      ['https://b.example', 'AWS_ENDPOINT_URL_ECS of the agent'],
    ],
    [
      'the agent’s, before the SDK’s for all',
      { AWS_ENDPOINT_URL: 'https://c.example', ECS_BACKEND_HOST: 'a.example' },
      '',
      ['a.example', 'ECS_BACKEND_HOST of the agent'],
    ],
    [
      'the SDK’s for all',
      { AWS_ENDPOINT_URL: 'https://c.example' },
      '',
      ['https://c.example', 'AWS_ENDPOINT_URL of the agent'],
    ],
    [
      'all of them, to be ignored',
      {
        AWS_ENDPOINT_URL: 'https://c.example',
        AWS_ENDPOINT_URL_ECS: 'https://b.example',
        ECS_BACKEND_HOST: 'a.example',
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'True',
      },
      '{"APIEndpoint":"d.example"}',
      undefined,
    ],
    ['the file', {}, '{"APIEndpoint":" d.example "}', ['d.example', `APIEndpoint in ${path}`]],
    [
      'the variable, before the file',
      { ECS_BACKEND_HOST: ' a.example ' },
      '{"APIEndpoint":"d.example"}',
      ['a.example', 'ECS_BACKEND_HOST of the agent'],
    ],
    [
      'quotes, which stay',
      { ECS_BACKEND_HOST: '"a.example"' },
      '',
      ['"a.example"', 'ECS_BACKEND_HOST of the agent'],
    ],
    [
      'credentials in the file, which do not',
      {},
      '{"APIEndpoint":"https://u:p@d.example"}',
      ['https://d.example', `APIEndpoint in ${path}`],
    ],
  ])('%s', (_, env, file, told) => {
    const { endpoint, refused } = of(env, file);
    expect(endpoint).toEqual(told && { text: told[0], source: told[1] });
    expect(refused).toBeUndefined();
  });

  it('takes the region of the file where the environment names none', () => {
    expect(of({}, '{"AWSRegion":"eu-west-1"}').region).toEqual({
      text: 'eu-west-1',
      source: `AWSRegion in ${path}`,
    });
    expect(of({ AWS_DEFAULT_REGION: 'us-west-2' }, '{"AWSRegion":"eu-west-1"}').region).toEqual({
      text: 'us-west-2',
      source: 'AWS_DEFAULT_REGION of the agent',
    });
    expect(of({ AWS_DEFAULT_REGION: '"us-west-2"' }).region?.text).toBe('"us-west-2"');
  });

  it.each([
    [{ AWS_USE_FIPS_ENDPOINT: 'TRUE' }, { useFips: true }],
    [{ AWS_USE_DUALSTACK_ENDPOINT: 'true' }, { useDualStack: true }],
    [{ AWS_USE_FIPS_ENDPOINT: 'false', AWS_USE_DUALSTACK_ENDPOINT: '' }, {}],
    [{ ECS_INSTANCE_IP_COMPATIBILITY: 'ipv6' }, { ipCompatibility: 'ipv6' }],
    [{ ECS_INSTANCE_IP_COMPATIBILITY: 'ipv4' }, { ipCompatibility: 'ipv4' }],
    [{ ECS_INSTANCE_IP_COMPATIBILITY: 'both' }, {}],
  ])('%j', (env, settings) => {
    expect(of(env)).toEqual({ ...untold, ...settings, region: undefined });
  });

  it.each<[Record<string, string>, string, RegExp]>([
    [{ AWS_USE_FIPS_ENDPOINT: 'yes' }, '', /AWS_USE_FIPS_ENDPOINT of the agent must be true or false/],
    [{ AWS_USE_DUALSTACK_ENDPOINT: '"true"' }, '', /AWS_USE_DUALSTACK_ENDPOINT of the agent must be/],
    [
      { AWS_USE_FIPS_ENDPOINT: 'true', ECS_BACKEND_HOST: 'a.example' },
      '',
      /refuses AWS_USE_FIPS_ENDPOINT beside ECS_BACKEND_HOST of the agent/,
    ],
    [
      { AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      '{"APIEndpoint":"a.example"}',
      /refuses AWS_USE_DUALSTACK_ENDPOINT beside APIEndpoint in/,
    ],
    [
      { ECS_INSTANCE_IP_COMPATIBILITY: 'ipv6', AWS_ENDPOINT_URL: 'https://a.example' },
      '',
      /refuses ECS_INSTANCE_IP_COMPATIBILITY=ipv6 beside AWS_ENDPOINT_URL of the agent/,
    ],
    [{}, '{"APIEndpoint":', /ecs\.config\.json is not JSON/],
    [{}, '[]', /ecs\.config\.json is not a JSON object/],
    [{}, '"ecs"', /ecs\.config\.json is not a JSON object/],
    [{}, '\u{FEFF}{}', /ecs\.config\.json is not JSON/],
    [{}, '{"Cluster": "default",}', /ecs\.config\.json is not JSON/],
    [{}, '{"APIEndpoint": 443}', /APIEndpoint in \S*ecs\.config\.json is not a text/],
    [{}, '{"awsRegion": ["eu-west-1"]}', /AWSRegion in \S*ecs\.config\.json is not a text/],
    [{}, '{"Cluster": {"Name": "default"}}', /Cluster in \S*ecs\.config\.json is not a text/],
    [{ ECS_BACKEND_HOST: 'a.example' }, '{"APIEndpoint": false}', /APIEndpoint in .* is not a text/],
  ])('%j %s is refused by the agent', (env, file, why) => {
    expect(of(env, file).refused).toMatch(why);
  });

  // encoding/json takes a name in any case, the last of several, and null for nothing said.
  it.each<[string, string | undefined, string | undefined]>([
    ['{"apiendpoint": "a.example", "AWSREGION": "eu-west-1"}', 'a.example', 'eu-west-1'],
    ['{"APIEndpoint": "a.example", "apiEndpoint": "b.example"}', 'b.example', undefined],
    ['{"apiEndpoint": "b.example", "APIEndpoint": "a.example"}', 'a.example', undefined],
    ['{"APIEndpoint": "a.example", "apiendpoint": null}', 'a.example', undefined],
    ['{"APIEndpoint": null, "AWSRegion": null, "Cluster": null}', undefined, undefined],
    ['{"Anything": 5, "constructor": 5, "__proto__": 5}', undefined, undefined],
    ['null', undefined, undefined],
  ])('%s', (file, endpoint, region) => {
    const settings = of({}, file);
    expect(settings.refused).toBeUndefined();
    expect(settings.endpoint?.text).toBe(endpoint);
    expect(settings.region?.text).toBe(region);
  });

  it('an endpoint that the agent itself was told goes with ECS_INSTANCE_IP_COMPATIBILITY', () => {
    expect(
      of({ ECS_INSTANCE_IP_COMPATIBILITY: 'ipv6', ECS_BACKEND_HOST: 'a.example' }).refused,
    ).toBeUndefined();
  });
});
