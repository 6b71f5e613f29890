import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createAskPreflight, type PreflightOptions } from '../../../src/preflight/ask-preflight.ts';

const directory = mkdtempSync(join(tmpdir(), 'ecs-privatelinkd-preflight-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const question = {
  region: 'us-east-1',
  host: 'ecs.us-east-1.amazonaws.com',
  address: '10.0.1.10',
  trust: { words: '/ca.pem (ca-file)', by: { caFile: '/ca.pem' } },
  cluster: 'default',
  containerInstanceArn: undefined,
} as const;
const never = new AbortController().signal;

/** A child that answers by a piece of program, which knows the request. */
function askThat(answer: string, changed: Partial<PreflightOptions> = {}) {
  const bundle = join(directory, 'child.cjs');
  writeFileSync(
    bundle,
    `process.stdin.on('data', (text) => { const request = JSON.parse(text); ${answer} });`,
  );
  return createAskPreflight({
    bundle,
    imds: { enabled: true, endpoint: 'http://imds', get: () => Promise.resolve('role') },
    imdsV1Fallback: false,
    flags: [],
    ...changed,
  });
}

const tell = (value: string) => `console.log(JSON.stringify({ outcome: 'refused', said: ${value} }));`;

describe('the child process that asks what the agent will ask', () => {
  it('is given the request on its standard input, and none of our variables', async () => {
    const request = await askThat(tell('JSON.stringify(request)'))(question, never);
    expect(request.outcome === 'refused' && JSON.parse(request.said)).toEqual({
      region: 'us-east-1',
      host: question.host,
      address: '10.0.1.10',
      cluster: 'default',
      trust: question.trust,
      imdsV1Fallback: false,
    });
    const own = await askThat(tell('[...process.argv.slice(2), process.env.PATH, process.env.HOME].join()'))(
      question,
      never,
    );
    expect(own).toMatchObject({ said: ',' });
  });

  it('finds IMDS by the settings, and no files of the SDK', async () => {
    const names = ['AWS_EC2_METADATA_SERVICE_ENDPOINT', 'AWS_EC2_METADATA_V1_DISABLED', 'AWS_CONFIG_FILE'];
    const ask = askThat(tell(`${JSON.stringify(names)}.map((name) => process.env[name]).join()`));
    expect(await ask(question, never)).toMatchObject({ said: 'http://imds,true,/dev/null' });
  });

  it.each([
    ['says something else', 'console.log("secret")'],
    ['says too much', 'console.log(JSON.stringify({ outcome: "told" }))'],
    ['ends without a word', 'process.exit(1)'],
  ])('that %s has not answered, and is not quoted', async (_, answer) => {
    expect(await askThat(answer)(question, never)).toEqual({
      outcome: 'unanswered',
      why: 'its answer cannot be used',
    });
  });

  it('makes a sentence of others printable', async () => {
    const answer = await askThat(tell('"a\\u001b[31m" + "b".repeat(1e6)'))(question, never);
    expect(answer).toMatchObject({ said: expect.stringMatching(/^a\\u001b\[31mb{200,290}…$/) });
  });

  it('has so long', async () => {
    const limits = { loadMs: 60_000, askMs: 200 };
    expect(await askThat('console.log()', { limits })(question, never)).toMatchObject({
      outcome: 'unanswered',
    });
    expect(
      await askThat('process.stdout.write("\\n"); setInterval(() => {}, 1e6);', { limits })(question, never),
    ).toEqual({ outcome: 'unanswered', why: 'no answer within 0.2 s' });
  });

  it('that floods its output is stopped', async () => {
    const flood = 'const piece = "x".repeat(1e6); setInterval(() => process.stdout.write(piece), 1);';
    expect(await askThat(flood)(question, never)).toEqual({
      outcome: 'unanswered',
      why: 'its answer is too long',
    });
  });

  it('ends with the signal, which is the only thing that rejects', async () => {
    const stop = new AbortController();
    const asking = askThat('setInterval(() => {}, 1e6)')(question, stop.signal);
    setTimeout(() => stop.abort(new Error('SIGTERM')), 50);
    await expect(asking).rejects.toThrow('SIGTERM');
  });

  it.each([
    ['there is no role', { get: () => Promise.resolve(undefined) }, /no role/],
    ['IMDS does not answer', { get: () => Promise.reject(new Error('IMDS is silent')) }, /IMDS is silent/],
    ['IMDS is not to be asked', { enabled: false }, /imds-disabled/],
  ])('is not started where %s', async (_, imds, why) => {
    const ask = askThat(tell('"started"'), {
      imds: { enabled: true, endpoint: 'http://imds', get: () => Promise.resolve('role'), ...imds },
    });
    expect(await ask(question, never)).toMatchObject({
      outcome: 'unanswered',
      why: expect.stringMatching(why),
    });
  });

  it('that is not installed is no obstacle', async () => {
    const ask = askThat('', { bundle: join(directory, 'none.cjs') });
    expect(await ask(question, never)).toMatchObject({
      outcome: 'unanswered',
      why: expect.stringContaining('is not installed'),
    });
  });
});
