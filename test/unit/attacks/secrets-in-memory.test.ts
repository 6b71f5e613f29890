import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { expect, it, onTestFinished, vi } from 'vitest';
import { agentSettings } from '../../../src/agent/agent-container.ts';
import { blankEnvironment, blankUnusedTexts } from '../../../src/agent/agent-environment.ts';
import { parseAgentConfig } from '../../../src/agent/api-settings.ts';
import { inCheckout } from '../../lab/checkout.ts';
import { environmentsOf, inspectAnswer, startEngine } from '../agent/engine-fake.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';

const directory = temporaryDirectories();

/** Inspects the agent as often as it is told, and stays. */
const program = `
  import { createEngineClient } from './src/agent/engine-client.ts';
  import { agentSettings } from './src/agent/agent-container.ts';
  import { usedEnvironment } from './src/agent/agent-environment.ts';
  const engine = createEngineClient({ socketPath: process.argv[2], answerTimeoutMs: 60_000 });
  const kept = [];
  async function ask(times) {
    const answer = await engine.inspect('ecs-agent', new AbortController().signal);
    const environment = usedEnvironment(answer.Config.Env);
    kept.push(agentSettings({ running: environment, next: environment }, undefined, ['ecs-a.us-east-1.amazonaws.com']));
    if (times > 1) await ask(times - 1);
  }
  void ask(20).then(() => console.log(JSON.stringify(kept.at(-1))));
  setInterval(() => kept.length, 60_000);
`;

/** Reads the agent's own file of settings as often as it is told, and stays. */
const configProgram = `
  import { utimesSync } from 'node:fs';
  import { createAgentConfigReader } from './src/agent/agent-config-reader.ts';
  const [, , procDir, path] = process.argv;
  const read = createAgentConfigReader(procDir);
  let config;
  for (let turn = 0; turn < 20; turn += 1) {
    utimesSync(path, turn, turn);
    config = read(new Map(), 1);
  }
  console.log(JSON.stringify(config));
  setInterval(() => config, 60_000);
`;

/** How often a text stands in the memory of a process. */
function copiesIn(pid: number, text: string): number {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const buffer = Buffer.alloc(1 << 20);
  let copies = 0;
  for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
    const [, start = '', end = ''] = /^([0-9a-f]{1,12})-([0-9a-f]{1,12}) rw/.exec(line) ?? [];
    for (let at = Number.parseInt(start, 16); at < Number.parseInt(end, 16); at += buffer.length) {
      const length = Math.min(buffer.length, Number.parseInt(end, 16) - at);
      const read = buffer.subarray(0, readSync(memory, buffer, 0, length, at));
      for (let found = read.indexOf(text); found >= 0; found = read.indexOf(text, found + 1)) copies += 1;
    }
  }
  closeSync(memory);
  return copies;
}

