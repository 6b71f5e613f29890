import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inCheckout } from '../lab/checkout.ts';
import { createCertificateAuthority } from '../lab/stand-ins/certificate-authority.ts';
import { makeTemporaryDirectory } from '../lab/temporary-directory.ts';
import { startS3 } from './s3-stand-in.ts';

// install.sh runs as root, on what it fetched.

const installer = inCheckout('scripts/install.sh');
const [functions = ''] = readFileSync(installer, 'utf8').split("\nsource='' ");
const path = '/usr/sbin:/usr/bin:/sbin:/bin';

let directory: string;
const servers: Server[] = [];

beforeEach(async () => {
  directory = await makeTemporaryDirectory('safe-fetch');
});

afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(directory, { recursive: true });
});

async function listen(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

/** Not synchronous: the servers are in this process. */
async function run(args: readonly string[], env: Record<string, string>, cwd = directory): Promise<Ended> {
  const child = spawn('/bin/sh', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code: Number(code), stderr };
}

/** As on the AMI: this machine may have the AWS CLI. */
const withoutAwsCli = 'command() { [ "$2" != aws ] && type "$2" >/dev/null 2>&1; }';

async function fetchWithCurl(source: string, env: Record<string, string> = {}): Promise<Ended> {
  return await run(
    ['-c', `${functions}\n${withoutAwsCli}\nfetch "$1" "$2"`, 'sh', source, join(directory, 'fetched')],
    {
      PATH: path,
      ...env,
    },
  );
}

describe('install.sh', () => {
  it('follows no redirect from https:// to http://', async () => {
    const asked: string[] = [];
    const evil: RequestListener = (request, response) => {
      asked.push(request.url ?? '');
      response.end('evil');
    };
    const plainPort = await listen(createServer(evil));
    const authority = await createCertificateAuthority();
    await authority.writeTo(join(directory, 'ca.pem'));
    const leaf = await authority.issue({ names: ['localhost'] });
    const tlsPort = await listen(
      createTlsServer(leaf, (request, response) => {
        if (request.url === '/good') response.end('good');
        else if (request.url === '/moved') response.writeHead(302, { Location: '/good' }).end();
        else response.writeHead(302, { Location: `http://localhost:${plainPort}/evil` }).end();
      }),
    );
    const env = { CURL_CA_BUNDLE: join(directory, 'ca.pem') };
    const fetched = join(directory, 'fetched');

    const moved = await fetchWithCurl(`https://localhost:${tlsPort}/moved`, env);
    expect(moved, moved.stderr).toMatchObject({ code: 0 });
    expect(readFileSync(fetched, 'utf8')).toBe('good');
    await rm(fetched);

    expect((await fetchWithCurl(`https://localhost:${tlsPort}/x`, env)).code).not.toBe(0);
    expect(asked).toEqual([]);
    expect(existsSync(fetched)).toBe(false);
  });

  // Under sudo HOME may still be that of the user who called it.
  it('does not read the settings of curl in HOME', async () => {
    writeFileSync(join(directory, '.curlrc'), 'user-agent = from-curlrc\n');
    const agents: (string | undefined)[] = [];
    const port = await listen(
      createServer((request, response) => {
        agents.push(request.headers['user-agent']);
        response.end('token');
      }),
    );
    const address = `http://127.0.0.1:${port}`;
    const env = {
      HOME: directory,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: address,
      AWS_ENDPOINT_URL_S3: address,
    };
    for (const source of [`${address}/a.deb`, 's3://bucket/a.deb']) {
      const ended = await fetchWithCurl(source, env);
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
    }
    expect(agents.length).toBeGreaterThan(4);
    expect(agents.filter((agent) => !agent?.startsWith('curl/'))).toEqual([]);
  });

  // Whoever answers in place of IMDS could have curl write any file.
  it.each(['token', 'Token', 'AccessKeyId', 'SecretAccessKey'])(
    'takes no settings of curl from a %s',
    async (where) => {
      const written = join(directory, 'written');
      const evil = where === 'token' ? `x"\noutput = "${written}` : `x\noutput = ${written}\nx`;
      const credentials = ['AccessKeyId', 'SecretAccessKey', 'Token'].flatMap((key) =>
        (key === where ? evil : 'x').split('\n').map((value) => `"${key}" : "${value}"`),
      );
      const port = await listen(
        createServer((request, response) => {
          if (request.url?.endsWith('/api/token')) response.end(where === 'token' ? evil : 'x');
          else if (request.url?.endsWith('/security-credentials/role')) response.end(credentials.join('\n'));
          else response.end('role');
        }),
      );
      const address = `http://127.0.0.1:${port}`;
      const ended = await fetchWithCurl('s3://bucket/a.deb', {
        AWS_EC2_METADATA_SERVICE_ENDPOINT: address,
        AWS_ENDPOINT_URL_S3: address,
      });
      expect(existsSync(written)).toBe(false);
      expect(ended.code).not.toBe(0);
    },
  );

  // Every user can read the command line of every process.
  it('has no secret on a command line', async () => {
    const programs = join(directory, 'programs');
    await mkdir(programs);
    writeFileSync(join(directory, 'a.deb'), 'a package');
    writeFileSync(
      join(programs, 'curl'),
      `#!/bin/sh\nprintf '%s\\n' "$@" >>${directory}/arguments\nexec /usr/bin/curl "$@"\n`,
    );
    chmodSync(join(programs, 'curl'), 0o755);
    const s3 = await startS3(directory);
    try {
      const ended = await fetchWithCurl('s3://bucket/packages/a.deb', {
        PATH: `${programs}:${path}`,
        AWS_ENDPOINT_URL_S3: s3.address,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: s3.address,
      });
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
    } finally {
      await s3.close();
    }
    expect(readFileSync(join(directory, 'fetched'), 'utf8')).toBe('a package');
    const used = readFileSync(join(directory, 'arguments'), 'utf8');
    expect(used).toContain('/latest/meta-data/placement/region');
    expect(used).not.toMatch(/session-1|ASIATEST|a secret|role token/);
  });

  it.each([
    '',
    '.',
    ':/usr/bin:/bin',
    '/usr/bin::/bin',
    '/usr/bin:/bin:',
    'bin:/usr/bin:/bin',
    '/usr/bin:./bin',
  ])('runs no program of the current directory with the PATH "%s"', async (PATH) => {
    const planted = join(directory, 'planted');
    await mkdir(join(planted, 'bin'), { recursive: true });
    const names = [
      'id',
      'mktemp',
      'basename',
      'cp',
      'rm',
      'sha256sum',
      'uname',
      'awk',
      'sed',
      'curl',
      'rpm',
      'dpkg',
    ];
    for (const at of [planted, join(planted, 'bin')]) {
      for (const name of [...names, 'ecs-planted']) {
        writeFileSync(join(at, name), `#!/bin/sh\n/usr/bin/touch ${directory}/ran-${name}\n/usr/bin/id -u\n`);
        chmodSync(join(at, name), 0o755);
      }
    }
    const ended = await run(
      [installer, '--sha256', '0'.repeat(64), `${directory}/none.deb`],
      { PATH },
      planted,
    );
    expect(ended.stderr).toContain('none.deb cannot be fetched');
    // Even where the others were found in the system's own directories first.
    await run(['-c', `${functions}\necs-planted`], { PATH }, planted);
    expect(readdirSync(directory).filter((name) => name.startsWith('ran-'))).toEqual([]);
  });
});
