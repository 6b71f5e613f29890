import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { EngineClient } from '../../../src/agent/engine-client.ts';
import { type RunParts, run } from '../../../src/cli/run.ts';
import { lockHolder, takeInstanceLock } from '../../../src/daemon/single-instance.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import { LoopStage } from '../daemon/loop-parts.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';
import { allPublic } from '../reconcile/observations.ts';
import { newAgent, Story } from '../reconcile/story.ts';
import { Printed } from './stage.ts';

function notTold(): Promise<never> {
  return Promise.reject(new Error('not told to the test'));
}

/** The Engine of which the daemon itself needs the events only; they end with the signal. */
const engine: EngineClient = {
  version: notTold,
  inspect: notTold,
  kill: notTold,
  restart: notTold,
  start: notTold,
  events: (name, signal) => {
    expect(name).toBe('ecs-agent');
    const stream = new Readable({ read: () => {} });
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    return Promise.resolve(stream);
  },
};

function stageIn(runDir: string, changed: Partial<RunParts> = {}) {
  const stage = new LoopStage();
  stage.looks = [{ classes: allPublic }];
  const output = new Printed();
  const woken: string[] = [];
  const notified: string[] = [];
  let hangUp: (() => void) | undefined;
  const { onLook: _, ...loop } = stage.parts();
  const parts: RunParts = {
    loop: {
      ...loop,
      clock: {
        ...loop.clock,
        sleep: async (_ms: number, signal: AbortSignal) => {
          signal.throwIfAborted();
          await once(signal, 'abort');
          throw signal.reason;
        },
      },
      wake: { ...loop.wake, now: () => void woken.push('woken') },
    },
    engine,
    journal: {
      load: async () => ({ journal: undefined, setAside: undefined, problem: undefined }),
      save: notTold,
    },
    agentContainer: 'ecs-agent',
    bootId: 'boot-1',
    runDir,
    procDir: '/proc',
    random: () => 0.5,
    warnings: [],
    debug: false,
    publish: (result) => {
      stage.results.push(result);
      return Promise.resolve();
    },
    notifier: {
      ready: () => void notified.push('ready'),
      looked: ({ phase }) => void notified.push(phase),
      close: () => void notified.push('close'),
    },
    onHangUp: (callback) => {
      hangUp = callback;
      return () => {
        hangUp = undefined;
      };
    },
    ...changed,
  };
  const stop = new AbortController();
  /** Ends the daemon within its n-th wait. */
  const stopInWait = (count: number) => {
    let waits = 0;
    stage.at = (where) => {
      if (!where.startsWith('wait')) return;
      waits += 1;
      if (waits === count) stop.abort(new Error('SIGTERM'));
    };
  };
  return { stage, parts, output, woken, notified, stop, stopInWait, hangUp: () => hangUp };
}

