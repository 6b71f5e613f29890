import { describe, expect, it } from 'vitest';
import { boolean, choice, emptyOr, integer, list } from '../../../src/settings/kinds/basic.ts';
import { duration, formatDuration, parseDuration } from '../../../src/settings/kinds/duration.ts';
import { endpointNames } from '../../../src/settings/kinds/endpoint-names.ts';
import {
  absolutePath,
  cidr,
  containerName,
  dockerSocket,
  domain,
  httpUrl,
  region,
  serviceUnit,
} from '../../../src/settings/kinds/text.ts';
import type { ValueKind } from '../../../src/settings/value-kind.ts';

function accepted<Value>(kind: ValueKind<Value>, text: string): Value {
  const parsed = kind.parse(text);
  if ('rejected' in parsed) throw new Error(`${text} was rejected: ${parsed.rejected.reason}`);
  return parsed.value;
}

function rejection(
  kind: ValueKind<unknown>,
  text: string,
): { reason?: string | undefined; nearest?: string | undefined } {
  const parsed = kind.parse(text);
  if ('value' in parsed) throw new Error(`${text} was accepted as ${JSON.stringify(parsed.value)}`);
  return parsed.rejected;
}

describe('durations', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['500ms', 500],
    ['5s', 5_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1m5s20ms', 65_020],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', '5 s', '-5s', '1.5s', '5S', '30m1h', '5sec', 's'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [0, '0s'],
    [90_000, '1m30s'],
    [1_500, '1s500ms'],
    [86_400_000, '24h'],
  ])('%d ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('keeps to its bounds and suggests the nearest', () => {
    const kind = duration('1s', '1m');
    expect(accepted(kind, '1s')).toBe(1_000);
    expect(accepted(kind, '60s')).toBe(60_000);
    expect(rejection(kind, '0')).toEqual({ reason: '0 is too short', nearest: '1s' });
    expect(rejection(kind, '2m')).toEqual({ reason: '2m is too long', nearest: '1m' });
    expect(rejection(kind, '30')).toEqual({ reason: '30 has no unit', nearest: '30s' });
  });
});

describe('basic kinds', () => {
  it('reads booleans in every usual spelling', () => {
    for (const text of ['true', '1', 'yes', 'on', 'TRUE', 'Yes']) expect(accepted(boolean, text)).toBe(true);
    for (const text of ['false', '0', 'no', 'off', 'OFF']) expect(accepted(boolean, text)).toBe(false);
    expect(rejection(boolean, 'ture')).toEqual({ nearest: 'true' });
    rejection(boolean, '2');
  });

  it('reads whole numbers within bounds', () => {
    const kind = integer(1, 100);
    expect(accepted(kind, '1')).toBe(1);
    expect(accepted(kind, '100')).toBe(100);
    for (const text of ['0', '101', '-1', '1.5', '1e1', '0x5', 'three', '99999999999999999999']) {
      rejection(kind, text);
    }
  });

  it('reads choices in any case and names the nearest', () => {
    const kind = choice(['ipv4', 'ipv6']);
    expect(accepted(kind, 'IPv6')).toBe('ipv6');
    expect(rejection(kind, 'ipv5').nearest).toBe('ipv4');
  });

  it('reads lists, blank entries left out, and says which entry is wrong', () => {
    const kind = list(duration('0', '1h'), 1);
    expect(accepted(kind, ' 5m, 15m ,')).toEqual([300_000, 900_000]);
    expect(kind.format([300_000, 900_000])).toBe('5m,15m');
    expect(rejection(kind, '5m,2h').reason).toBe('2h is too long');
    expect(rejection(kind, '5m,soon').reason).toBe('soon is not accepted');
    expect(rejection(kind, ',').reason).toBe('the list is empty');
  });

  it('gives an empty text the meaning none', () => {
    const kind = emptyOr(absolutePath);
    expect(accepted(kind, '')).toBeUndefined();
    expect(kind.format(undefined)).toBe('');
    expect(accepted(kind, '/x')).toBe('/x');
  });
});

