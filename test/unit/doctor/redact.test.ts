import { describe, expect, it } from 'vitest';
import { redactText, redactValue } from '../../../src/doctor/bundle/redact.ts';
import { type SecretShape, secretShapes } from './secret-shapes.ts';

/** Where a text may stand. */
const places: Readonly<Record<string, (text: string) => string>> = {
  'by itself': (text) => text,
  'in the journal': (text) => `2026-01-02T03:04:05+0000 ip-10-0-0-1 ecs-privatelinkd[77]: ${text}`,
  'in a log line of JSON': (text) => `<4>${JSON.stringify({ level: 'warn', detail: text })}`,
  'in JSON in JSON': (text) => JSON.stringify({ a: [JSON.stringify({ detail: text })] }),
  'in JSON that was cut': (text) => `{"detail":${JSON.stringify(text)},"n`,
  'in an indented file': (text) => `before\n  ${text.replaceAll('\n', '\n  ')}\nafter`,
};

function left({ text, secrets }: SecretShape, place: (text: string) => string): string[] {
  const redacted = redactText(place(text));
  return secrets.filter(
    (secret) => redacted.includes(secret) || redacted.includes(JSON.stringify(secret).slice(1, -1)),
  );
}

describe.each(Object.entries(secretShapes))('a secret of %s', (_, shapes) => {
  it.each(shapes)('is taken out of $text', (shape) => {
    const leaks = Object.entries(places).flatMap(([name, place]) => {
      const secrets = left(shape, place);
      return secrets.length === 0 ? [] : [{ name, secrets, redacted: redactText(place(shape.text)) }];
    });
    expect(leaks).toEqual([]);
    expect(redactText(shape.text)).toMatch(/REDACTED|ACCOUNT/);
    const value = JSON.stringify(redactValue({ list: [shape.text], [shape.text]: 1 }));
    expect(shape.secrets.filter((secret) => value.includes(secret))).toEqual([]);
  });
});

it('there are at least the 57 shapes that were tried first', () => {
  expect(Object.values(secretShapes).flat().length).toBeGreaterThanOrEqual(57);
});

it.each([
  'ecs-a.us-east-1.amazonaws.com 10.0.1.10 198.51.100.10 2600:1f16:abc:de00::10',
  'i-0a1b2c3d4e5f60718 vpc-0f1e2d3c4b5a69788 subnet-0a9b8c7d6e5f40312 vpce-0123456789abcdef0',
  '{"tokenTtlSeconds": 21600, "token": null, "big": 12345678901234567890}',
  'http://169.254.169.254 answers with session tokens',
  'PUT http://169.254.169.254/latest/api/token did not finish within 1 s',
  'GET /latest/api/token: connect ETIMEDOUT',
  '"writtenAt": "2026-01-02T03:04:05.678Z"',
  'level=error time=2026-01-02T03:04:05Z msg="Failed to connect to ACS" error="dial tcp 10.0.1.10:443: i/o timeout"',
  'level=info msg="Establishing a Websocket connection" url="https://ecs-a-1.us-east-1.amazonaws.com/ws?agentHash=abc&clusterArn=MyProdCluster2"',
  'cannot get credentials: no EC2 instance role found',
  'container-instance/MyProdECSCluster2/0123456789abcdef0123456789abcdef',
  'ecs-MyTaskDefinition-12-MyContainerName-f0a1b2c3d4e5f6a7b801 started',
  'image app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  'docker-container@ecs-agent.service: Main process exited, code=exited, status=5/NOTINSTALLED',
  'ECS_ENGINE_AUTH_TYPE=dockercfg',
  'cannot get credentials:\n  no EC2 instance role found',
  '- name: A\n  token: null\n- name: B\n  region: us-east-1',
  'dial http://proxy:3128 failed for me@example.com',
  'dXMtZWFzdC0xIGlzIGEgcmVnaW9u',
  '- name: REGION\n  value: us-east-1\nnext:\n  here',
  'cut {"kind":"token","region":"us-east-1"',
  '{"args":["--host","db"],"name":"REGION","value":"us-east-1"}',
  'nameserver 10.0.0.2\noptions timeout:2 attempts:5\nsearch us-east-1.compute.internal',
])('leaves %s as it is', (text) => {
  expect(redactText(text)).toBe(text);
});

it('changes nothing more when done twice', () => {
  const once = Object.values(secretShapes)
    .flat()
    .map(({ text }) => redactText(text));
  expect(once.map((text) => redactText(text))).toEqual(once);
});

/** CPU seconds; what is quadratic takes minutes, or hours. */
function secondsFor(act: () => void): number {
  const since = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000_000;
}

describe('what an attacker may send is gone through in time that grows with its length only:', () => {
  const nested = (open: string, close: string) => `${open.repeat(10_000)}1${close.repeat(10_000)}`;
  const parts = [
    ...['a', ' ', '\\', '"', '{', '[', '-', '/', '%', '=', ':', '@', '.', '\n', '1', ']', '}', 'é'],
    ...[
      'a.',
      'a@',
      'a:',
      'a=',
      'a ',
      'a"',
      '\\"',
      '%3A',
      '%40',
      '://',
      'a://',
      '{"',
      '{}',
      '[]',
      ']x',
      '" "',
    ],
    ...[
      'token',
      'token=',
      'token: ',
      'token ="',
      "token '",
      '--token ',
      'password:"a\\',
      '-u ',
      '?token=',
      '://a:b ',
      '://a:b@',
      ' login -p',
      'curl -ua:',
      '<password ',
      '- token:\n',
      'token:\n- a\n',
      'A_TOKEN ',
      'password "',
      'REJfUEFTU1dPUkQ9aHVudGVyMg',
      '&sig=%',
    ],
    ...[
      'eyJ-',
      'eyJ.',
      'SG.-',
      'AKIA',
      'ghp_',
      'xoxb-',
      'hvs.',
      '$6$',
      'IQoJb3Jp',
      'Bearer ',
      'Basic  ',
      'arn:',
      'arn%3A',
    ],
    ...[
      '-----BEGIN ',
      '-----BEGIN A-----',
      '-----END A-----',
      '-----BEGIN A-----x-----END A-----',
      'machine password ',
      'password:\n  ',
      'name: token\nvalue: ',
      '["token",',
      'token value',
    ],
    ...[
      '{"token":"',
      '{"a":"{\\"',
      '\\\\"',
      'token\\"',
      'A1b',
      '123456789012 ',
      '%3A123456789012',
      "x'",
      '=>',
      '<a>',
    ],
  ];
  const repeated = (part: string, size: number) => part.repeat(Math.ceil(size / part.length));

  it.each(parts)('%j again and again', (part) => {
    const text = repeated(part, 200_000);
    const seconds = secondsFor(() => redactText(text) + redactText(JSON.stringify({ issuer: text })));
    expect(seconds).toBeLessThan(10);
  });

  it('1 MB of all of them', () => {
    const text = parts.map((part) => repeated(part, 1_000_000 / parts.length)).join('');
    expect(text.length).toBeGreaterThan(1_000_000);
    expect(secondsFor(() => redactText(text))).toBeLessThan(20);
  });

  it.each([
    ['lists', nested('[', ']')],
    ['objects', nested('{"a":', '}')],
    [
      'texts',
      Array.from({ length: 14 }).reduce<string>((text) => JSON.stringify({ token: 1, a: text }), 's3'),
    ],
  ])('nested deeply as %s', (_, text) => {
    expect(redactText(text).length).toBeLessThanOrEqual(text.length + 100);
  });
});
