import { describe, expect, it } from 'vitest';
import type { FleetReading } from '../../../src/fleet/fleet-reading.ts';
import { readRecord, readRecordText } from '../../../src/fleet/record-reader.ts';
import { fleetVerdict } from '../../../src/fleet/verdict.ts';
import {
  context,
  event,
  found,
  instance,
  minuteMs,
  minutesAgo,
  nowMs,
  reading,
  recordBy,
} from './readings.ts';

const one = instance(1);
const other = instance(2);

function judge(readings: FleetReading | readonly FleetReading[], clusters?: readonly string[]) {
  const all = 'target' in readings ? [readings] : readings;
  const verdict = fleetVerdict(all, { ...context, clusters: clusters && new Set(clusters) });
  return {
    answer: verdict.answer,
    because: verdict.because,
    left: verdict.leftOut.length,
    hosts: verdict.hosts.map(({ judgement: { standing, code } }) => `${standing} ${code}`),
  };
}

const denied = { kind: 'denied', action: 'ssm:GetInventory', message: 'no' } as const;

describe('the verdict', () => {
  it('is yes where every container instance is proven', () => {
    expect(judge(reading({ instances: [one, other], records: [recordBy(one), recordBy(other)] }))).toEqual({
      answer: 'yes',
      because: 'all 2 container instances are on the private path',
      left: 0,
      hosts: ['proven on-private-path', 'proven on-private-path'],
    });
  });

  it('is not yes without a container instance, and says so', () => {
    const { answer, because } = judge(reading({}));
    expect(answer).toBe('unknown');
    expect(because).toMatch(/no container instance in us-east-1: nothing was proven/);
  });

  it('names who and why: no goes before not known', () => {
    const waiting = recordBy(other, { Phase: 'waiting', Reason: 'names-not-private' });
    const { answer, because, hosts } = judge(
      reading({ instances: [one, other, instance(3)], records: [recordBy(one), waiting] }),
    );
    expect(answer).toBe('no');
    expect(because).toBe('1 of 3 container instances is not done, and of 1 it is not known');
    expect(hosts).toEqual(['proven on-private-path', 'no names-not-private', 'unknown no-record']);
  });

  it('is not known where ECS did not tell all, however well those are that it told of', () => {
    const ecs = {
      told: { clusters: [], instances: [one], notFound: [] },
      failure: { ...denied, action: 'ecs:ListContainerInstances' },
    };
    const { answer, because } = judge(reading({ records: [recordBy(one)] }, { ecs }));
    expect(answer).toBe('unknown');
    expect(because).toMatch(/ecs:ListContainerInstances is not allowed/);
  });

  it('is not known where a cluster that was asked for is not there', () => {
    const ecs = { told: { clusters: [], instances: [one], notFound: ['prud'] } };
    expect(judge(reading({ records: [recordBy(one)] }, { ecs })).answer).toBe('unknown');
  });

  it('does without what may only contradict', () => {
    const missing = { ...denied, action: 'cloudtrail:LookupEvents' };
    const trail = { ...reading({}).trail, failure: missing };
    expect(judge(reading({ instances: [one], records: [recordBy(one)] }, { trail })).answer).toBe('yes');
  });
});

describe.each([
  ['a record that is 90 minutes old counts', { SeenAt: minutesAgo(90) }, 'proven on-private-path'],
  ['an older one does not', { SeenAt: minutesAgo(91) }, 'unknown record-stale'],
  [
    '45 minutes without a public connection are enough',
    { SeenAt: minutesAgo(5), NoPublicSince: minutesAgo(50) },
    'proven on-private-path',
  ],
  ['less are not', { SeenAt: minutesAgo(5), NoPublicSince: minutesAgo(49) }, 'no public-connection-recent'],
  [
    'what passed since it was seen does not count',
    { SeenAt: minutesAgo(60), NoPublicSince: minutesAgo(80) },
    'no public-connection-recent',
  ],
  ['no word of it is no proof', { NoPublicSince: '' }, 'unknown public-not-told'],
  ['a time after the look is none', { NoPublicSince: minutesAgo(1) }, 'unknown public-not-told'],
  ['settled for another reason is not done', { Reason: 'tcs-on-public-path' }, 'no tcs-on-public-path'],
  ['settled for no reason is not done', { Reason: '' }, 'no settled'],
  ['a public path beside a good reason is a contradiction', { Path: 'public' }, 'no on-private-path'],
  ['another phase is not done', { Phase: 'blocked', Reason: 'restart-no-effect' }, 'no restart-no-effect'],
  ['a phase that is not known is not done', { Phase: 'dreaming', Reason: '' }, 'no dreaming'],
  [
    'a daemon that does not run says nothing',
    { Phase: 'not-running', Reason: 'daemon-not-running' },
    'unknown daemon-not-running',
  ],
  [
    'a record of an earlier registration does not count',
    { ContainerInstanceArn: other.arn },
    'unknown other-registration',
  ],
  ['nor one of none', { ContainerInstanceArn: '' }, 'unknown other-registration'],
  [
    'nor one that came with the disk of another host',
    { InstanceId: other.instanceId },
    'unknown record-unusable',
  ],
  ['nor one from the future', { SeenAt: minutesAgo(-6) }, 'unknown record-of-the-future'],
  ['a clock that is a little ahead is none', { SeenAt: minutesAgo(-4) }, 'proven on-private-path'],
] as const)('of a record: %s', (_, change, expected) => {
  it(expected, () => {
    const { hosts, answer } = judge(reading({ instances: [one], records: [recordBy(one, change)] }));
    expect(hosts).toEqual([expected]);
    expect(answer === 'yes').toBe(expected.startsWith('proven'));
  });
});

