import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inCheckout } from '../lab/checkout.ts';
import { packagesDirectory } from './built-packages.ts';
import { makeRoot, type Root } from './root.ts';
import { type S3StandIn, startS3 } from './s3-stand-in.ts';

const sums = createHash('sha256')
  .update(readFileSync(join(packagesDirectory, 'SHA256SUMS')))
  .digest('hex');
const userData = readFileSync(inCheckout('scripts/user-data.sh'), 'utf8');
const config = 'etc/ecs-privatelinkd/ecs-privatelinkd.config';
let s3: S3StandIn;
let root: Root;
let env: Record<string, string>;

beforeAll(async () => {
  s3 = await startS3(packagesDirectory);
  env = { AWS_ENDPOINT_URL_S3: s3.address, AWS_EC2_METADATA_SERVICE_ENDPOINT: s3.address };
});

afterAll(async () => {
  await s3.close();
});

beforeEach(async () => {
  root = await makeRoot();
});

afterEach(async () => {
  await root.remove();
});

async function isInstalled(): Promise<boolean> {
  return (await root.run('ecs-privatelinkd version')).code === 0;
}

/** User data as an operator fills it in. */
function filledIn(place: string, hash = sums): string {
  return userData
    .replace(/^place=.*$/m, `place=${place}`)
    .replace(/^sums_sha256=.*$/m, `sums_sha256=${hash}`);
}

function run(script: string, variables = env) {
  return root.run(`bash -s <<'END_OF_USER_DATA'\n${script}\nEND_OF_USER_DATA\n`, variables);
}

describe('from S3, without the AWS CLI', () => {
  it("install.sh reads a place with the instance's role", async () => {
    const installed = await root.run(`sh /packages/install.sh --sha256 ${sums} s3://bucket/packages/`, env);
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
    expect(await isInstalled()).toBe(true);
  });

  it('install.sh says what is missing when the role may not', async () => {
    const refused = await root.run(`sh /packages/install.sh s3://other/packages/`, env);
    expect(refused).toMatchObject({ code: 69, stderr: expect.stringContaining('role') });
    expect(await isInstalled()).toBe(false);
  });

  it('user data installs, with its settings', async () => {
    const ran = await run(filledIn('s3://bucket/packages/'));
    expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(await isInstalled()).toBe(true);
    expect(readFileSync(join(root.path, config), 'utf8')).toMatch(/^ECS_PRIVATELINKD_SPLAY=10m$/m);
    expect(s3.given).toContain('/bucket/packages/install.sh');
  });
});

describe('user data', () => {
  it('installs over HTTP what the pinned hash vouches for', async () => {
    const ran = await run(filledIn(`${s3.address}/plain/`), {});
    expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(await isInstalled()).toBe(true);
  });

  it.each([
    ['the place cannot be reached', () => filledIn('http://127.0.0.1:1/')],
    ['the hash is another', () => filledIn(`${s3.address}/plain/`, '1'.repeat(64))],
  ])(
    'installs nothing when %s, lets the rest of user data run, leaves nothing and ends with 1',
    async (_, script) => {
      const ran = await run(`${script()}\necho and so on`, {});
      expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining('and so on') });
      expect(ran.stderr).toContain('ecs-privatelinkd could not be installed');
      expect(await isInstalled()).toBe(false);
      expect(
        (await root.changed()).filter((path) => /^\.\/tmp\/.*(?:SHA256SUMS|install\.sh)/.test(path)),
      ).toEqual([]);
    },
  );

  it('reads S3 in the same words as install.sh', () => {
    const functions = (script: string) =>
      /^fetch_s3\(\) \{[\s\S]*?^credential\(\) \{[\s\S]*?^\}/m.exec(script)?.[0];
    const installer = functions(readFileSync(inCheckout('scripts/install.sh'), 'utf8'));
    expect(installer).toBeDefined();
    expect(functions(userData)).toBe(installer);
  });
});

describe('the SSM document that installs', () => {
  const document = readFileSync(inCheckout('docs/install/ssm-install.yaml'), 'utf8');
  const [, block = ''] = /^ {6}runCommand:\n {8}- \|\n([\s\S]*)$/m.exec(document) ?? [];

  /** The script as the SSM agent would run it with these parameters, from a server without TLS. */
  function script(settings: string): string {
    const values: Record<string, string> = { place: `${s3.address}/plain/`, sumsSha256: sums, settings };
    return block
      .replaceAll(/^ {10}/gm, '')
      .replaceAll(/\{\{ (\w+) \}\}/g, (_, name: string) => values[name] ?? `no parameter ${name}`)
      .replace("--proto '=https'", "--proto '=http'");
  }

  it('installs with its settings, once', async () => {
    const first = await root.run(script('ECS_PRIVATELINKD_SPLAY=10m ECS_PRIVATELINKD_DRY_RUN=true'));
    expect(first, first.stderr).toMatchObject({ code: 0 });
    const text = () => readFileSync(join(root.path, config), 'utf8');
    expect(text()).toMatch(/^ECS_PRIVATELINKD_SPLAY=10m\nECS_PRIVATELINKD_DRY_RUN=true$/m);
    const again = await root.run(script('ECS_PRIVATELINKD_SPLAY=10m'));
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('is installed already') });
    const changed = await root.run(script('ECS_PRIVATELINKD_SPLAY=20m'));
    expect(changed).toMatchObject({ code: 0, stdout: expect.not.stringContaining('already') });
    expect(text()).toMatch(/^ECS_PRIVATELINKD_SPLAY=20m$/m);
    expect((await root.changed()).filter((path) => /^\.\/tmp\/.*SHA256SUMS/.test(path))).toEqual([]);
  });

  it('fails for the rate control to see when a setting is misspelled', async () => {
    const ended = await root.run(script('ECS_PRIVATELINKD_SPLY=10m'));
    expect(ended).toMatchObject({ code: 78, stderr: expect.stringContaining('ECS_PRIVATELINKD_SPLAY') });
  });
});
