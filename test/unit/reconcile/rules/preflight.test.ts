import { describe, expect, it } from 'vitest';
import type { PreflightAnswer } from '../../../../src/preflight/preflight-answer.ts';
import { foundIn, preflight, withAnswer } from '../../../../src/reconcile/rules/preflight.ts';
import { type ContextSketch, contextOf, foundOf, now } from '../contexts.ts';
import { Story, told } from '../story.ts';

const plain: PreflightAnswer = { outcome: 'told', acsHost: 'ecs-a.us-east-1.amazonaws.com' };
const numbered: PreflightAnswer = { outcome: 'told', acsHost: 'ecs-a-1.us-east-1.amazonaws.com' };
const nothing: PreflightAnswer = { outcome: 'unanswered', why: 'throttled' };
const byEndpoint: PreflightAnswer = {
  outcome: 'refused',
  said:
    'User: r is not authorized to perform: ecs:DiscoverPollEndpoint on resource: c because no VPC endpoint policy ' +
    'allows the ecs:DiscoverPollEndpoint action',
};

/** A story up to the question. */
function asking(changed: ConstructorParameters<typeof Story>[0] = {}): Story {
  const story = new Story({ preflight: 'auto', ...changed });
  for (let count = 0; count < 100; count += 1) if (story.look().ask !== undefined) return story;
  throw new Error(`never asked: ${story.told}`);
}

