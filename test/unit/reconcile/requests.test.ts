import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import { withRequest } from '../../../src/reconcile/state.ts';
import { allPrivate, allPublic } from './observations.ts';
import { happened, newAgent, restarted, Story, told } from './story.ts';

const forced = { id: 'r-1', ifNeeded: false };
const ifNeeded = { id: 'r-2', ifNeeded: true };
const refused: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };
const unwritable: Problem = { code: 'state-unwritable', message: 'disk full', advice: 'Free space.' };

describe('a forced restart', () => {
  it.each([
    ['public names', { classes: allPublic }],
    ['443 closed', { reachable: false }],
    ['an agent on the private path', { agent: { path: 'private' as const } }],
    ['an instance that terminates', { lifecycle: { spotAction: 'stop' } }],
    ['tasks that are starting', { agent: { tasksStarting: 3 } }],
  ])('is made at the next close look in spite of %s, and told', (_, sketch) => {
    const story = new Story({ splayDelayMs: 600_000 });
    story.look(sketch);
    story.ask(forced);
    expect(story.look({ ...sketch, close: false }).look).toMatchObject({ inMs: 0, pace: 'close' });
    const decision = story.look(sketch, 0);
    expect(decision.act?.verb).toBe('kill');
    expect(happened(decision)).toEqual(['restart-issued', 'phase-changed']);
    expect(decision.events[0]?.fields['cause']).toBe('asked for by the operator');
    expect(decision.state.request).toBeUndefined();
    expect(decision.state.journal).toMatchObject({
      intent: { requestId: 'r-1' },
      lastRestart: { requestId: 'r-1', outcome: 'pending' },
    });
  });

  it('is verified and answered by its id', () => {
    const story = new Story();
    story.ask(forced);
    story.look();
    story.did('yes');
    story.look({ agent: newAgent });
    story.look({ agent: { ...newAgent, path: 'private' } });
    expect(story.state.journal.lastRestart).toMatchObject({ requestId: 'r-1', outcome: 'private' });
  });

  it.each([
    [
      'nobody to say who supervises the agent',
      { agent: { supervisor: 'unknown' as const } },
      'no-safe-restart',
    ],
    ['no agent', { agent: { exists: false } }, 'no-safe-restart'],
    ['an agent that is stopped', { agent: { running: false, exitCode: 5 } }, 'no-safe-restart'],
    ['a state file that cannot be written', { storageProblem: unwritable }, 'state-unwritable'],
    ['an Engine that is down', { agent: { engineProblem: refused } }, 'engine-refused'],
  ])('is refused with an answer where there is %s', (_, sketch, code) => {
    const story = new Story();
    story.ask(forced);
    const decision = story.look(sketch);
    expect(decision.act).toBeUndefined();
    expect(told(decision)).toBe(`blocked: ${code}`);
    expect(story.state.request).toBeUndefined();
    expect(story.state.requestAnswer).toMatchObject({ id: 'r-1', phase: 'blocked', reason: { code } });
  });

  it.each([forced, ifNeeded])('is made where the daemon is not to restart by itself: %j', (request) => {
    const story = new Story({ restart: 'off' });
    expect(told(story.looks(3))).toBe('blocked: restart-off');
    story.state = withRequest(story.state, request);
    expect(story.look().act?.verb).toBe('kill');
  });

  it('that comes while another is handled is answered, and the first one goes on', () => {
    const story = new Story();
    story.ask(ifNeeded);
    story.look();
    story.state = withRequest(story.state, { id: 'r-3', ifNeeded: false });
    expect(story.state.requestAnswer).toMatchObject({ id: 'r-3', reason: { code: 'another-request' } });
    expect(story.looks(2).state.journal.intent?.requestId).toBe('r-2');
  });

  it('waits for a restart that is under way, and for its verification', () => {
    const story = restarted();
    story.ask(forced);
    expect(story.look({ agent: { exists: false } }, 300).act).toBeUndefined();
    expect(story.look({ agent: newAgent }, 300).act).toBeUndefined();
    const decision = story.look({ agent: { ...newAgent, path: 'private' } }, 300);
    expect(decision.act).toMatchObject({ verb: 'kill', containerId: 'container-2' });
    expect(happened(decision)).toEqual(['restart-verified', 'restart-issued', 'phase-changed']);
  });

  it('before there are endpoints ends with what is seen, and not with endpoints that were withdrawn', () => {
    const story = new Story();
    story.sketch = { classes: allPublic };
    story.looks(5);
    story.ask(forced);
    story.look();
    story.did('yes');
    story.looks(9, { agent: { ...newAgent, path: 'none' } });
    expect(story.told).toBe('verifying: verifying');
    story.look({ agent: newAgent });
    expect(story.state.journal.lastRestart).toMatchObject({ requestId: 'r-1', outcome: 'public' });
    expect(story.told).toBe('waiting: names-not-private');
    expect(story.untilAct({ classes: allPrivate, agent: newAgent }, 5_000, 4).act?.verb).toBe('kill');
  });

  it('is only told in a dry run', () => {
    const story = new Story({ dryRun: true });
    story.ask(forced);
    const decision = story.look({ classes: allPublic });
    expect(decision).toMatchObject({ dryRun: true, act: { verb: 'kill' } });
    expect(happened(decision)).toContain('restart-dry-run');
    expect(story.state.requestAnswer).toMatchObject({ id: 'r-1', reason: { code: 'dry-run' } });
  });
});

