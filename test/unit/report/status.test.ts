import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import { allPublic, observe } from '../reconcile/observations.ts';
import { newAgent, restarted, Story } from '../reconcile/story.ts';
import { statusOf } from './stage.ts';

describe('the status', () => {
  it('tells phase, reason, endpoints, agent, last restart and what comes next, all of it JSON', () => {
    const story = restarted();
    story.look({ agent: { exists: false } }, 300);
    story.look({ agent: newAgent }, 400);
    story.look({ agent: { ...newAgent, path: 'private' } }, 300);
    story.sketch = { agent: { ...newAgent, path: 'private' } };
    const status = statusOf(story);
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
    expect(status).toMatchObject({
      version: 1,
      writtenAt: new Date(story.wallMs).toISOString(),
      daemon: { pid: 77, version: '0.1.0', startedAt: '2023-11-14T22:13:20.000Z', looks: 9, dryRun: false },
      phase: 'settled',
      since: new Date(story.wallMs).toISOString(),
      reason: { code: 'on-private-path', advice: null },
      next: { lookAt: new Date(story.wallMs + 5_000).toISOString(), restartAt: null },
      instance: { instanceId: 'i-0123456789abcdef0', region: 'us-east-1', vpcId: 'vpc-1', problem: null },
      endpoints: [
        {
          service: 'ecs-agent',
          host: 'ecs-agent.us-east-1.amazonaws.com',
          class: 'private',
          addresses: ['10.0.1.10'],
          reachable: true,
        },
        { service: 'ecs-telemetry' },
        { service: 'ecs' },
      ],
      agent: {
        container: { id: 'container-2', running: true },
        registered: true,
        path: 'private',
        problem: null,
      },
      transition: { restarts: 1 },
      lastRestart: {
        at: new Date(story.wallMs - 1_000).toISOString(),
        verb: 'kill',
        outcome: 'private',
        newProcessMs: 700,
        connectedMs: 1_000,
        requestId: null,
      },
      restartsTotal: 1,
      warnings: [],
      request: null,
      requestAnswer: null,
    });
  });

  it('tells times of the monotonic clock by the wall clock as it stands now', () => {
    const story = new Story({ splayDelayMs: 600_000 });
    story.look({ classes: allPublic });
    story.looks(4);
    story.wallMs += 864e5;
    const status = statusOf(story);
    const at = (agoMs: number) => new Date(story.wallMs - agoMs).toISOString();
    expect(status).toMatchObject({
      phase: 'scheduled',
      since: at(5_000),
      transition: { privateSince: at(15_000), restarts: 0 },
      next: { restartAt: at(15_000 - 600_000) },
    });
  });

  it('shows guards before it comes to them', () => {
    const story = new Story();
    story.sketch = { classes: allPublic, agent: { version: '1.20.0' }, lifecycle: { spotAction: 'stop' } };
    story.look();
    expect(statusOf(story).warnings.map(({ code }) => code)).toEqual([
      'instance-terminating',
      'agent-too-old',
    ]);
  });

  it('is whole where nothing is known', () => {
    const story = new Story();
    const problem: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };
    const noImds: Problem = { code: 'imds-timeout', message: 'IMDS does not answer', advice: 'Look at it.' };
    const seen = observe({ agent: { engineProblem: problem } });
    const status = statusOf(story, {
      ...seen,
      endpoints: undefined,
      instance: { ...seen.instance, facts: undefined, problem: noImds },
    });
    expect(status).toMatchObject({
      endpoints: [],
      instance: { instanceId: null, region: null, availabilityZone: null, vpcId: null, problem: noImds },
      agent: { container: null, problem },
      transition: null,
      lastRestart: null,
    });
  });

  it('tells a request and its answer', () => {
    const story = new Story();
    story.ask({ id: 'r-1', ifNeeded: true });
    story.look();
    expect(statusOf(story).request).toEqual({ id: 'r-1' });
    story.look({ classes: allPublic });
    expect(statusOf(story)).toMatchObject({
      request: null,
      requestAnswer: { id: 'r-1', phase: 'waiting', reason: { code: 'names-not-private' } },
    });
  });
});