describe('what the agent will ask', () => {
  it('is asked last before a restart, of the address that was just reached', () => {
    const story = new Story({ preflight: 'auto' });
    let decision = story.look();
    while (decision.ask === undefined && decision.act === undefined) decision = story.look();
    expect(told(decision)).toBe('settling: preflight-asking');
    expect(decision.act).toBeUndefined();
    expect(decision.look.inMs).toBe(0);
    expect(decision.ask?.question).toEqual({
      region: 'us-east-1',
      host: 'ecs.us-east-1.amazonaws.com',
      address: '10.0.1.10',
      trust: { words: 'as told', of: 'host', by: {} },
      cluster: 'default',
      containerInstanceArn: undefined,
    });
    expect(decision.trace.at(-1)?.rule).toBe('preflight');
  });

  it.each([plain, nothing])('and does not keep the agent from a restart: %j', (answer) => {
    const story = asking();
    story.answered(answer);
    const decision = story.look({}, 0);
    expect(decision.act?.verb).toBe('kill');
    expect(decision.trace.at(-2)).toMatchObject({ rule: 'preflight', result: 'passed' });
  });

  it.each([
    [numbered, 'preflight-public-hosts', /ecs-a-1\..*10\.0\.1\.10|10\.0\.1\.10.*ecs-a-1\./],
    [byEndpoint, 'preflight-refused', /no VPC endpoint policy/],
  ] as const)('forbids it: %j', (answer, code, message) => {
    const story = asking();
    story.answered(answer);
    expect(told(story.look({}, 0))).toBe(`blocked: ${code}`);
    expect(story.state.reason.message).toMatch(message);
    for (let count = 0; count < 500; count += 1) {
      const { act, ask } = story.look();
      expect(act).toBeUndefined();
      expect(story.told).toBe(`blocked: ${code}`);
      if (ask) story.answered(answer);
    }
  });

  it('and what the role may not do does not, where the agent has other credentials', () => {
    const story = new Story({ preflight: 'auto' });
    story.sketch = { agent: { settings: { ownCredentials: 'AWS_PROFILE' } } };
    while (story.look().ask === undefined);
    story.answered(byEndpoint);
    const { act, trace } = story.look({}, 0);
    expect(act?.verb).toBe('kill');
    expect(trace.at(-2)).toMatchObject({
      rule: 'preflight',
      result: 'passed',
      found: expect.stringMatching(/no obstacle \(.*role.*AWS_PROFILE\): .*no VPC endpoint policy/),
    });
  });

  it('where ECS sends those that come this way forbids it with any credentials, and those that were not asked with are named', () => {
    const story = new Story({ preflight: 'auto' });
    story.sketch = { agent: { settings: { ownCredentials: 'AWS_PROFILE' } } };
    while (story.look().ask === undefined);
    story.answered(numbered);
    expect(told(story.look({}, 0))).toBe('blocked: preflight-public-hosts');
    if (story.state.preflight) expect(foundIn(story.state.preflight)).toContain('AWS_PROFILE');
    expect(story.state.preflight).toBeDefined();
  });

  it('is asked again once the agent has other credentials', () => {
    const story = asking();
    story.answered(byEndpoint);
    expect(told(story.look({}, 0))).toBe('blocked: preflight-refused');
    story.sketch = { agent: { settings: { ownCredentials: 'AWS_ACCESS_KEY_ID' } } };
    expect(told(story.look())).toBe('scheduled: preflight-due');
  });

  it('names the policy that lacks it', () => {
    const story = asking();
    story.answered(byEndpoint);
    story.look();
    expect(story.state.reason.advice).toMatch(
      /Allow ecs:DiscoverPollEndpoint in the policy of the interface endpoint ecs\./,
    );
  });

  it('is asked again after a while, each time a longer one, and at most 10 minutes', () => {
    const story = asking();
    const pauses: number[] = [];
    for (let last = story.monoMs; pauses.length < 7; ) {
      story.answered(numbered);
      while (story.look().ask === undefined);
      pauses.push(Math.round((story.monoMs - last) / 60_000));
      last = story.monoMs;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 10, 10, 10]);
    story.answered(plain);
    expect(story.look({}, 0).act?.verb).toBe('kill');
  });

  it('is asked again when what a restart depends on has changed, and not within a minute', () => {
    const story = asking();
    story.answered(numbered);
    story.look({}, 0);
    story.sketch = { address: '10.0.1.11' };
    const askedMs = story.monoMs;
    expect(told(story.look())).toBe('scheduled: preflight-due');
    while (story.look().ask === undefined);
    expect(story.monoMs - askedMs).toBe(60_000);
  });

  it('is asked at once by hand, and what forbids a restart is not overridden', () => {
    const story = asking();
    story.answered(numbered);
    story.look();
    story.ask({ id: 'one', ifNeeded: true });
    expect(story.look().ask).toBeDefined();
    expect(story.state.requestAnswer).toBeUndefined();
    story.answered(numbered);
    const decision = story.look({}, 0);
    expect(decision.ask).toBeUndefined();
    expect(story.state.requestAnswer).toMatchObject({
      id: 'one',
      phase: 'blocked',
      reason: { code: 'preflight-public-hosts' },
    });
    story.ask({ id: 'two', ifNeeded: true });
    expect(story.look().ask).toBeDefined();
    story.answered(plain);
    expect(story.look({}, 0).act?.verb).toBe('kill');
  });

  it('is not asked for a restart without regard, with restart=off, and when it is switched off', () => {
    const regardless = new Story({ preflight: 'auto' });
    regardless.ask({ id: 'one', ifNeeded: false });
    expect(regardless.untilAct().act?.verb).toBe('kill');
    expect(regardless.state.preflight).toBeUndefined();
    for (const changed of [{ restart: 'off' }, { preflight: 'off' }] as const) {
      const story = new Story({ preflight: 'auto', ...changed });
      for (let count = 0; count < 100; count += 1) expect(story.look().ask).toBeUndefined();
    }
  });

  it('is asked once in a dry run', () => {
    const story = asking({ dryRun: true });
    story.answered(plain);
    const events = story.look({}, 0).events.map(({ code }) => code);
    expect(events).toContain('restart-dry-run');
    for (let count = 0; count < 500; count += 1) expect(story.look().ask).toBeUndefined();
  });
});

describe('the rule', () => {
  const found = (sketch: ContextSketch) =>
    foundOf(preflight(contextOf({ ...sketch, limits: { preflight: 'auto' } })));
  const answeredBefore = (ms: number, answer: PreflightAnswer): ContextSketch => {
    const context = contextOf({ limits: { preflight: 'auto' } });
    const finding = preflight(context);
    if (finding.result !== 'spoke' || finding.step.ask === undefined) throw new Error('not asked');
    return { state: withAnswer(context.state, finding.step.ask, answer, now.monoMs - ms) };
  };

  it.each<[string, ContextSketch, string]>([
    ['has no address', { sees: { classes: ['private', 'private', 'public'] } }, 'passed: the address'],
    ['was told a moment ago', answeredBefore(1_000, plain), 'passed: ECS would send a new agent to ecs-a.us'],
    [
      'was not answered',
      answeredBefore(1_000, nothing),
      'passed: not answered, which is no obstacle: throttled',
    ],
    ['was told long ago', answeredBefore(301_000, plain), 'settling: preflight-asking'],
    ['was refused a moment ago', answeredBefore(59_000, byEndpoint), 'blocked: preflight-refused'],
  ])('%s', (_, sketch, expected) => {
    expect(found(sketch)).toContain(expected);
  });
});