describe('a restart if needed', () => {
  it('answers at once where it is not needed or not possible', () => {
    for (const [sketch, expected] of [
      [{ agent: { path: 'private' as const } }, 'settled: on-private-path'],
      [{ classes: allPublic }, 'waiting: names-not-private'],
      [{ reachable: false }, 'blocked: endpoint-tcp-timeout'],
      [{ lifecycle: { spotAction: 'stop' } }, 'blocked: instance-terminating'],
    ] as const) {
      const story = new Story();
      story.ask(ifNeeded);
      const decision = story.look(sketch);
      expect(told(decision)).toBe(expected);
      expect(decision.act).toBeUndefined();
      const { requestAnswer, request } = story.state;
      expect(request).toBeUndefined();
      expect(`${requestAnswer?.phase}: ${requestAnswer?.reason.code}`).toBe(expected);
      expect(requestAnswer?.id).toBe('r-2');
    }
  });

  it('takes the same rounds, but skips the splay', () => {
    const story = new Story({ splayDelayMs: 600_000 });
    story.ask(ifNeeded);
    expect(story.looks(2).act).toBeUndefined();
    expect(story.state.request).toEqual(ifNeeded);
    expect(story.look().state.journal.intent?.requestId).toBe('r-2');
  });

  it('skips the cool-down and the count', () => {
    const story = restarted();
    story.sketch = { agent: newAgent, address: '10.0.1.11' };
    story.looks(70);
    expect(story.told).toBe('scheduled: cool-down');
    story.ask(ifNeeded);
    expect(story.look().act?.verb).toBe('kill');

    const used = new Story({ maxRestarts: 1 });
    used.untilAct();
    used.did('yes');
    used.sketch = { agent: newAgent, address: '10.0.1.11' };
    used.looks(200);
    expect(used.told).toBe('blocked: attempts-used-up');
    used.ask(ifNeeded);
    expect(used.look().act?.verb).toBe('kill');
    expect(used.state.journal.transition?.attempts).toBe(2);
    used.did('yes');
    used.sketch = { agent: { id: 'container-3' }, address: '10.0.1.12' };
    for (let count = 0; count < 500; count += 1) expect(used.look().act).toBeUndefined();
    expect(used.told).toBe('blocked: attempts-used-up');
  });

  it('waits for tasks that are starting', () => {
    const story = new Story();
    story.ask(ifNeeded);
    expect(told(story.looks(3, { agent: { tasksStarting: 1 } }))).toBe('scheduled: tasks-starting');
    expect(story.state.request).toEqual(ifNeeded);
    expect(story.look().act?.verb).toBe('kill');
  });
});

describe('a request whose call was not made', () => {
  const refused: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };

  it('is answered with the problem', () => {
    const story = new Story();
    story.ask(forced);
    story.look();
    story.did('no', refused);
    expect(story.state.requestAnswer).toEqual({ id: 'r-1', phase: 'blocked', reason: refused });
  });

  it('is answered when the daemon died before it', () => {
    const story = new Story();
    story.ask(forced);
    story.look();
    story.daemonDies();
    story.look({ close: false });
    expect(story.state.requestAnswer).toMatchObject({ id: 'r-1', reason: { code: 'restart-abandoned' } });
  });
});