describe('text kinds', () => {
  it.each(['us-east-1', 'ap-southeast-2', 'us-gov-west-1', 'us-isob-east-1', 'cn-north-1', 'eusc-de-east-1'])(
    'knows %s for a region',
    (text) => {
      expect(accepted(region, text)).toBe(text);
    },
  );

  it.each(['us-east', 'us-east-1a', 'US-EAST-1', 'useast1', 'us-east-1.amazonaws.com'])(
    'does not take %s for a region',
    (text) => {
      rejection(region, text);
    },
  );

  it('normalises DNS names', () => {
    expect(accepted(domain, 'AmazonAWS.com.cn.')).toBe('amazonaws.com.cn');
    for (const text of ['', '.', '.com', 'a..b', '-a.com', 'a b', `${'a'.repeat(64)}.com`])
      rejection(domain, text);
  });

  it('takes the Engine from a socket only', () => {
    expect(accepted(dockerSocket, 'unix:///var/run/docker.sock')).toBe('/var/run/docker.sock');
    expect(accepted(dockerSocket, '/run/d.sock')).toBe('/run/d.sock');
    expect(dockerSocket.format('/run/d.sock')).toBe('unix:///run/d.sock');
    for (const text of ['tcp://10.0.0.1:2375', 'ssh://root@host', 'https://host', 'TCP://x']) {
      expect(rejection(dockerSocket, text).reason).toContain('never over the network');
    }
    for (const text of ['docker.sock', 'unix://docker.sock', 'unix://']) rejection(dockerSocket, text);
  });

  it('takes plain http addresses', () => {
    expect(accepted(httpUrl, 'http://127.0.0.1:51678/')).toBe('http://127.0.0.1:51678');
    expect(accepted(httpUrl, 'http://[fd00:ec2::254]')).toBe('http://[fd00:ec2::254]');
    for (const text of [
      'https://127.0.0.1',
      '127.0.0.1:80',
      'http://',
      'http://a:b@h',
      'http://h?q',
      'file:///x',
    ]) {
      rejection(httpUrl, text);
    }
  });

  it('takes names of containers and units', () => {
    expect(accepted(containerName, 'ecs-agent_2.x')).toBe('ecs-agent_2.x');
    rejection(containerName, '/ecs-agent');
    expect(accepted(serviceUnit, 'ecs@1.service')).toBe('ecs@1.service');
    expect(rejection(serviceUnit, 'ecs').nearest).toBe('ecs.service');
    rejection(serviceUnit, '.service');
    rejection(serviceUnit, '../ecs.service');
    rejection(serviceUnit, '-Hroot@evil.example.service');
  });

  it('takes absolute paths that fit on a line', () => {
    expect(accepted(absolutePath, "/a b/#c'd")).toBe("/a b/#c'd");
    for (const text of ['etc/x', './x', '/a\nb', '/a`b', '/a\u0000']) rejection(absolutePath, text);
  });
});

describe('blocks of addresses', () => {
  it.each([
    ['10.0.0.0/16', '10.0.0.0/16'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['FD00:1234::/32', 'fd00:1234::/32'],
    ['fd00::1', 'fd00::1/128'],
  ])('%s is %s', (text, value) => {
    expect(accepted(cidr, text)).toBe(value);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    'fe80::1%eth0/64',
    'vpc',
    '/16',
  ])('rejects %s', (text) => {
    expect(rejection(cidr, text).reason).toContain(text);
  });

  it('refuses to make everything private', () => {
    expect(rejection(cidr, '0.0.0.0/0').reason).toContain('every address');
    expect(rejection(cidr, '::/0').reason).toContain('every address');
  });
});

describe('endpoint names', () => {
  it('may name some of the services', () => {
    expect(accepted(endpointNames, 'ecs=ecs.x.internal, ecs-agent=A.x.internal.')).toEqual({
      ecs: 'ecs.x.internal',
      'ecs-agent': 'a.x.internal',
    });
    expect(endpointNames.format({ ecs: 'e.x', 'ecs-agent': 'a.x' })).toBe('ecs-agent=a.x,ecs=e.x');
  });

  it.each([
    ['ecs', 'ecs is not SERVICE=HOST'],
    ['ecs=', 'ecs= is not SERVICE=HOST'],
    ['ecs-agnet=a.x', 'ecs-agnet is not one of the services'],
    ['ecs=a.x,ecs=b.x', 'ecs is named twice'],
    ['ecs=http://x', 'http://x is not a DNS name'],
    [',', 'the list is empty'],
  ])('rejects %s', (text, reason) => {
    expect(rejection(endpointNames, text).reason).toBe(reason);
  });

  it('names the nearest service', () => {
    expect(rejection(endpointNames, 'ecs-agnet=a.x').nearest).toBe('ecs-agent');
  });
});
