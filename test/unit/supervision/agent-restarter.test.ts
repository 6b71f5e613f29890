import { describe, expect, it } from 'vitest';
import type { EngineClient } from '../../../src/agent/engine-client.ts';
import { type Problem, ProblemError } from '../../../src/kit/problem.ts';
import {
  type AgentAct,
  createAgentRestarter,
  describeCall,
} from '../../../src/supervision/agent-restarter.ts';

const signal = new AbortController().signal;
const untold = () => Promise.reject(new Error('not told what to answer'));
const engine: EngineClient = {
  version: untold,
  inspect: untold,
  kill: untold,
  restart: untold,
  start: untold,
  events: untold,
};

const acts: readonly (readonly [AgentAct, string])[] = [
  [{ verb: 'kill', containerId: '3f2a' }, 'POST /containers/3f2a/kill?signal=SIGKILL'],
  [{ verb: 'restart', containerId: '3f2a' }, 'POST /containers/3f2a/restart?t=30'],
  [{ verb: 'start', containerId: '3f2a' }, 'POST /containers/3f2a/start'],
  [{ verb: 'systemctl-restart', unit: 'ecs.service' }, 'systemctl restart --no-block ecs.service'],
  [{ verb: 'systemctl-start', unit: 'ecs.service' }, 'systemctl start --no-block ecs.service'],
];

describe('describeCall', () => {
  it.each(acts)('%o', (act, call) => expect(describeCall(act)).toBe(call));
});

describe('createAgentRestarter', () => {
  it.each(acts)('does %o and nothing else', async (act, call) => {
    const done: string[] = [];
    const restarter = createAgentRestarter(
      {
        ...engine,
        kill: (id) => {
          done.push(`POST /containers/${id}/kill?signal=SIGKILL`);
          return Promise.resolve('killed');
        },
        restart: (id) => {
          done.push(`POST /containers/${id}/restart?t=30`);
          return Promise.resolve('restarted');
        },
        start: (id) => {
          done.push(`POST /containers/${id}/start`);
          return Promise.resolve('started');
        },
      },
      (words) => {
        done.push(`systemctl ${words.join(' ')}`);
        return Promise.resolve('');
      },
    );
    expect(await restarter.act(act, signal)).toBeUndefined();
    expect(done).toEqual([call]);
  });

  it.each(['not-running', 'gone'] as const)(
    'counts a kill as done when the container is %s',
    async (outcome) => {
      const restarter = createAgentRestarter({ ...engine, kill: async () => outcome }, untold);
      expect(await restarter.act({ verb: 'kill', containerId: '3f2a' }, signal)).toBeUndefined();
    },
  );

  it.each(['restart', 'start'] as const)(
    'does not count a %s as done when the container is gone',
    async (verb) => {
      const restarter = createAgentRestarter(
        { ...engine, restart: async () => 'gone', start: async () => 'gone' },
        untold,
      );
      expect(await restarter.act({ verb, containerId: '3f2a9c0d1e2f3a4b' }, signal)).toMatchObject({
        code: 'agent-container-gone',
        message: 'the container 3f2a9c0d1e2f was removed meanwhile',
      });
    },
  );

  it('hands on the problem', async () => {
    const problem: Problem = { code: 'engine-timeout', message: 'hung', advice: 'wait' };
    const restarter = createAgentRestarter(
      { ...engine, kill: () => Promise.reject(new ProblemError(problem)) },
      untold,
    );
    expect(await restarter.act({ verb: 'kill', containerId: '3f2a' }, signal)).toEqual(problem);
    expect(await restarter.act({ verb: 'systemctl-start', unit: 'ecs.service' }, signal)).toMatchObject({
      code: 'agent-restart-failed',
      message: expect.stringContaining('systemctl start --no-block ecs.service'),
    });
  });

  it('rejects when aborted, and calls nothing', async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    let called = 0;
    const call = () => {
      called += 1;
      return untold();
    };
    const restarter = createAgentRestarter({ ...engine, kill: call, restart: call, start: call }, call);
    for (const [act] of acts) await expect(restarter.act(act, aborted)).rejects.toThrow('enough');
    expect(called).toBe(0);
  });

  it.each(['restart', 'start'] as const)(
    'does not break off a %s when the daemon is stopped: some Engines would leave the agent stopped',
    async (verb) => {
      const stop = new AbortController();
      let goes = () => {};
      const call = new Promise<void>((resolve) => {
        goes = resolve;
      });
      const aborted: boolean[] = [];
      const goOn = async (_: string, own: AbortSignal) => {
        stop.abort(new Error('SIGTERM'));
        await call;
        aborted.push(own.aborted);
      };
      const restarter = createAgentRestarter(
        {
          ...engine,
          restart: async (id, own) => {
            await goOn(id, own);
            return 'restarted';
          },
          start: async (id, own) => {
            await goOn(id, own);
            return 'started';
          },
        },
        untold,
      );
      const act = restarter.act({ verb, containerId: '3f2a' }, stop.signal);
      goes();
      expect(await act).toBeUndefined();
      expect(aborted).toEqual([false]);
    },
  );
});
