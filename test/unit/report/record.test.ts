import { describe, expect, it } from 'vitest';
import { fleetRecord, recordBytes, untoldRecord } from '../../../src/report/record.ts';
import type { Status } from '../../../src/report/status-schema.ts';
import { newAgent, restarted, Story } from '../reconcile/story.ts';
import { statusOf } from './stage.ts';

function settledStory(): Story {
  const story = restarted();
  story.look({ agent: newAgent }, 700);
  story.look({ agent: { ...newAgent, path: 'private' } }, 300);
  story.sketch = { agent: { ...newAgent, path: 'private' } };
  return story;
}

/** The time as the record tells it. */
const second = (wallMs: number) => `${new Date(wallMs).toISOString().slice(0, 19)}Z`;

describe('the record', () => {
  it('of an agent on the private path: flat, of strings, in this order', () => {
    const story = settledStory();
    const settledMs = story.wallMs;
    story.look({ agent: { ...newAgent, path: 'private' } }, 60_000);
    const record = fleetRecord(statusOf(story));
    expect(Object.entries(record)).toEqual([
      ['Phase', 'settled'],
      ['Reason', 'on-private-path'],
      ['Since', second(settledMs)],
      ['SeenAt', second(story.wallMs)],
      ['Path', 'private'],
      ['ProvenAt', second(story.wallMs)],
      ['NoPublicSince', second(settledMs)],
      ['Cluster', 'default'],
      ['ContainerInstanceArn', ''],
      ['InstanceId', 'i-0123456789abcdef0'],
      ['VpcId', 'vpc-1'],
      ['SubnetId', 'subnet-1'],
      ['AvailabilityZone', 'us-east-1a'],
      ['AgentVersion', '1.105.1'],
      ['DaemonVersion', '0.1.0'],
      ['Message', 'The agent is on the private path: seen private'],
      ['Advice', ''],
    ]);
  });

  it('of one that is blocked tells what to do', () => {
    const story = new Story();
    story.sketch = { agent: { settings: { proxy: 'http://proxy.example:3128' } } };
    story.look();
    expect(fleetRecord(statusOf(story))).toMatchObject({
      Phase: 'blocked',
      Path: 'public',
      ProvenAt: '',
      NoPublicSince: '',
      Message: expect.stringMatching(/^The agent reaches ECS through the proxy/),
      Advice: expect.stringMatching(/^Add the endpoints' names to NO_PROXY/),
    });
  });

  it('keeps the time of the last proof when the path is lost, and ends with the process', () => {
    const story = settledStory();
    const provenMs = story.wallMs;
    story.sketch = { agent: { ...newAgent, path: 'disconnected' } };
    story.look(story.sketch, 60_000);
    expect(fleetRecord(statusOf(story)).ProvenAt).toBe(second(provenMs));
    story.sketch = { agent: { ...newAgent, path: 'none', startedAt: 'later' } };
    story.look(story.sketch, 1_000);
    expect(fleetRecord(statusOf(story)).ProvenAt).toBe('');
  });

  describe('since when no public connection has been seen', () => {
    const since = (story: Story) => fleetRecord(statusOf(story)).NoPublicSince;

    it('begins with the last look that saw none after one that did', () => {
      const story = settledStory();
      const from = second(story.wallMs);
      story.look(story.sketch, 60_000);
      expect(since(story)).toBe(from);
      story.sketch = { agent: { ...newAgent, path: 'private', tcs: 'public', publicSeen: true } };
      story.look(story.sketch, 60_000);
      expect(since(story)).toBe('');
      story.sketch = { agent: { ...newAgent, path: 'private' } };
      story.look(story.sketch, 60_000);
      expect(since(story)).toBe(second(story.wallMs));
    });

    it('begins anew with another process of the agent', () => {
      const story = settledStory();
      story.sketch = { agent: { ...newAgent, path: 'private', startedAt: 'later' } };
      story.look(story.sketch, 3_600_000);
      expect(since(story)).toBe(second(story.wallMs));
    });

    it.each([
      ['the connections cannot be read', { path: 'unknown', publicSeen: undefined }],
      ['the Engine does not answer', { engineProblem: engineTimeout(), publicSeen: undefined }],
    ] as const)('is not told while %s', (_, seen) => {
      const story = settledStory();
      story.look(story.sketch, 60_000);
      story.sketch = { agent: { ...newAgent, ...seen } };
      story.look(story.sketch, 60_000);
      expect(since(story)).toBe('');
    });
  });

  it('never tells a time with milliseconds, and none for what is no time', () => {
    const status = { ...statusOf(settledStory()), since: 'yesterday', writtenAt: '2026-11-27T04:05:06.999Z' };
    expect(fleetRecord(status)).toMatchObject({ Since: '', SeenAt: '2026-11-27T04:05:06Z' });
  });

  it('leaves out a fact that is longer than any of AWS rather than telling another one', () => {
    const status = statusOf(settledStory());
    const arn = (name: string) =>
      `arn:aws-us-gov:ecs:us-gov-west-1:123456789012:container-instance/${name}/${'0'.repeat(32)}`;
    const at = (name: string): Status => ({
      ...status,
      agent: { ...status.agent, cluster: name, containerInstanceArn: arn(name) },
    });
    const longest = 'c'.repeat(255);
    expect(fleetRecord(at(longest))).toMatchObject({
      Cluster: longest,
      ContainerInstanceArn: arn(longest),
    });
    expect(fleetRecord(at('c'.repeat(321)))).toMatchObject({ Cluster: '', ContainerInstanceArn: '' });
    expect(fleetRecord(at('a\u202eb')).Cluster).toBe('');
  });

  describe('cuts the words alone', () => {
    const words = (message: string, advice: string | null) => {
      const status = statusOf(settledStory());
      const record = fleetRecord({ ...status, reason: { ...status.reason, message, advice } });
      return { record, bytes: Buffer.byteLength(JSON.stringify(record)) };
    };

    it('to exactly what there is room for, and shows it', () => {
      const { record, bytes } = words('m'.repeat(5_000), null);
      expect(bytes).toBe(recordBytes);
      expect(record.Message).toMatch(/^m+…$/);
    });

    it('the longer one first', () => {
      const { record } = words('m'.repeat(5_000), 'Restart it.');
      expect(record.Advice).toBe('Restart it.');
      expect(words('Seen.', 'a'.repeat(5_000)).record.Message).toBe('Seen.');
      const both = words('m'.repeat(5_000), 'a'.repeat(5_000)).record;
      expect(Math.abs(both.Message.length - both.Advice.length)).toBeLessThan(2);
    });

    it('by bytes, between two characters', () => {
      for (const character of ['é', '€', '😀', '"', '\u202e']) {
        const { record, bytes } = words(character.repeat(3_000), null);
        expect(bytes).toBeLessThanOrEqual(recordBytes);
        expect(bytes).toBeGreaterThan(recordBytes - 12);
        expect(record.Message).not.toMatch(/\p{Cs}/u);
      }
    });
  });

  describe('of a host whose daemon tells nothing', () => {
    const untold = {
      phase: 'not-running',
      reason: 'daemon-not-running',
      message: 'No daemon is running on this host',
      advice: 'Start it.',
      version: '0.2.0',
      nowMs: Date.UTC(2026, 10, 27, 4, 5, 6, 789),
    } as const;

    it('has all fields, and says which host it is where an earlier status does', () => {
      const story = settledStory();
      const told = fleetRecord(statusOf(story));
      const record = untoldRecord(untold, statusOf(story));
      expect(Object.keys(record)).toEqual(Object.keys(told));
      expect(record).toEqual({
        ...told,
        Phase: 'not-running',
        Reason: 'daemon-not-running',
        Since: '',
        SeenAt: '2026-11-27T04:05:06Z',
        Path: 'unknown',
        ProvenAt: '',
        NoPublicSince: '',
        AgentVersion: '',
        DaemonVersion: '0.2.0',
        Message: 'No daemon is running on this host',
        Advice: 'Start it.',
      });
    });

    it('knows no host without one', () => {
      expect(untoldRecord(untold)).toMatchObject({ Phase: 'not-running', InstanceId: '', Cluster: '' });
    });
  });
});

function engineTimeout() {
  return { code: 'engine-timeout', message: 'no answer', advice: 'look' } as const;
}
