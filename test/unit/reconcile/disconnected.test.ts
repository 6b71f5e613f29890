import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import type { Policy } from '../../../src/reconcile/policy.ts';
import { Story, told } from './story.ts';

const refused: Problem = {
  code: 'agent-refused',
  message: 'the endpoint policy does not allow ecs:Poll',
  advice: 'Allow it.',
};

/** A registered agent without any connection, which started before the endpoints were private. */
function disconnected(agent: { lastWebsocketHost?: string; saying?: Problem } = {}): Story {
  const story = new Story();
  story.sketch = { agent: { path: 'disconnected', startedMonoMs: 900_000, ...agent } };
  return story;
}

describe('a registered agent without a connection', () => {
  it('is given the two minutes that it pauses between two tries, then blocked', () => {
    const story = disconnected();
    story.looks(3);
    expect(story.told).toBe('settling: agent-disconnected');
    expect(told(story.looks(21))).toBe('settling: agent-disconnected');
    expect(told(story.look())).toBe('blocked: agent-disconnected');
    for (let count = 0; count < 500; count += 1) expect(story.look().act).toBeUndefined();
    expect(story.state.reason.message).toContain('has no connection to ECS that lasts');
  });

  it('has what it says last for a reason', () => {
    const story = disconnected({ saying: refused });
    story.looks(30);
    expect(story.state.reason).toEqual(refused);
  });

  it.each(['ecs-a-3.us-east-1.amazonaws.com', 'ecs-a-fips-3.us-gov-west-1.amazonaws.com'])(
    'is restarted where it was last told the numbered host %s, which it keeps for hours',
    (host) => {
      const story = disconnected({ lastWebsocketHost: host });
      expect(story.looks(24).act).toBeUndefined();
      const { act, events } = story.look();
      expect(act?.verb).toBe('kill');
      expect(events[0]?.fields['cause']).toBe(`seen disconnected; it tries ${host}`);
    },
  );

  it('is not restarted where it was told the un-numbered one: its next try asks anew', () => {
    const story = disconnected({ lastWebsocketHost: 'ecs-a.us-east-1.amazonaws.com' });
    for (let count = 0; count < 500; count += 1) expect(story.look().act).toBeUndefined();
  });

  it('is given them once port 443 is open, which is the cause until then', () => {
    const story = disconnected({ saying: { ...refused, code: 'agent-cannot-reach' } });
    story.looks(60, { reachable: false });
    expect(story.told).toBe('blocked: endpoint-tcp-timeout');
    story.looks(4);
    expect(story.told).toBe('settling: agent-disconnected');
    expect(told(story.looks(20))).toBe('settling: agent-disconnected');
    expect(told(story.looks(5))).toBe('blocked: agent-cannot-reach');
  });

  it('is restarted by hand', () => {
    const story = disconnected();
    story.looks(30);
    story.ask({ id: 'r-1', ifNeeded: true });
    const { act, events } = story.look();
    expect(act?.verb).toBe('kill');
    expect(events[0]?.fields['cause']).toBe('seen disconnected');
  });

  it('neither dialling nor a connection that has not lasted yet ends it: a refused websocket looks like one', () => {
    const story = disconnected();
    expect(story.looks(100).look.inMs).toBeGreaterThan(30_000);
    const unknown = { path: 'unknown', publicSeen: false } as const;
    expect(told(story.look({ agent: unknown }))).toBe('blocked: agent-disconnected');
    const open = story.look({ agent: { ...unknown, connectedMonoMs: story.monoMs } });
    expect(told(open)).toBe('blocked: agent-disconnected');
    expect(open.look.inMs).toBe(5_000);
    expect(told(story.look({ agent: { path: 'private' } }))).toBe('settled: on-private-path');
  });

  it.each([
    ['by hand', {}],
    ['of an agent that tries a numbered host', { lastWebsocketHost: 'ecs-a-3.us-east-1.amazonaws.com' }],
  ])('a connection that may last is waited for before a restart %s', (how, agent) => {
    const story = disconnected(agent);
    story.looks(24);
    if (how === 'by hand') story.ask({ id: 'r-1', ifNeeded: true });
    const open = { path: 'unknown', publicSeen: false, ...agent } as const;
    const decision = story.look({ agent: { ...open, connectedMonoMs: story.monoMs } });
    expect(decision.act).toBeUndefined();
    expect(told(decision)).toBe('settling: path-unknown');
    expect(story.look().act?.verb).toBe('kill');
  });

  it('with one look at a public connection between two is still on the public path', () => {
    const story = disconnected();
    for (let count = 0; count < 2; count += 1) {
      story.look({ agent: { path: 'public' } });
      expect(story.looks(3).act).toBeUndefined();
    }
    expect(story.look({ agent: { path: 'public' } }).act?.verb).toBe('kill');
  });
});

describe('an agent that tries a public address every two minutes, and is not restarted', () => {
  it.each<[string, Partial<Policy>]>([
    ['restart-off', { restart: 'off' }],
    ['dry-run', { dryRun: true }],
  ])('%s is told once', (code, changed) => {
    const story = new Story(changed);
    story.looks(4);
    expect(story.told).toBe(`blocked: ${code}`);
    for (let tries = 0; tries < 20; tries += 1) {
      const looks = [
        story.look({ agent: { path: 'unknown', publicSeen: false } }),
        story.looks(10, { agent: { path: 'disconnected' } }),
        story.looks(2, { agent: { path: 'public' } }),
      ];
      expect(looks.map(told)).toEqual(Array(3).fill(`blocked: ${code}`));
    }
    story.ask({ id: 'r-1', ifNeeded: true });
    const open = { path: 'unknown', publicSeen: false, connectedMonoMs: story.monoMs } as const;
    expect(told(story.look({ agent: open }))).toBe('settling: path-unknown');
    expect(told(story.look({ agent: { path: 'private' } }))).toBe('settled: on-private-path');
  });
});

describe('connections that are read and show too little', () => {
  it('are waited for, and no start time decides', () => {
    const story = new Story();
    story.sketch = { agent: { path: 'unknown', publicSeen: false, startedMonoMs: 900_000 } };
    for (let count = 0; count < 500; count += 1) expect(story.look().act).toBeUndefined();
    expect(story.told).toBe('settling: path-unknown');
  });
});