describe('a host', () => {
  const online = { [one.instanceId]: 'online' } as const;

  it.each([
    ['online', online, 'unknown no-record'],
    ['offline', { [one.instanceId]: 'offline' }, 'unknown ssm-offline'],
    ['no managed node', { [one.instanceId]: undefined }, 'unknown not-managed'],
  ] as const)('without a record: %s', (_, nodes, expected) => {
    expect(judge(reading({ instances: [one], nodes })).hosts).toEqual([expected]);
  });

  it('without a record that could be read: the permission is named', () => {
    const verdict = fleetVerdict(
      [reading({ instances: [one] }, { inventory: { told: [], failure: denied } })],
      context,
    );
    expect(verdict.hosts[0]?.judgement).toMatchObject({ standing: 'unknown', code: 'no-witness' });
    expect(verdict.hosts[0]?.judgement.message).toContain('ssm:GetInventory is not allowed');
  });

  it('asked itself needs no inventory', () => {
    const asked = { told: [{ ...recordBy(one), by: 'run-command' as const }] };
    const change = { inventory: { told: [], failure: denied }, asked };
    expect(judge(reading({ instances: [one] }, change)).answer).toBe('yes');
  });

  it.each([
    ['cut', readRecordText('{"Phase":"settled","Reason":"on-priv')],
    ['no record at all', readRecordText('sh: 1: ecs-privatelinkd: not found')],
    ['of another type', readRecord({ TypeName: 'Custom:Other', Phase: 'settled' })],
    ['of an older form', readRecord({ state: 'ok' })],
    ['a list', readRecord([])],
    ['a number', readRecord(7)],
    ['without its time', readRecord({ Phase: 'settled', Reason: 'on-private-path', SeenAt: 'yesterday' })],
  ])('whose record is %s', (_, unusable) => {
    const { hosts, answer } = judge(
      reading({ instances: [one], records: [found(one.instanceId, unusable)] }),
    );
    expect({ hosts, answer }).toEqual({ hosts: ['unknown record-unusable'], answer: 'unknown' });
  });

  it('that ECS does not hear from is not done, whatever its record says', () => {
    const lost = instance(1, { agentConnected: false });
    expect(judge(reading({ instances: [lost], records: [recordBy(lost)] })).hosts).toEqual([
      'no agent-not-connected',
    ]);
  });

  it('that is registered twice is counted once, and is not done', () => {
    const again = instance(1, { arn: `${one.arn}0`, agentConnected: false });
    const { hosts, because } = judge(reading({ instances: [one, again], records: [recordBy(one)] }));
    expect(hosts).toEqual(['no registered-twice']);
    expect(because).toBe('1 of 1 container instance is not done');
  });

  it('of which there are two records is judged by the newer one', () => {
    const older = recordBy(one, { SeenAt: minutesAgo(60) });
    const newer = recordBy(one, { Phase: 'blocked', Reason: 'restart-no-effect', SeenAt: minutesAgo(10) });
    for (const records of [
      [older, newer],
      [newer, older],
    ]) {
      expect(judge(reading({ instances: [one], records })).hosts).toEqual(['no restart-no-effect']);
    }
  });

  it('of which two records of one time disagree is not done', () => {
    const good = recordBy(one);
    const bad = recordBy(one, { Phase: 'blocked', Reason: 'restart-no-effect' });
    for (const records of [
      [good, bad],
      [bad, good],
    ]) {
      expect(judge(reading({ instances: [one], records })).answer).toBe('no');
    }
  });

  it('seen by two profiles of one account is one', () => {
    const told = { instances: [one], records: [recordBy(one)] };
    const { answer, hosts } = judge([reading(told), reading(told, { target: 'profile b, us-east-1' })]);
    expect({ answer, hosts }).toEqual({ answer: 'yes', hosts: ['proven on-private-path'] });
  });

  it('of another account or region with the same id is another', () => {
    const elsewhere = instance(1, { account: '444455556666' });
    const { hosts } = judge([
      reading({ instances: [one], records: [recordBy(one)] }),
      reading({ instances: [elsewhere] }, { account: '444455556666', target: 'profile b, us-east-1' }),
    ]);
    expect(hosts).toEqual(['proven on-private-path', 'unknown no-record']);
  });
});

