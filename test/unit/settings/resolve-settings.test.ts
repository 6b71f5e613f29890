import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/settings/config-error.ts';
import { type LoadInputs, loadSettings } from '../../../src/settings/load-settings.ts';
import { resolveSettings, type SettingInputs } from '../../../src/settings/resolve-settings.ts';

const path = '/etc/ecs-privatelinkd/ecs-privatelinkd.config';

function resolve(inputs: Partial<SettingInputs>) {
  return resolveSettings({ flags: {}, env: {}, ...inputs });
}

function withFile(...lines: string[]): { file: { path: string; text: string } } {
  return { file: { path, text: lines.join('\n') } };
}

function failure(act: () => unknown): ConfigError {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('defaults', () => {
  it('are the documented ones', () => {
    const { settings, origins, warnings } = resolve({});
    expect(settings).toEqual({
      region: undefined,
      suffix: undefined,
      imdsEndpoint: undefined,
      imdsEndpointMode: 'ipv4',
      imdsDisabled: false,
      imdsV1Fallback: false,
      imdsTimeoutMs: 1_000,
      endpointNames: undefined,
      privateCidrs: [],
      resolvConf: '/etc/resolv.conf',
      hostsFile: '/etc/hosts',
      caFile: undefined,
      dnsTimeoutMs: 2_000,
      connectTimeoutMs: 3_000,
      dockerHost: '/var/run/docker.sock',
      dockerTimeoutMs: 10_000,
      agentContainer: 'ecs-agent',
      agentIntrospection: 'http://127.0.0.1:51678',
      agentLog: '/var/log/ecs/ecs-agent.log',
      agentUnit: 'ecs.service',
      procDir: '/proc',
      waitingIntervalMs: 5_000,
      settledIntervalMs: 60_000,
      settleRounds: 3,
      pathRounds: 3,
      unknownPathAfterMs: 120_000,
      restart: 'auto',
      preflight: 'auto',
      dryRun: false,
      splayMs: 0,
      taskWaitMs: 600_000,
      recreateTimeoutMs: 60_000,
      verifyTimeoutMs: 300_000,
      coolDownsMs: [300_000, 900_000, 2_700_000],
      maxRestarts: 3,
      config: path,
      stateDir: '/var/lib/ecs-privatelinkd',
      runDir: '/run/ecs-privatelinkd',
      logLevel: 'info',
      logFormat: 'auto',
      ssmInventory: 'off',
    });
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']));
    expect(Object.keys(origins)).toEqual(Object.keys(settings));
    expect(warnings).toEqual([]);
  });

  it('have the types that the rows say', () => {
    const { settings } = resolve({});
    settings satisfies {
      readonly waitingIntervalMs: number;
      readonly coolDownsMs: readonly number[];
      readonly restart: 'auto' | 'systemd' | 'off';
      readonly region: string | undefined;
      readonly dryRun: boolean;
      readonly endpointNames: { readonly ecs?: string; readonly 'ecs-agent'?: string } | undefined;
    };
    // @ts-expect-error a row without a default may be unset
    settings.region satisfies string;
    // @ts-expect-error durations carry their unit
    settings.splay;
  });
});

describe('precedence', () => {
  const flags = { region: 'eu-west-1' };
  const env = { ECS_PRIVATELINKD_REGION: 'eu-west-2' };
  const { file } = withFile('# ours', '', 'ECS_PRIVATELINKD_REGION=eu-west-3');

  it('is flag, environment, file, default', () => {
    const seen = [{ flags, env, file }, { env, file }, { file }, {}].map((inputs) => {
      const { settings, origins } = resolve(inputs);
      return [settings.region, origins.region];
    });
    expect(seen).toEqual([
      ['eu-west-1', 'flag --region'],
      ['eu-west-2', 'environment ECS_PRIVATELINKD_REGION'],
      ['eu-west-3', `file ${path}:3`],
      [undefined, 'default'],
    ]);
  });

  it('puts standard variables below ours, those of the file included', () => {
    const standard = { DOCKER_HOST: 'unix:///standard', STATE_DIRECTORY: '/standard' };
    const ours = withFile('ECS_PRIVATELINKD_DOCKER_HOST=/file', 'ECS_PRIVATELINKD_STATE_DIR=/file');
    expect(resolve({ env: standard }).settings).toMatchObject({
      dockerHost: '/standard',
      stateDir: '/standard',
    });
    expect(resolve({ env: standard }).origins.dockerHost).toBe('environment DOCKER_HOST');
    expect(resolve({ env: { ...standard, ECS_PRIVATELINKD_DOCKER_HOST: '/own' } }).settings.dockerHost).toBe(
      '/own',
    );
    expect(resolve({ env: standard, ...ours }).settings).toMatchObject({
      dockerHost: '/file',
      stateDir: '/file',
    });
  });

  it.each([
    [
      'AWS_EC2_METADATA_SERVICE_ENDPOINT',
      'http://127.0.0.1:1338/',
      { imdsEndpoint: 'http://127.0.0.1:1338' },
    ],
    ['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE', 'IPv6', { imdsEndpointMode: 'ipv6' }],
    ['AWS_EC2_METADATA_DISABLED', 'true', { imdsDisabled: true }],
    ['SSL_CERT_FILE', '/ca.pem', { caFile: '/ca.pem' }],
    ['RUNTIME_DIRECTORY', '/run/x', { runDir: '/run/x' }],
  ])('reads %s', (name, value, expected) => {
    expect(resolve({ env: { [name]: value } }).settings).toMatchObject(expected);
  });

  it('takes an empty value for none, except where it has a meaning', () => {
    const { settings, origins } = resolve({
      env: { ECS_PRIVATELINKD_REGION: ' ', ECS_PRIVATELINKD_AGENT_LOG: '' },
      ...withFile('ECS_PRIVATELINKD_REGION=eu-west-3', 'ECS_PRIVATELINKD_LOG_LEVEL='),
    });
    expect(settings).toMatchObject({ region: 'eu-west-3', logLevel: 'info', agentLog: undefined });
    expect(origins.agentLog).toBe('environment ECS_PRIVATELINKD_AGENT_LOG');
    expect(origins.logLevel).toBe('default');
  });

  it('lets AWS_EC2_METADATA_V1_DISABLED forbid IMDSv1 whatever else says', () => {
    const flags = { 'imds-v1-fallback': 'true' };
    const name = 'AWS_EC2_METADATA_V1_DISABLED';
    expect(resolve({ flags }).settings.imdsV1Fallback).toBe(true);
    expect(resolve({ flags, env: { [name]: 'false' } }).settings.imdsV1Fallback).toBe(true);
    const forced = resolve({ flags, env: { [name]: 'TRUE' } });
    expect([forced.settings.imdsV1Fallback, forced.origins.imdsV1Fallback]).toEqual([
      false,
      `environment ${name}`,
    ]);
    const { problems } = failure(() => resolve({ env: { [name]: 'perhaps' } }));
    expect(problems).toMatchObject([{ value: 'perhaps', origin: `environment ${name}` }]);
  });
});

describe('the config file', () => {
  it('is read as ecs.config is', () => {
    const { settings, origins } = resolve(
      withFile(
        '\uFEFF# comment',
        '  ECS_PRIVATELINKD_SPLAY = 10m  \r',
        'export ECS_PRIVATELINKD_STATE_DIR="/a b" # quoted',
        'ECS_PRIVATELINKD_LOG_LEVEL=debug',
        'ECS_PRIVATELINKD_LOG_LEVEL=warn',
      ),
    );
    expect(settings).toMatchObject({ splayMs: 600_000, stateDir: '/a b', logLevel: 'warn' });
    expect(origins.logLevel).toBe(`file ${path}:5`);
  });

  it.each([
    ['/a=b', '/a=b'],
    ["'/a=b' # c=d", '/a=b'],
    ['/a # c=d', '/a'],
    ["`/it's=c`", "/it's=c"],
  ])('takes %s for one value', (written, stateDir) => {
    expect(resolve(withFile(`ECS_PRIVATELINKD_STATE_DIR=${written}`)).settings).toMatchObject({ stateDir });
  });

  it.each(['"', "'", '`'])('refuses a value with a quote %s that is not closed', (quote) => {
    const { problems } = failure(() => resolve(withFile(`ECS_PRIVATELINKD_LOG_LEVEL=${quote}debug`)));
    expect(problems).toMatchObject([{ code: 'config-line', origin: `file ${path}:1` }]);
  });

  it('names line and nearest key of what it does not know', () => {
    const { problems, exitCode } = failure(() =>
      resolve(
        withFile(
          'ECS_PRIVATELINKD_REGOIN=eu-west-1',
          'REGION=eu-west-1',
          'DOCKER_HOST=/x',
          'ECS_CLUSTER=default',
          'ECS_PRIVATELINKD_CONFIG=/x',
          'restart the agent',
          'ECS_PRIVATELINKD_STATE_DIR="/x',
        ),
      ),
    );
    expect(exitCode).toBe(78);
    expect(problems.map(({ code, origin, nearest }) => [code, origin.split(':')[1], nearest])).toEqual([
      ['config-key-unknown', '1', 'ECS_PRIVATELINKD_REGION'],
      ['config-key-prefix', '2', 'ECS_PRIVATELINKD_REGION'],
      ['config-key-prefix', '3', 'ECS_PRIVATELINKD_DOCKER_HOST'],
      ['config-key-prefix', '4', undefined],
      ['config-key-not-in-file', '5', undefined],
      ['config-line', '6', undefined],
      ['config-line', '7', undefined],
    ]);
  });
});

describe('problems', () => {
  it('are all shown at once, with name, origin, value, what is accepted and the nearest', () => {
    const error = failure(() =>
      resolve({
        flags: { 'log-level': 'inof' },
        env: { ECS_PRIVATELINKD_SPLAY: '5', DOCKER_HOST: 'tcp://10.0.0.1:2375' },
        ...withFile('ECS_PRIVATELINKD_PRIVATE_CIDRS=10.0.0.0/33'),
      }),
    );
    expect(error.exitCode).toBe(78);
    expect(error.problems).toHaveLength(4);
    expect(error.problems).toContainEqual({
      code: 'config-value',
      message: 'log-level is "inof" (flag --log-level), which is not accepted.',
      advice: 'Accepted: trace, debug, info, warn, error or fatal. Did you mean info?',
      name: 'log-level',
      origin: 'flag --log-level',
      value: 'inof',
      accepted: 'trace, debug, info, warn, error or fatal',
      nearest: 'info',
    });
    expect(error.message).toContain(
      'docker-host is "tcp://10.0.0.1:2375" (environment DOCKER_HOST): the Engine',
    );
    expect(error.message).toContain('splay is "5" (environment ECS_PRIVATELINKD_SPLAY): 5 has no unit');
    expect(error.message).toContain(`private-cidrs is "10.0.0.0/33" (file ${path}:1): the prefix length`);
  });

  it('do not come from a value that another one overrides', () => {
    const { settings } = resolve({
      flags: { 'log-level': 'debug' },
      env: { ECS_PRIVATELINKD_LOG_LEVEL: 'nonsense' },
    });
    expect(settings.logLevel).toBe('debug');
  });

  it('are only warnings for unknown variables, ours or nearly ours', () => {
    const { warnings } = resolve({
      env: {
        ECS_PRIVATELINKD_SPALY: '5m',
        ECS_PRIVATELINK_REGION: 'eu-west-1',
        ECS_CLUSTER: 'x',
        PATH: '/bin',
      },
    });
    expect(warnings).toEqual([
      'Unknown setting ECS_PRIVATELINKD_SPALY (environment). Did you mean ECS_PRIVATELINKD_SPLAY?',
      'Unknown setting ECS_PRIVATELINK_REGION (environment). Did you mean ECS_PRIVATELINKD_REGION?',
    ]);
  });
});

describe('loading', () => {
  function load(inputs: Partial<LoadInputs>, files: Record<string, string | Error>) {
    const readText = (name: string) => {
      const content = files[name];
      if (content instanceof Error) throw content;
      return content;
    };
    return loadSettings({ flags: {}, env: {}, readText, ...inputs });
  }

  it('does without a file at the default path', () => {
    expect(load({}, {}).settings.config).toBe(path);
  });

  it('reads the file that is named', () => {
    const files = { '/own': 'ECS_PRIVATELINKD_SPLAY=1m', [path]: 'ECS_PRIVATELINKD_SPLAY=2m' };
    expect(load({ flags: { config: '/own' } }, files).origins.splayMs).toBe('file /own:1');
    expect(load({ env: { ECS_PRIVATELINKD_CONFIG: '/own' } }, files).settings.splayMs).toBe(60_000);
    expect(load({}, files).settings.splayMs).toBe(120_000);
  });

  it('asks for the file that is named, and still tells what else is wrong', () => {
    const error = failure(() => load({ flags: { config: '/none', splay: 'x' } }, {}));
    expect(error.exitCode).toBe(78);
    expect(error.problems.map(({ name }) => name)).toEqual(['config', 'splay']);
    expect(error.message).toContain('The config file /none (flag --config) does not exist.');
  });

  it('tells a missing permission from other faults', () => {
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const directory = Object.assign(new Error('EISDIR: is a directory'), { code: 'EISDIR' });
    expect(failure(() => load({}, { [path]: denied })).exitCode).toBe(77);
    expect(failure(() => load({}, { [path]: directory })).exitCode).toBe(78);
  });

  it('rejects a path that is none without reading anything', () => {
    const readText = () => {
      throw new Error('not to be read');
    };
    const { problems } = failure(() => load({ flags: { config: 'relative' }, readText }, {}));
    expect(problems).toMatchObject([{ name: 'config', value: 'relative' }]);
  });
});
