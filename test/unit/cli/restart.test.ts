import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RestartParts, restart } from '../../../src/cli/restart.ts';
import type { JournalFile } from '../../../src/daemon/journal-file.ts';
import { takeRestartRequest } from '../../../src/daemon/restart-request.ts';
import { lockHolder, takeInstanceLock } from '../../../src/daemon/single-instance.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import type { State } from '../../../src/reconcile/state.ts';
import { buildStatus } from '../../../src/report/status.ts';
import { writeStatus } from '../../../src/report/status-file.ts';
import { LoopStage } from '../daemon/loop-parts.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';
import { allPublic, limits } from '../reconcile/observations.ts';
import { newAgent, Story } from '../reconcile/story.ts';
import { statusOf } from '../report/stage.ts';
import { Printed, sleepingClock } from './stage.ts';

const never = new AbortController().signal;
const done = { performed: 'yes', problem: undefined } as const;
const flags = { ifNeeded: false, json: false };

const nothingOnDisk: JournalFile = {
  load: async () => ({ journal: undefined, setAside: undefined, problem: undefined }),
  save: () => Promise.reject(new Error('the loop has its own')),
};

interface Changed {
  readonly dryRun?: boolean;
  readonly clock?: RestartParts['loop']['clock'];
  readonly hangUp?: RestartParts['hangUp'];
  readonly terminal?: boolean;
  readonly given?: readonly string[];
  readonly holder?: 'run' | 'restart';
}

function partsOf(stage: LoopStage, runDir: string, changed: Changed = {}) {
  const output = new Printed(changed.terminal);
  const { onLook: _, takeRequest: __, ...loop } = stage.parts();
  const parts: RestartParts = {
    loop: { ...loop, ...(changed.clock && { clock: changed.clock }) },
    journal: nothingOnDisk,
    bootId: 'boot-1',
    runDir,
    procDir: '/proc',
    dryRun: changed.dryRun ?? false,
    given: changed.given ?? [],
    timeoutMs: 600_000,
    newId: () => 'r-1',
    describe: ({ looks, state, observation, look }) =>
      buildStatus({
        state,
        observation,
        look,
        now: loop.clock.now(),
        limits: { ...limits, ...stage.limits },
        daemon: { pid: 77, version: '0.1.0', startedWallMs: 0, looks },
      }),
    hangUp:
      changed.hangUp ??
      (() => {
        throw new Error('nobody to hang up');
      }),
    output,
  };
  return { parts, output };
}

/** An agent that is killed, re-created within a second, and then seen so. */
function killable(path: 'private' | 'public' | 'disconnected' | 'unknown'): LoopStage {
  const stage = new LoopStage();
  stage.looks = [{}];
  stage.acts = [done];
  stage.at = (where) => {
    if (where === 'act kill') stage.looks = [{ agent: { exists: false } }, { agent: { ...newAgent, path } }];
  };
  return stage;
}