/** A program that has said a line. */
async function started(contents: string, args: readonly string[]): Promise<{ pid: number; said: string }> {
  const outfile = join(await directory(), 'inspect.cjs');
  await build({
    stdin: { contents, resolveDir: inCheckout('.') },
    packages: 'external',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'error',
  });
  const child: ChildProcess = spawn(process.execPath, [outfile, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { NODE_PATH: inCheckout('node_modules') },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await vi.waitFor(() => expect(said).toContain('\n'), { timeout: 50_000 });
  return { pid: child.pid ?? 0, said };
}

it('the registry’s and the proxy’s password do not stay in memory', async () => {
  const secrets = ['registry', 'proxy', 'key'].map((of) => `${of}-${Date.now()}-${Math.random()}`);
  const [registry = '', proxy = '', key = ''] = secrets;
  const auth = { 'https://index.docker.io/v1/': { username: 'me', password: registry } };
  const answer = inspectAnswer({
    env: [
      `ECS_ENGINE_AUTH_DATA=${JSON.stringify(auth)}`,
      `HTTPS_PROXY=http://me:${proxy}@proxy.internal:3128`,
      `AWS_ACCESS_KEY_ID=${key}`,
      'ECS_BACKEND_HOST=ecs.example',
    ],
  });
  // As long as a real one.
  const body = JSON.stringify({ Mounts: 'm'.repeat(4_000), ...answer, NetworkSettings: 'n'.repeat(4_000) });
  const engine = await startEngine((_, response) => response.end(body));
  onTestFinished(engine.close);
  const child = await started(program, [engine.socketPath]);
  expect(JSON.parse(child.said)).toMatchObject({
    proxy: 'http://proxy.internal:3128',
    api: { endpoint: { text: 'ecs.example' } },
  });
  // Of twenty answers: what stands in a block that was read into and given back, until that is used again.
  for (const secret of secrets) expect(copiesIn(child.pid, secret)).toBeLessThanOrEqual(2);
});

it('the registry’s password in the agent’s own file of settings does not stay in memory', async () => {
  const secret = `registry-${Date.now()}-${Math.random()}`;
  const procDir = await directory();
  const path = join(procDir, '1/root/etc/ecs_container_agent/config.json');
  mkdirSync(dirname(path), { recursive: true });
  const auth = { 'https://index.docker.io/v1/': { username: 'me', password: secret } };
  const settings = {
    Cluster: 'c',
    EngineAuthData: auth,
    EngineAuthType: 'docker',
    AWSRegion: 'r',
  };
  writeFileSync(path, JSON.stringify(settings));
  const child = await started(configProgram, [procDir, path]);
  expect(JSON.parse(child.said)).toMatchObject({ region: 'r' });
  expect(copiesIn(child.pid, secret)).toBeLessThanOrEqual(2);
});

it('of that file what is used stays as it is, and what is no JSON stays none', () => {
  const whole = {
    Cluster: 'c"x',
    eNgInEaUtHdAtA: { 's3cret\\': ['s3cret', { deep: 's3cret"\u0000' }], n: 1 },
    List: ['s3cret'],
    aPIendpoint: 'https://me:s3cret@ecs.example',
    AWSRegion: 'us-east-1',
    Last: 's3cret',
  };
  for (const text of [JSON.stringify(whole), JSON.stringify(whole, undefined, 2)]) {
    const bytes = Buffer.from(text);
    blankUnusedTexts(bytes);
    expect(bytes.toString()).not.toContain('s3cret');
    expect(parseAgentConfig('p', bytes.toString())).toEqual(parseAgentConfig('p', text));
    for (let length = 0; length < text.length; length += 1) {
      const cut = Buffer.from(text.slice(0, length));
      blankUnusedTexts(cut);
      expect(parseAgentConfig('p', cut.toString())).toEqual(parseAgentConfig('p', text.slice(0, length)));
    }
  }
  for (const odd of [
    '{"\\u0041PIEndpoint":"a"}',
    '{"X":"\\q"}',
    '{"X":"\\u12g4"}',
    '{"X":"\n"}',
    '{"X":"\\"}',
    '[{"APIEndpoint":"a"}]',
  ]) {
    const bytes = Buffer.from(odd);
    blankUnusedTexts(bytes);
    expect(parseAgentConfig('p', bytes.toString())).toEqual(parseAgentConfig('p', odd));
  }
});

it('of the environment what is used stays as it is, however it is written', () => {
  const env = [
    'PATH=/bin',
    'ECS_ENGINE_AUTH_DATA={"a\\":\\u0022":"s3cret"}',
    'ECS_BACKEND_HOST=ecs.example',
    'HTTP_PROXY=http://us"er:s3cret@a@proxy:1',
    'http_proxy=me:s3cret@proxy:2',
    'NO_PROXY=a.example,b.example',
    'noequals s3cret',
    'AWS_DEFAULT_REGION=',
    '=s3cret',
  ];
  for (const indent of [0, 2]) {
    const bytes = Buffer.from(JSON.stringify(inspectAnswer({ env }), undefined, indent));
    blankEnvironment(bytes);
    expect(bytes.toString().replace('noequals s3cret', '')).not.toContain('s3cret');
    const answer = JSON.parse(bytes.toString());
    expect(agentSettings(environmentsOf(answer), undefined, ['ecs.example'])).toMatchObject({
      api: { endpoint: { text: 'ecs.example' } },
      proxy: 'http://proxy:1',
      noProxy: 'a.example,b.example',
      region: undefined,
    });
    expect({ ...answer, Config: { ...answer.Config, Env: [] } }).toEqual(inspectAnswer({}));
  }
});