describe('CloudTrail', () => {
  const publicly = (minutes: number) =>
    event(one, { way: 'public', from: '203.0.113.9', atMs: nowMs - minutes * minuteMs });

  it.each([
    ['contradicts what was settled before it', publicly(200), 'no told-public-path'],
    ['tells nothing against what was settled after it', publicly(301), 'proven on-private-path'],
    [
      'tells nothing where it names no endpoint, and no public address',
      event(one, { way: 'unclear' }),
      'proven on-private-path',
    ],
  ] as const)('%s', (_, told, expected) => {
    expect(judge(reading({ instances: [one], records: [recordBy(one)], events: [told] })).hosts).toEqual([
      expected,
    ]);
  });

  it('says of hosts without our daemon what their agents were told', () => {
    expect(judge(reading({ instances: [one], events: [publicly(200)] })).hosts).toEqual([
      'no told-public-path',
    ]);
  });

  it('never makes a yes', () => {
    expect(judge(reading({ instances: [one], events: [event(one)] })).hosts).toEqual(['unknown no-record']);
  });
});

describe('a host in no cluster', () => {
  const waiting = recordBy(other, {
    Phase: 'waiting',
    Reason: 'agent-not-registered',
    Cluster: '',
    ContainerInstanceArn: '',
  });
  const withOne = { instances: [one], records: [recordBy(one), waiting] };

  it.each([
    ['online: its agent never registered', { [other.instanceId]: 'online' }, 'no'],
    ['not to be reached: nobody knows', { [other.instanceId]: 'offline' }, 'unknown'],
    ['not asked about: nobody knows', {}, 'unknown'],
    ['no managed node any more: terminated', { [other.instanceId]: undefined }, 'yes'],
  ] as const)('with a fresh record, %s', (_, nodes, expected) => {
    expect(judge(reading({ ...withOne, nodes })).answer).toBe(expected);
  });

  it('with a record of long ago is left out, unless it lives', () => {
    const stale = recordBy(other, {
      Phase: 'waiting',
      Reason: 'agent-not-registered',
      SeenAt: minutesAgo(2_000),
    });
    const told = { instances: [one], records: [recordBy(one), stale] };
    expect(judge(reading(told))).toMatchObject({ answer: 'yes', left: 1 });
    expect(judge(reading({ ...told, nodes: { [other.instanceId]: 'online' } })).answer).toBe('no');
  });

  it('that was on the private path is left out: scaled in', () => {
    expect(judge(reading({ instances: [one], records: [recordBy(one), recordBy(other)] }))).toMatchObject({
      answer: 'yes',
      left: 1,
    });
  });

  it('whose agent has not registered counts in its cluster, named by ARN too', () => {
    const lost = recordBy(other, {
      Phase: 'waiting',
      Reason: 'agent-not-registered',
      Cluster: 'arn:aws:ecs:us-east-1:111122223333:cluster/prod',
    });
    const told = {
      instances: [one],
      records: [recordBy(one), lost],
      nodes: { [other.instanceId]: 'online' },
    } as const;
    expect(fleetVerdict([reading(told)], { ...context, clusters: new Set(['prod']) }).answer).toBe('no');
    expect(fleetVerdict([reading(told)], { ...context, clusters: new Set(['edge']) }).answer).toBe('yes');
  });

  it('of another cluster than those asked for is left out', () => {
    const nodes = { [other.instanceId]: 'online' } as const;
    const edge = recordBy(other, { Phase: 'waiting', Reason: 'agent-not-registered', Cluster: 'edge' });
    const told = { instances: [one], records: [recordBy(one), edge], nodes };
    expect(judge(reading(told), ['prod']).answer).toBe('yes');
    expect(judge(reading(told), ['prod', 'edge']).answer).toBe('no');
  });
});
