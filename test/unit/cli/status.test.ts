import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type StatusFlags, status } from '../../../src/cli/status.ts';
import { fleetRecord } from '../../../src/report/record.ts';
import { writeStatus } from '../../../src/report/status-file.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';
import { newAgent, restarted, Story } from '../reconcile/story.ts';
import { statusOf } from '../report/stage.ts';
import { Printed, sleepingClock } from './stage.ts';

const never = new AbortController().signal;
const plain: StatusFlags = { json: false, record: false, wait: undefined, timeoutMs: 300_000 };

function settledStory(): Story {
  const story = restarted();
  story.look({ agent: newAgent }, 700);
  story.look({ agent: { ...newAgent, path: 'private' } }, 300);
  story.sketch = { agent: { ...newAgent, path: 'private' } };
  return story;
}

function blockedStory(): Story {
  const story = new Story();
  story.sketch = { agent: { settings: { proxy: 'http://proxy.example:3128' }, version: '1.20.0' } };
  story.look();
  return story;
}

describe('status', () => {
  const temporaryDirectory = temporaryDirectories();

  async function shown(runDir: string, flags: Partial<StatusFlags> = {}, runs = true) {
    const output = new Printed();
    const parts = { runDir, daemonRuns: async () => runs, clock: sleepingClock(), output };
    return { code: await status(parts, { ...plain, ...flags }, never), output };
  }

  it('ends with 1 while telemetry has a connection to a public address, whatever is seen of ACS', async () => {
    const runDir = await temporaryDirectory();
    const story = settledStory();
    for (const path of ['private', 'public'] as const) {
      story.sketch = { agent: { ...newAgent, path, tcs: 'public', publicSeen: true } };
      expect(story.look().state.phase).toBe('settled');
      writeStatus(runDir, statusOf(story));
      expect((await shown(runDir)).code).toBe(1);
    }
  });

  it('shows what the daemon last wrote within 80 columns; 0 when settled', async () => {
    const runDir = await temporaryDirectory();
    writeStatus(runDir, statusOf(settledStory()));
    const { code, output } = await shown(runDir);
    expect(code).toBe(0);
    expect(output.stdout).toMatch(
      new RegExp(
        [
          '^endpoints {2}ecs-agent\\.us-east-1\\.amazonaws\\.com {6}private 10\\.0\\.1\\.10 · 443 ok',
          '.*',
          '.*',
          'agent {6}ecs-agent 1\\.105\\.1, registered, under ecs-init',
          'path {7}private: seen private',
          'public {5}no public connection on 443 seen since [-0-9]{10} [:0-9]{8} UTC',
          'run by {5}seen',
          'restarts {3}2023-11-14 22:13:35 UTC, kill: private, connected after 1\\.0 s',
          'next {7}look in \\d+ s',
          'phase {6}settled for \\d+ (s|min|h)',
          'why {8}The agent is on the private path: seen private\n$',
        ].join('\n'),
      ),
    );
    expect(output.widest).toBeLessThanOrEqual(80);
  });

  it('shows the reason with what to do, and what else would block; 1 when not settled', async () => {
    const runDir = await temporaryDirectory();
    writeStatus(runDir, statusOf(blockedStory()));
    const { code, output } = await shown(runDir);
    expect(code).toBe(1);
    expect(output.widest).toBeLessThanOrEqual(80);
    expect(output.stdout).toMatch(/^why {8}The agent reaches ECS through the proxy/m);
    expect(output.stdout).toMatch(/^to do {6}Add the endpoints' names to NO_PROXY/m);
    expect(output.stdout).toMatch(/^note {7}Agent 1\.20\.0 does not support PrivateLink$/m);
    expect(output.stdout.match(/through the proxy/g)).toHaveLength(1);
  });

  it('shows the whole as JSON', async () => {
    const runDir = await temporaryDirectory();
    const written = statusOf(settledStory());
    writeStatus(runDir, written);
    const { code, output } = await shown(runDir, { json: true });
    expect(code).toBe(0);
    expect(output.json()).toEqual(written);
  });

  it('says what is wrong where there is none; 69', async () => {
    const runDir = await temporaryDirectory();
    const noDaemon = await shown(runDir, {}, false);
    expect([noDaemon.code, noDaemon.output.stdout]).toEqual([69, '']);
    expect(noDaemon.output.stderr).toMatch(/systemctl start ecs-privatelinkd/);
    const starting = await shown(runDir);
    expect([starting.code, starting.output.stderr]).toEqual([
      69,
      `The daemon is starting and has not written ${runDir}/status.json yet.\n`,
    ]);
    await writeFile(join(runDir, 'status.json'), '{');
    const broken = await shown(runDir);
    expect(broken.code).toBe(69);
    expect(broken.output.stderr).toMatch(/cannot be read: it is truncated or invalid JSON/);
  });

  describe('--record', () => {
    async function record(runDir: string, runs = true) {
      const { code, output } = await shown(runDir, { record: true, json: true }, runs);
      expect(output.stdout).toMatch(/^\{.*\}\n$/);
      return { code, stderr: output.stderr, record: JSON.parse(output.stdout) as Record<string, string> };
    }

    it('prints one line for the fleet, with the exit code of status', async () => {
      const runDir = await temporaryDirectory();
      const settled = statusOf(settledStory());
      writeStatus(runDir, settled);
      expect(await record(runDir)).toEqual({ code: 0, stderr: '', record: fleetRecord(settled) });
      const blocked = statusOf(blockedStory());
      writeStatus(runDir, blocked);
      expect(await record(runDir)).toEqual({ code: 1, stderr: '', record: fleetRecord(blocked) });
    });

    it('says of a daemon that has ended that it has, and of the path nothing; 69', async () => {
      const runDir = await temporaryDirectory();
      const never = await record(runDir, false);
      expect(never).toMatchObject({ code: 69, record: { Phase: 'not-running', InstanceId: '' } });
      expect(never.record['SeenAt']).toMatch(/^\d{4}-.*Z$/);
      writeStatus(runDir, statusOf(settledStory()));
      const ended = await record(runDir, false);
      expect(ended).toMatchObject({
        code: 69,
        stderr: expect.stringMatching(/^No daemon is running on this host\. Start it with/),
        record: {
          Phase: 'not-running',
          Reason: 'daemon-not-running',
          Path: 'unknown',
          NoPublicSince: '',
          InstanceId: 'i-0123456789abcdef0',
          Message: 'No daemon is running on this host.',
        },
      });
    });

    it('says of one that starts, or whose status cannot be read, just that; 69', async () => {
      const runDir = await temporaryDirectory();
      expect(await record(runDir)).toMatchObject({
        code: 69,
        record: { Phase: 'waiting', Reason: 'starting' },
      });
      await writeFile(join(runDir, 'status.json'), '{');
      expect(await record(runDir)).toMatchObject({
        code: 69,
        record: {
          Phase: 'unknown',
          Reason: 'daemon-status-unreadable',
          Message: expect.stringMatching(/JSON/),
        },
      });
    });
  });

  it('does not show the status of a daemon that has ended', async () => {
    const runDir = await temporaryDirectory();
    writeStatus(runDir, statusOf(settledStory()));
    expect((await shown(runDir, {}, false)).code).toBe(69);
  });

  describe('--wait', () => {
    it('ends with 0 as soon as the phase is reached, also from before the daemon started', async () => {
      const runDir = await temporaryDirectory();
      const output = new Printed();
      let sleeps = 0;
      const clock = sleepingClock(() => {
        sleeps += 1;
        if (sleeps === 4) writeStatus(runDir, statusOf(blockedStory()));
        if (sleeps === 8) writeStatus(runDir, statusOf(settledStory()));
        if (sleeps > 8) throw new Error('waited on');
      });
      const daemonRuns = async () => sleeps >= 2;
      const flags = { ...plain, wait: 'settled', timeoutMs: 60_000 } as const;
      expect(await status({ runDir, daemonRuns, clock, output }, flags, never)).toBe(0);
      expect(output.stdout).toMatch(/^phase {6}settled/m);
      expect(output.stderr).toBe('');
    });

    it('any phase can be waited for', async () => {
      const runDir = await temporaryDirectory();
      writeStatus(runDir, statusOf(blockedStory()));
      expect((await shown(runDir, { wait: 'blocked' })).code).toBe(0);
    });

    it('ends with 75 at the deadline, showing how things stand', async () => {
      const runDir = await temporaryDirectory();
      writeStatus(runDir, statusOf(blockedStory()));
      const late = await shown(runDir, { wait: 'settled', timeoutMs: 10_000 });
      expect(late.code).toBe(75);
      expect(late.output.stdout).toMatch(/^phase {6}blocked/m);
      expect(late.output.stderr).toBe('Timed out waiting for the phase settled.\n');
      const json = await shown(runDir, { wait: 'settled', json: true });
      expect(json.code).toBe(75);
      expect(json.output.json()).toMatchObject({ phase: 'blocked' });
      expect((await shown(runDir, { wait: 'settled' }, false)).code).toBe(75);
    });

    it('ends at once when interrupted', async () => {
      const runDir = await temporaryDirectory();
      const stop = new AbortController();
      const reason = new Error('SIGINT');
      const clock = sleepingClock(() => stop.abort(reason));
      const parts = { runDir, daemonRuns: async () => true, clock, output: new Printed() };
      await expect(status(parts, { ...plain, wait: 'settled' }, stop.signal)).rejects.toBe(reason);
    });
  });
});
