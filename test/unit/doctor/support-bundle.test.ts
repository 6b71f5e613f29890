import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { redact } from '../../../src/doctor/bundle/redact.ts';
import { tar } from '../../../src/doctor/bundle/tar.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

describe('the archive', () => {
  it('is one that tar reads back', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ecs-privatelinkd-tar-'));
    directories.push(directory);
    const entries = [
      { path: 'case/empty.txt', content: '' },
      { path: 'case/exact.txt', content: 'x'.repeat(512) },
      { path: 'case/words.txt', content: 'mit Umlaut: ü\n'.repeat(100) },
    ];
    writeFileSync(join(directory, 'a.tar'), tar(entries, Date.UTC(2026, 0, 2)));
    execFileSync('tar', ['-xf', 'a.tar'], { cwd: directory });
    for (const { path, content } of entries) {
      expect(readFileSync(join(directory, path), 'utf8')).toBe(content);
    }
  });
});

describe('redaction', () => {
  it.each([
    ['HTTPS_PROXY=http://user:hunter2@10.0.0.80:3128', 'hunter2'],
    ['"proxy": "http://user:hunter2@proxy.example.com"', 'hunter2'],
    ['GET /ws?X-Amz-Security-Token=IQoJb3JpZ2luX2VjEB&X-Amz-Signature=5d672d79c15b1316', '5d672d79c15b1316'],
    ['GET /ws?X-Amz-Security-Token=IQoJb3JpZ2luX2VjEB&x=1', 'IQoJb3JpZ2luX2VjEB'],
    ['Authorization: AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/2026, Signature=abc', 'Signature=abc'],
    ['using key AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG', 'wJalrXUtnFEMI'],
    ['ECS_ENGINE_AUTH_DATA={"https://index":{"password":"pw1234"}}', 'pw1234'],
    ['{"SessionToken": "FwoGZXIvYXdzEBY"}', 'FwoGZXIvYXdzEBY'],
    ['{\\"SecretAccessKey\\":\\"wJalrXUtnFEMI\\"}', 'wJalrXUtnFEMI'],
    ['X-aws-ec2-metadata-token: AQAEAHh0b2tlbg==', 'AQAEAHh0b2tlbg'],
    ['arn:aws:ecs:us-east-1:123456789012:container-instance/lab/0123', '123456789012'],
    ['containerInstanceArn=arn%3Aaws%3Aecs%3Aus-east-1%3A123456789012%3Acontainer-instance', '123456789012'],
    ['123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1', '123456789012'],
    ['"accountId": "123456789012"', '123456789012'],
    ['-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----', 'MIGHAgEAMBMGByqGSM49'],
  ])('takes the secret out of %s', (text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toMatch(/REDACTED|ACCOUNT/);
  });

  it.each([
    'ecs-a.us-east-1.amazonaws.com 10.0.1.10 198.51.100.10 2600:1f16:abc:de00::10',
    'i-0a1b2c3d4e5f60718 vpc-0f1e2d3c4b5a69788 subnet-0a9b8c7d6e5f40312 vpce-0123456789abcdef0',
    '{"tokenTtlSeconds": 21600, "token": null}',
    'http://169.254.169.254 answers with session tokens',
    '"writtenAt": "2026-01-02T03:04:05.678Z"',
  ])('leaves %s as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('changes nothing more when done twice', () => {
    const text =
      'HTTPS_PROXY=http://user:hunter2@10.0.0.80 AWS_SECRET_ACCESS_KEY=abc arn:aws:ecs:r:123456789012:c';
    expect(redact(redact(text))).toBe(redact(text));
  });
});
