import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { askEc2 } from '../../../src/ec2/ask-ec2.ts';

const directory = mkdtempSync(join(tmpdir(), 'ecs-privatelinkd-ec2-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const request = { region: 'us-east-1', vpcId: 'vpc-0f1e2d3c4b5a69788', serviceNames: [] };
const env = { PATH: process.env['PATH'] };
const never = new AbortController().signal;

function program(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe('the child process that asks the EC2 API', () => {
  it('is given the request and gives a reading', async () => {
    const echo = program(
      'echo.cjs',
      `process.stdin.on('data', (text) => {
        const { vpcId } = JSON.parse(text);
        console.log(JSON.stringify({ kind: 'skipped', code: 'ec2-failed', why: vpcId }));
      });`,
    );
    expect(await askEc2({ bundle: echo, env }, request, never)).toEqual({
      kind: 'skipped',
      code: 'ec2-failed',
      why: 'vpc-0f1e2d3c4b5a69788',
    });
  });

  it.each([
    ['is not installed', join(directory, 'none.cjs'), 'ec2-failed'],
    ['ends without a word', program('mute.cjs', ''), 'ec2-failed'],
    ['says something else', program('other.cjs', 'console.log("{}")'), 'ec2-failed'],
  ])('that %s is a skip', async (_, path, code) => {
    expect(await askEc2({ bundle: path, env }, request, never)).toMatchObject({ kind: 'skipped', code });
  });

  const hang = 'setInterval(() => {}, 1e6);';
  it('that never gets loaded is a skip, and says nothing of the API', async () => {
    const path = program('slow.cjs', hang);
    const limits = { loadMs: 200, askMs: 60_000 };
    expect(await askEc2({ bundle: path, env, limits }, request, never)).toMatchObject({ code: 'ec2-failed' });
  });

  it('is loaded for as long as it takes on a busy host; only from then on the API is late', async () => {
    const path = program('hang.cjs', `setTimeout(() => console.log(), 500); ${hang}`);
    const limits = { loadMs: 60_000, askMs: 200 };
    expect(await askEc2({ bundle: path, env, limits }, request, never)).toMatchObject({
      code: 'ec2-no-route',
    });
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const asking = askEc2(
      { bundle: program('stay.cjs', 'setInterval(() => {}, 1e6)'), env },
      request,
      stop.signal,
    );
    setTimeout(() => stop.abort(new Error('SIGINT')), 50);
    await expect(asking).rejects.toThrow('SIGINT');
  });
});