describe('run', () => {
  const temporaryDirectory = temporaryDirectories();

  it('looks until it is told to stop, ends with 0, and leaves nothing held', async () => {
    const runDir = await temporaryDirectory();
    const { stage, parts, stop, stopInWait, notified, hangUp } = stageIn(runDir);
    stopInWait(3);
    expect(await run(parts, stop.signal)).toBe(0);
    expect(stage.results).toHaveLength(3);
    expect(stage.codes[0]).toBe('daemon-started');
    expect(stage.codes.at(-1)).toBe('daemon-stopped');
    expect(stage.codes.filter((code) => code === 'phase-changed')).toHaveLength(1);
    expect(notified).toEqual(['ready', 'waiting', 'waiting', 'waiting', 'close']);
    expect(hangUp()).toBeUndefined();
    expect(lockHolder(runDir, '/proc')).toBeUndefined();
  });

  it('is refused where another one runs, which is left alone', async () => {
    const runDir = await temporaryDirectory();
    takeInstanceLock(runDir, '/proc', 'run');
    const { stage, parts, stop } = stageIn(runDir);
    await expect(run(parts, stop.signal)).rejects.toMatchObject({
      exitCode: 75,
      problem: { code: 'daemon-running', message: expect.stringContaining(`pid ${process.pid}`) },
    });
    expect(stage.trace).toEqual([]);
    expect(lockHolder(runDir, '/proc')).toEqual({ pid: process.pid, command: 'run' });
  });

  it('looks at once on SIGHUP and when the event stream opens', async () => {
    const { parts, stage, woken, stop, stopInWait, hangUp } = stageIn(await temporaryDirectory());
    stopInWait(2);
    const inner = stage.at;
    stage.at = async (where) => {
      await inner(where);
      if (where.startsWith('look') && stage.results.length === 0) hangUp()?.();
    };
    await run(parts, stop.signal);
    expect(stage.codes).toContain('look-requested');
    expect(woken.length).toBeGreaterThanOrEqual(1);
  });

  it('takes a request only after SIGHUP, and none that lay there before', async () => {
    const { parts, stage, stop, stopInWait, hangUp } = stageIn(await temporaryDirectory());
    stage.requests = [{ id: 'left-over', ifNeeded: true }];
    stopInWait(4);
    const inner = stage.at;
    stage.at = async (where) => {
      await inner(where);
      if (!where.startsWith('look')) return;
      if (stage.results.length === 0) stage.requests.push({ id: 'r-1', ifNeeded: true });
      if (stage.results.length === 2) hangUp()?.();
    };
    await run(parts, stop.signal);
    const answers = stage.results.map(({ state }) => state.requestAnswer?.id);
    expect(answers).toEqual([undefined, undefined, undefined, 'r-1']);
  });

  it('heeds SIGHUP before its lock tells others whom to send one', async () => {
    const runDir = await temporaryDirectory();
    const { parts, stop, stopInWait } = stageIn(runDir);
    stopInWait(1);
    const seen: string[][] = [];
    const onHangUp: RunParts['onHangUp'] = () => {
      seen.push(readdirSync(runDir));
      return () => seen.push(readdirSync(runDir));
    };
    await run({ ...parts, onHangUp }, stop.signal);
    expect(seen).toEqual([[], [expect.stringMatching(/^daemon\.\d+\.pid$/)]]);
  });

  it('writes down until when it ran, so that a reboot does not have a cool-down waited out twice', async () => {
    const { parts, stage, stop, stopInWait } = stageIn(await temporaryDirectory());
    stopInWait(100);
    await run(parts, stop.signal);
    expect(stage.saved).toHaveLength(2);
    expect(stage.saved[1]).toEqual({ ...stage.saved[0], savedMonoMs: stage.monoMs });
    expect(stage.monoMs).toBeGreaterThan(stage.saved[0]?.savedMonoMs ?? Number.POSITIVE_INFINITY);
  });

  it('goes on from the journal, and tells of one that was set aside or cannot be read', async () => {
    const story = new Story();
    story.untilAct();
    const problem: Problem = { code: 'state-unreadable', message: 'EIO', advice: 'Look at it.' };
    const { parts, stage, stop, stopInWait } = stageIn(await temporaryDirectory(), {
      journal: {
        load: async () => ({ journal: story.state.journal, setAside: '/var/x.corrupt', problem }),
        save: notTold,
      },
      warnings: ['ECS_PRIVATELINKD_SPALY is not known; did you mean ECS_PRIVATELINKD_SPLAY?'],
    });
    stage.looks = [{ agent: newAgent }];
    stopInWait(1);
    await run(parts, stop.signal);
    expect(stage.codes.slice(0, 5)).toEqual([
      'config-warning',
      'journal-set-aside',
      'problem',
      'daemon-started',
      'restart-new-process',
    ]);
  });

  it('goes on from the journal of a later version, and tells what of it was not understood', async () => {
    const story = new Story();
    story.untilAct();
    const later = { version: 2, lost: ['fleet'] };
    const { parts, stage, stop, stopInWait } = stageIn(await temporaryDirectory(), {
      journal: {
        load: async () => ({
          journal: story.state.journal,
          setAside: '/x.later',
          problem: undefined,
          later,
        }),
        save: notTold,
      },
    });
    stage.looks = [{ agent: newAgent }];
    stopInWait(1);
    await run(parts, stop.signal);
    expect(stage.logged[0]).toEqual({
      code: 'journal-of-later-version',
      fields: { file: '/x.later', ...later },
    });
    expect(stage.codes).toContain('restart-new-process');
  });

  it('logs each look, what each source gave and what came of it, at the level debug only', async () => {
    const { parts, stage, stop, stopInWait } = stageIn(await temporaryDirectory(), { debug: true });
    stage.looks = [{ classes: ['private', 'failed', 'public'] }];
    stopInWait(2);
    await run(parts, stop.signal);
    const looked = stage.logged.filter(({ code }) => code === 'looked');
    expect(looked).toHaveLength(2);
    expect(looked[1]?.fields).toMatchObject({
      look: 2,
      phase: 'waiting',
      reason: 'dns-servfail',
      instance: 'us-east-1',
      endpoints: { 'ecs-telemetry': 'failed, dns-servfail', ecs: 'public' },
      registered: true,
      path: 'public',
      nextMs: 5_000,
    });
    const quiet = stageIn(await temporaryDirectory());
    quiet.stage.looks = stage.looks;
    quiet.stopInWait(2);
    await run(quiet.parts, quiet.stop.signal);
    expect(quiet.stage.codes).not.toContain('looked');
  });

  it('a status file that cannot be written is said once, and again after it has worked', async () => {
    const broken = new Set([1, 2, 3, 6, 7]);
    let writes = 0;
    const { parts, stage, stop, stopInWait } = stageIn(await temporaryDirectory(), {
      publish: () => {
        writes += 1;
        return broken.has(writes) ? Promise.reject(new Error('ENOSPC')) : Promise.resolve();
      },
    });
    stopInWait(8);
    expect(await run(parts, stop.signal)).toBe(0);
    const said = stage.logged.filter(({ fields }) => fields['problem'] === 'status-unwritable');
    expect(said).toHaveLength(2);
    expect(said[0]?.fields).toMatchObject({ detail: expect.stringContaining('ENOSPC'), where: 'status' });
    expect(writes).toBe(8);
  });

  it('an Engine whose events cannot be followed is said, and stops nothing', async () => {
    const { parts, stage, stop, stopInWait } = stageIn(await temporaryDirectory(), {
      engine: {
        ...engine,
        events: () => Promise.reject(new Error('socket hang up')),
      },
    });
    stopInWait(4);
    expect(await run(parts, stop.signal)).toBe(0);
    expect(stage.codes.filter((code) => code === 'event-stream-lost')).toHaveLength(1);
    expect(stage.results).toHaveLength(4);
  });
});