describe('restart without a daemon', () => {
  const temporaryDirectory = temporaryDirectories();

  it('goes through the phases itself and ends with 0 when the agent is on the private path', async () => {
    const runDir = join(await temporaryDirectory(), 'run');
    const stage = killable('private');
    const { parts, output } = partsOf(stage, runDir);
    expect(await restart(parts, flags, never)).toBe(0);
    expect(output.stdout).toMatch(
      /^restart {4}Done: the agent is on the private path \d+\.\d s after the call\n$/,
    );
    expect(stage.trace.filter((what) => what.startsWith('act'))).toEqual(['act kill']);
    expect(lockHolder(runDir, '/proc')).toBeUndefined();
  });

  it.each([true, false])('tells each phase, on a terminal (%s) or off', async (terminal) => {
    const { parts, output } = partsOf(killable('private'), await temporaryDirectory(), { terminal });
    await restart(parts, flags, never);
    expect(output.stderr.split('\n').map((line) => line.split(':')[0])).toEqual([
      '… restarting',
      '… verifying',
      '… settled',
      '',
    ]);
  });

  it('is done when forced and the agent is back, though not on the private path; if needed it is not', async () => {
    const forced = partsOf(killable('public'), await temporaryDirectory());
    expect(await restart(forced.parts, flags, never)).toBe(0);
    expect(forced.output.stdout).toMatch(/^restart {4}Done: outcome public/);
    const lost = partsOf(killable('disconnected'), await temporaryDirectory());
    expect(await restart(lost.parts, flags, never)).toBe(1);
    expect(lost.output.stdout).toMatch(/^restart {4}Not verified: outcome disconnected/);
    const ifNeeded = partsOf(killable('public'), await temporaryDirectory());
    expect(await restart(ifNeeded.parts, { ...flags, ifNeeded: true }, never)).toBe(1);
    expect(ifNeeded.output.stdout).toMatch(/^restart {4}Not verified: outcome public/);
  });

  it('if needed says why it is not needed or not possible', async () => {
    const stage = new LoopStage();
    stage.looks = [{ agent: { path: 'private' } }];
    const settled = partsOf(stage, await temporaryDirectory());
    expect(await restart(settled.parts, { ...flags, ifNeeded: true }, never)).toBe(0);
    expect(settled.output.stdout).toBe(
      'restart    Not needed. The agent is on the private path: seen private\n',
    );

    const open = new LoopStage();
    open.looks = [{ classes: allPublic }];
    const waiting = partsOf(open, await temporaryDirectory());
    expect(await restart(waiting.parts, { ifNeeded: true, json: true }, never)).toBe(1);
    expect(waiting.output.json()).toEqual({
      version: 1,
      command: 'restart',
      error: null,
      exitCode: 1,
      message: expect.stringMatching(/^Not done\. 0 of 3 names are private/),
      advice: expect.stringMatching(/^Create the interface endpoints/),
    });
  });

  it('keeps to 80 columns', async () => {
    const stage = new LoopStage();
    stage.looks = [{ agent: { supervisor: 'unknown' } }];
    const { parts, output } = partsOf(stage, await temporaryDirectory());
    expect(await restart(parts, flags, never)).toBe(1);
    expect(output.stdout).toMatch(/^restart {4}Not done\. Not restarting the agent/);
    expect(output.stdout).toMatch(/^to do {6}Look at/m);
    expect(output.widest).toBeLessThanOrEqual(80);
  });

  it('says why when the call could not be made, at once', async () => {
    const stage = killable('private');
    stage.at = () => {};
    const problem: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };
    stage.acts = [{ performed: 'no', problem }];
    const { parts, output } = partsOf(stage, await temporaryDirectory());
    expect(await restart(parts, flags, never)).toBe(69);
    expect(output.stdout).toBe('restart    Not done. nothing listens\nto do      Start Docker.\n');
    expect(stage.trace.filter((what) => what.startsWith('look'))).toHaveLength(2);
  });

  it('refuses what a daemon that runs would not know of', async () => {
    const runDir = await temporaryDirectory();
    const taken = takeInstanceLock(runDir, '/proc', 'run');
    const { parts, output } = partsOf(new LoopStage(), runDir, { given: ['verify-timeout', 'restart'] });
    expect(await restart(parts, flags, never)).toBe(64);
    expect(output.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'it would not know of --verify-timeout, --restart',
    );
    expect(output.stdout).toContain('ECS_PRIVATELINKD_VERIFY_TIMEOUT');
    if ('lock' in taken) taken.lock.release();
  });

  it('makes no call in a dry run, and leaves no file', async () => {
    const stage = new LoopStage();
    stage.limits = { dryRun: true };
    stage.looks = [{}];
    const runDir = join(await temporaryDirectory(), 'run');
    const { parts, output } = partsOf(stage, runDir, { dryRun: true });
    expect(await restart(parts, flags, never)).toBe(0);
    expect(existsSync(runDir)).toBe(false);
    expect(stage.saved).toEqual([]);
    expect(output.stdout).toMatch(/Dry run: this call would be made: \S+/);
    expect(stage.trace.some((what) => what.startsWith('act'))).toBe(false);
    expect(stage.codes).toContain('restart-dry-run');
  });

  it('ends with 75 when there is no outcome in time', async () => {
    const stage = killable('private');
    stage.at = (where) => {
      if (where === 'act kill') stage.looks = [{ agent: { exists: false } }];
      stage.acts = [done];
    };
    const { parts, output } = partsOf(stage, await temporaryDirectory());
    expect(await restart(parts, flags, never)).toBe(75);
    expect(output.stdout).toMatch(/^restart {4}No outcome within 600 s/);
  });

  it('ends at once when interrupted, releases the lock, and says nothing of a deadline', async () => {
    const runDir = await temporaryDirectory();
    const stage = killable('private');
    const stop = new AbortController();
    const reason = new Error('SIGINT');
    stage.at = (where) => {
      if (where === 'act kill') stop.abort(reason);
    };
    const { parts, output } = partsOf(stage, runDir);
    await expect(restart(parts, flags, stop.signal)).rejects.toBe(reason);
    expect(output.stdout).toBe('');
    expect(lockHolder(runDir, '/proc')).toBeUndefined();
    expect(stage.saved.at(-1)?.intent).toBeDefined();
  });

  it('begins with what an earlier daemon left in the journal', async () => {
    const story = new Story();
    story.untilAct();
    const stage = new LoopStage();
    stage.looks = [{ agent: newAgent }, { agent: { ...newAgent, path: 'private' } }];
    stage.acts = [done];
    stage.at = (where) => {
      if (where === 'act kill') stage.looks = [{ agent: { id: 'container-3', path: 'private' } }];
    };
    const { parts } = partsOf(stage, await temporaryDirectory());
    const journal: JournalFile = {
      ...nothingOnDisk,
      load: async () => ({ journal: story.state.journal, setAside: '/x.corrupt', problem: undefined }),
    };
    expect(await restart({ ...parts, journal }, flags, never)).toBe(0);
    expect(stage.codes.slice(0, 2)).toEqual(['journal-set-aside', 'restart-new-process']);
    expect(stage.saved.at(-1)?.restartsTotal).toBe(2);
  });
});

