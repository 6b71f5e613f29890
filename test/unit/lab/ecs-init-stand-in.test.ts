import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { containerBody } from '../../lab/stand-ins/ecs-init/container-body.ts';
import { supervise } from '../../lab/stand-ins/ecs-init/supervise.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';

describe('ecs-init stand-in', () => {
  it('passes ecs.config on, values taken literally, and nothing of its own environment', async () => {
    const directory = await makeTemporaryDirectory('config');
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const [first, second] = [join(directory, 'a'), join(directory, 'b')];
    writeFileSync(first, '# comment\nECS_CLUSTER="quoted"\nNO_PROXY=a\n');
    writeFileSync(second, 'NO_PROXY=b=c\n');
    const spec = '{"Image":"x","Env":["ECS_CLUSTER=lab","OTHER=1"]}';
    expect(JSON.parse(containerBody(spec, [first, second, '/nonexistent']))).toEqual({
      Image: 'x',
      Env: ['ECS_CLUSTER="quoted"', 'OTHER=1', 'NO_PROXY=b=c'],
    });
  });

  it.each([
    ['remove', 'could not remove existing Agent container: API error (500): no'],
    ['create', 'could not start Agent: API error (500): no'],
    ['start', 'could not start Agent: API error (500): no'],
    ['wait', 'could not start Agent: API error (500): no'],
  ] as const)('says why it could not: %s', async (failing, message) => {
    const answer = <T>(call: string, value: T) =>
      call === failing ? Promise.reject(new Error('API error (500): no')) : Promise.resolve(value);
    const engine = {
      stop: () => Promise.resolve(true),
      remove: () => answer('remove', undefined),
      create: () => answer('create', 'id'),
      start: () => answer('start', undefined),
      wait: () => answer('wait', 0),
    };
    const options = {
      engine,
      name: 'ecs-agent',
      containerBody: () => '{}',
      nextWaitMs: () => 0,
      sleep: () => Promise.resolve(),
      log: () => undefined,
    };
    await expect(supervise(options)).rejects.toThrow(message);
  });
});

/** The directives of a unit file, comments aside. */
function unit(root: string): string[] {
  const path = `test/lab/hosts/machine/${root}/usr/lib/systemd/system/ecs.service`;
  return readFileSync(inCheckout(path), 'utf8').split('\n');
}

describe('ecs.service', () => {
  it('is stopped and restarted with Docker, on Amazon Linux and on Debian', () => {
    for (const root of ['instance-root', 'debian-root'])
      expect(unit(root)).toContain('PartOf=docker.service');
  });

  it('on Amazon Linux waits for user data, and is not started again after exit code 5', () => {
    expect(unit('instance-root')).toEqual(
      expect.arrayContaining(['After=cloud-final.service', 'RestartPreventExitStatus=5', 'RestartSec=10s']),
    );
  });

  it('on Debian does neither, and reads two files', () => {
    const lines = unit('debian-root');
    expect(lines.filter((line) => /cloud-final|RestartPreventExitStatus/.test(line))).toEqual([]);
    expect(lines).toEqual(
      expect.arrayContaining([
        'Restart=on-failure',
        'EnvironmentFile=-/var/lib/ecs/ecs.config',
        'EnvironmentFile=-/etc/ecs/ecs.config',
      ]),
    );
  });
});
