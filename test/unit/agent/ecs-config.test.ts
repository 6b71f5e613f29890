import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { usedEnvironment } from '../../../src/agent/agent-environment.ts';
import { withEcsConfig } from '../../../src/agent/ecs-config.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';

const directory = temporaryDirectories();

/** The environment of a container after files that say this were read. */
async function next(running: readonly string[], ...files: (string | Buffer)[]) {
  const within = await directory();
  const paths = files.map((text, index) => {
    const path = join(within, `ecs.config.${index}`);
    writeFileSync(path, text);
    return path;
  });
  return Object.fromEntries(withEcsConfig(usedEnvironment(running), paths));
}

describe('the environment of the next container that ecs-init makes', () => {
  it.each<[string, string[], string | Buffer, Record<string, string>]>([
    [
      'what was added',
      [],
      'AWS_ENDPOINT_URL_ECS=https://x.example\n',
      { AWS_ENDPOINT_URL_ECS: 'https://x.example' },
    ],
    ['what was changed', ['NO_PROXY=a'], 'NO_PROXY=a,b', { NO_PROXY: 'a,b' }],
    ['nothing', ['NO_PROXY=a'], '', { NO_PROXY: 'a' }],
    ['quotes', [], 'HTTP_PROXY="http://p:1"', { HTTP_PROXY: '"http://p:1"' }],
    ['blanks around the line', [], ' \tNO_PROXY=a b \r\n', { NO_PROXY: 'a b' }],
    ['blanks around the sign', [], 'NO_PROXY = a', {}],
    ['a comment', [], '# NO_PROXY=a\n#NO_PROXY=b', {}],
    ['export', [], 'export NO_PROXY=a', {}],
    ['the last of several', [], 'NO_PROXY=a\nNO_PROXY=b', { NO_PROXY: 'b' }],
    ['nothing behind the sign', ['NO_PROXY=a'], 'NO_PROXY=', { NO_PROXY: '' }],
    ['a byte order mark', [], '\ufeffNO_PROXY=a', {}],
    ['no such line', [], 'NO_PROXY', {}],
    ['whether there are credentials', [], 'AWS_PROFILE=agent', { AWS_PROFILE: 'set' }],
    ['nothing of what is not used', [], 'ECS_ENGINE_AUTH_DATA={"a":{"password":"p"}}', {}],
    [
      'no credentials of a proxy',
      [],
      'HTTP_PROXY=http://me:secret@p:1',
      { HTTP_PROXY: 'http://xxxxxxxxx@p:1' },
    ],
    [
      'nothing of a file that is too large',
      ['NO_PROXY=a'],
      Buffer.alloc(70_000, 'NO_PROXY=b\n'),
      { NO_PROXY: 'a' },
    ],
  ])('has %s', async (_, running, text, environment) => {
    expect(await next(running, text)).toEqual(environment);
  });

  it('has of two files what the later one says', async () => {
    expect(await next([], 'NO_PROXY=a\nHTTP_PROXY=http://p', 'NO_PROXY=b')).toEqual({
      NO_PROXY: 'b',
      HTTP_PROXY: 'http://p',
    });
  });

  it('is that of the running one where there is no file, or none that can be read', async () => {
    const running = usedEnvironment(['NO_PROXY=a']);
    expect(withEcsConfig(running, ['/nonexistent', await directory()])).toEqual(running);
  });
});