describe('restart beside a daemon', () => {
  const temporaryDirectory = temporaryDirectories();

  /** A run directory whose lock is held (by this very process), and what the daemon answers. */
  async function beside(answer: (state: State) => State, changed: Partial<Changed> = {}) {
    const runDir = await temporaryDirectory();
    await mkdir(runDir, { recursive: true });
    const taken = takeInstanceLock(runDir, '/proc', changed.holder ?? 'run');
    if (!('lock' in taken)) throw new Error('held');
    const hungUp: number[] = [];
    const asked: unknown[] = [];
    let sleeps = 0;
    const clock = sleepingClock(() => {
      sleeps += 1;
      if (sleeps === 3) asked.push(takeRestartRequest(runDir));
      const story = new Story();
      story.look();
      if (sleeps === 5) writeStatus(runDir, statusOf(story, undefined, answer(story.state)));
    });
    const { parts, output } = partsOf(new LoopStage(), runDir, {
      clock,
      hangUp: (pid) => void hungUp.push(pid),
      ...changed,
    });
    return { parts, output, hungUp, asked, runDir };
  }

  const journalOf = (state: State, outcome: 'private' | 'failed'): State => ({
    ...state,
    journal: {
      ...state.journal,
      lastRestart: { atWallMs: 0, verb: 'kill', outcome, requestId: 'r-1', connectedMs: 1_040 },
    },
  });

  it('asks it by file and SIGHUP, and tells what came of it', async () => {
    const { parts, output, hungUp, asked } = await beside((state) => journalOf(state, 'private'));
    expect(await restart(parts, { ifNeeded: true, json: false }, never)).toBe(0);
    expect(hungUp).toEqual([process.pid]);
    expect(asked).toEqual([{ id: 'r-1', ifNeeded: true }]);
    expect(output.stdout).toBe('restart    Done: the agent is on the private path 1.0 s after the call\n');
  });

  it('ends with 1 when it failed or was refused', async () => {
    const failed = await beside((state) => journalOf(state, 'failed'));
    expect(await restart(failed.parts, flags, never)).toBe(1);
    const refused = await beside((state) => ({
      ...state,
      requestAnswer: {
        id: 'r-1',
        phase: 'blocked',
        reason: { code: 'unit-stopped', message: 'No.', advice: 'Do this.' },
      },
    }));
    expect(await restart(refused.parts, flags, never)).toBe(1);
    expect(refused.output.stdout).toBe('restart    Not done. No.\nto do      Do this.\n');
  });

  it('asks nothing of a daemon whose status it cannot read, and says what to do; 69', async () => {
    const { parts, output, hungUp, runDir } = await beside((state) => state);
    const byAnother = { version: 2, daemon: { version: '9.8.7' } };
    await writeFile(join(runDir, 'status.json'), JSON.stringify(byAnother));
    await expect(restart(parts, flags, never)).rejects.toMatchObject({
      problem: {
        code: 'status-unreadable',
        message: expect.stringContaining('it was written by ecs-privatelinkd 9.8.7 in form 2'),
        advice: expect.stringContaining('`systemctl restart ecs-privatelinkd`'),
      },
    });
    expect(output.stdout).toBe('');
    expect(hungUp).toEqual([]);
    expect(await takeRestartRequest(runDir)).toBeUndefined();
  });

  it('leaves another restart by hand alone; 75', async () => {
    const { parts, hungUp, runDir } = await beside((state) => state, { holder: 'restart' });
    await expect(restart(parts, flags, never)).rejects.toMatchObject({
      exitCode: 75,
      message: expect.stringContaining('`ecs-privatelinkd restart`'),
    });
    expect(hungUp).toEqual([]);
    expect(takeRestartRequest(runDir)).toBeUndefined();
  });

  it('does not take the answer to another request for its own', async () => {
    const { parts, output } = await beside((state) => ({
      ...journalOf(state, 'private'),
      journal: {
        ...state.journal,
        lastRestart: { atWallMs: 0, verb: 'kill', outcome: 'private', requestId: 'r-0' },
      },
      requestAnswer: {
        id: 'r-0',
        phase: 'settled',
        reason: { code: 'on-private-path', message: 'Yes.', advice: undefined },
      },
    }));
    expect(await restart(parts, flags, never)).toBe(75);
    expect(output.stdout).toMatch(/No outcome within 600 s/);
  });

  it('refuses a dry run, since the daemon would act', async () => {
    const { parts, output, hungUp, runDir } = await beside((state) => state, { dryRun: true });
    expect(await restart(parts, flags, never)).toBe(1);
    expect(output.stdout).toMatch(/A daemon runs on this host/);
    expect(hungUp).toEqual([]);
    await expect(readFile(join(runDir, 'restart-request.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('ends at once when interrupted', async () => {
    const stop = new AbortController();
    const reason = new Error('SIGINT');
    const { parts } = await beside((state) => state, {
      clock: sleepingClock(() => stop.abort(reason)),
    });
    await expect(restart(parts, flags, stop.signal)).rejects.toBe(reason);
  });

  it('says that root is needed where the run directory cannot be written', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'file'), '');
    const { parts } = partsOf(new LoopStage(), join(directory, 'file', 'run'));
    await expect(restart(parts, flags, never)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
