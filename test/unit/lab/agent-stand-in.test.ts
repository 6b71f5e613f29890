import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lastWebsocketHost } from '../../../src/agent/agent-log.ts';
import { apiHost } from '../../lab/stand-ins/agent/api-host.ts';
import { formatLine, logFormats } from '../../lab/stand-ins/agent/log.ts';
import { apiHostSettings, readSettings, registrationTimes } from '../../lab/stand-ins/agent/settings.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';

const nowhere = { ECS_AGENT_CONFIG_FILE_PATH: '/nonexistent' };

function hostOf(env: Record<string, string>): string {
  return apiHost(apiHostSettings({ ...nowhere, ...env }));
}

// Measured with the real agent, 1.105.1.
describe('the API host of the agent stand-in', () => {
  const temporaryDirectory = temporaryDirectories();

  it.each<[Record<string, string>, string]>([
    [{}, 'ecs.us-east-1.amazonaws.com'],
    [{ AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: 'us-west-2' }, 'ecs.eu-west-1.amazonaws.com'],
    [{ AWS_USE_FIPS_ENDPOINT: 'true' }, 'ecs-fips.us-east-1.amazonaws.com'],
    [{ AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'ecs.us-east-1.api.aws'],
    [{ ECS_INSTANCE_IP_COMPATIBILITY: 'ipv6' }, 'ecs.us-east-1.api.aws'],
    [{ ECS_INSTANCE_IP_COMPATIBILITY: 'ipv4' }, 'ecs.us-east-1.amazonaws.com'],
    [{ ECS_BACKEND_HOST: 'https://ecs.example.com/' }, 'ecs.example.com'],
    [{ AWS_ENDPOINT_URL_ECS: 'https://a.example.com:8443' }, 'a.example.com:8443'],
    [{ AWS_ENDPOINT_URL: 'https://b.example.com' }, 'b.example.com'],
    [
      { AWS_ENDPOINT_URL_ECS: 'https://a.example.com', AWS_ENDPOINT_URL: 'https://b.example.com' },
      'a.example.com',
    ],
    [
      {
        AWS_ENDPOINT_URL_ECS: 'https://a.example.com',
        AWS_ENDPOINT_URL: 'https://b.example.com',
        ECS_BACKEND_HOST: 'c.example.com',
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
      },
      'ecs.us-east-1.amazonaws.com',
    ],
  ])('%j: %s', (env, host) => {
    expect(hostOf(env)).toBe(host);
  });

  it('takes APIEndpoint and AWSRegion of ecs.config.json, after the environment', async () => {
    const path = join(await temporaryDirectory(), 'ecs.config.json');
    writeFileSync(path, '{"APIEndpoint":"ecs.example.com","AWSRegion":"eu-west-1","Cluster":"x"}');
    const file = { ECS_AGENT_CONFIG_FILE_PATH: path };
    expect(hostOf(file)).toBe('ecs.example.com');
    expect(hostOf({ ...file, ECS_BACKEND_HOST: 'other.example.com' })).toBe('other.example.com');
    writeFileSync(path, '{"AWSRegion":"eu-west-1"}');
    expect(hostOf(file)).toBe('ecs.eu-west-1.amazonaws.com');
    expect(hostOf({ ...file, AWS_DEFAULT_REGION: 'us-west-2' })).toBe('ecs.us-west-2.amazonaws.com');
  });

  it('prefers HTTPS_PROXY to HTTP_PROXY', () => {
    expect(readSettings({ HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:2' }).proxy).toBe('http://a:1');
    expect(readSettings({ HTTP_PROXY: 'http://b:2' }).proxy).toBe('http://b:2');
  });
});

describe('the times of the agent stand-in', () => {
  it('gives up after 95 s without a connection and 130 s without an answer, as the real agent, at full scale', () => {
    const { call, firstRetryMs, lastRetryMs } = registrationTimes(95_000);
    const waits = (call.attempts - 1) * call.waitMs;
    expect(call.attempts * call.dialMs + waits).toBe(95_000);
    expect(call.attempts * call.roundTripMs + waits).toBeCloseTo(130_000, -4);
    expect([firstRetryMs, lastRetryMs]).toEqual([3_000, 192_000]);
  });

  it('reconnects 4 to 10 ms after a clean close, and waits an hour where the instance is deregistered', () => {
    const { reconnectMs, inactiveMs } = readSettings({});
    for (let times = 0; times < 100; times += 1) {
      expect(reconnectMs()).toBeGreaterThanOrEqual(4);
      expect(reconnectMs()).toBeLessThanOrEqual(10);
    }
    expect(inactiveMs).toBe(3_600_000);
  });
});

describe('the log of the agent stand-in', () => {
  const time = '2026-01-01T00:00:05Z';
  const url = 'https://ecs-a.us-east-1.amazonaws.com/ws?seqNum=1';
  const websocket = {
    level: 'info',
    message: 'Establishing a Websocket connection',
    fields: { url },
  } as const;

  it.each([
    ['logfmt', `level=info time=${time} msg="Establishing a Websocket connection" url="${url}"`],
    ['json', `{"level":"info","time":"${time}","msg":"Establishing a Websocket connection","url":"${url}"}`],
    [
      'before-1.88',
      `level=info time=${time} msg="Establishing a Websocket connection to ${url}" module=client.go`,
    ],
    ['before-1.31', `${time} [INFO] Establishing a Websocket connection to ${url}`],
  ] as const)('%s', (format, line) => {
    expect(formatLine(format, time, websocket)).toBe(line);
  });

  it.each(logFormats)('%s: is read by the daemon', (format) => {
    const text = `${formatLine(format, time, websocket)}\n`;
    expect(lastWebsocketHost(text, undefined)).toBe('ecs-a.us-east-1.amazonaws.com');
  });

  it.each([
    [{}, { format: 'logfmt', path: '/log/ecs-agent.log', silent: false, hourly: false }],
    [{ ECS_LOG_OUTPUT_FORMAT: 'json' }, { format: 'json' }],
    [{ LAB_LOG_FORMAT: 'before-1.31' }, { format: 'before-1.31' }],
    [{ ECS_LOGFILE: '/log/other.log', LAB_AGENT_LOG: '/log/x' }, { path: '/log/other.log' }],
    [{ ECS_LOGLEVEL_ON_INSTANCE: 'none' }, { silent: true }],
    [{ LAB_LOG_HOURLY: 'true' }, { hourly: true }],
  ])('is moved by %j', (env, options) => {
    expect(readSettings(env).log).toMatchObject(options);
  });
});
