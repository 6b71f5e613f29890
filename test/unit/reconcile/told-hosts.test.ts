import { describe, expect, it } from 'vitest';
import type { AgentSketch, ObservationSketch } from './observations.ts';
import { newAgent, restarted, Story, told } from './story.ts';

const numbered = 'ecs-a-4.us-east-1.amazonaws.com';
const toldPublic = { path: 'public', lastWebsocketHost: numbered } as const satisfies AgentSketch;

/** The names have been private for long; the agent has been private too, and has been replaced by another. */
function replaced(sketch: AgentSketch): Story {
  const story = new Story();
  story.looks(20, { agent: { path: 'private' } });
  story.sketch = {
    agent: { id: 'container-2', startedAt: 'second start', startedMonoMs: story.monoMs + 4_000, ...sketch },
  };
  return story;
}

describe('an agent that started on private names and was told public hosts', () => {
  it.each(['public', 'disconnected'] as const)('is not restarted (%s)', (path) => {
    const story = replaced({ ...toldPublic, path });
    for (let count = 0; count < 500; count += 1) expect(story.look().act).toBeUndefined();
    expect(story.told).toBe('blocked: agent-told-public-hosts');
    expect(story.state.reason.message).toContain(numbered);
    expect(story.state.reason.advice).toMatch(
      /ecs\.us-east-1\.amazonaws\.com \(region us-east-1\).*restart --if-needed/,
    );
  });

  it('is restarted by hand', () => {
    const story = replaced(toldPublic);
    story.looks(20);
    story.ask({ id: 'one', ifNeeded: true });
    expect(story.untilAct({}, 5_000, 5).act?.verb).toBe('kill');
  });

  it.each<[string, AgentSketch, ObservationSketch]>([
    ['once a name answers otherwise', {}, { address: '10.0.1.11' }],
    [
      'when it was told the hosts of the endpoints',
      { lastWebsocketHost: 'ecs-a.us-east-1.amazonaws.com' },
      {},
    ],
    ['when it started before', { startedMonoMs: 1_000_001 }, {}],
  ])('is restarted %s', (_, agent, sketch) => {
    const story = replaced({ ...toldPublic, ...agent });
    story.looks(2);
    expect(story.untilAct(sketch).act?.verb).toBe('kill');
  });

  it('after a restart of ours is judged by all that led to it', () => {
    const story = restarted();
    story.sketch = { agent: { ...newAgent, ...toldPublic } };
    story.looks(100);
    expect(story.told).toBe('blocked: restart-did-not-help');
    expect(told(story.look({ address: '10.0.1.11' }))).toBe('scheduled: cool-down');
  });
});
