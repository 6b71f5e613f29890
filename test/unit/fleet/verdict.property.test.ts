import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerInstance } from '../../../src/fleet/container-instances.ts';
import type { FleetReading, FoundRecord } from '../../../src/fleet/fleet-reading.ts';
import { readRecord, readRecordText } from '../../../src/fleet/record-reader.ts';
import type { TrailEvent } from '../../../src/fleet/trail-event.ts';
import { fleetVerdict } from '../../../src/fleet/verdict.ts';
import { runs } from '../../size.ts';
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

/** What is told of one host. */
interface Told {
  instances: ContainerInstance[];
  records: FoundRecord[];
  events: TrailEvent[];
  nodes: Record<string, 'online' | 'offline' | undefined>;
}

type Change = (told: Told, one: ContainerInstance) => void;

const record = (change: Parameters<typeof recordBy>[1]): Change => {
  return (told, one) => {
    told.records = [recordBy(one, change)];
  };
};

/** Each makes of a host that is proven one that is not. */
const defects: Readonly<Record<string, Change>> = {
  'no record': (told) => {
    told.records = [];
  },
  'a cut record': (told, one) => {
    told.records = [found(one.instanceId, readRecordText('{"Phase":"settled","Reason":"on-private-path"'))];
  },
  'a foreign record': (told, one) => {
    told.records = [found(one.instanceId, readRecord({ TypeName: 'Custom:Rack', Row: '7' }))];
  },
  'the record of another host': record({ InstanceId: 'i-0ffffffffffffffff' }),
  stale: record({ SeenAt: minutesAgo(91), NoPublicSince: minutesAgo(400) }),
  'of the future': record({ SeenAt: minutesAgo(-30) }),
  waiting: record({ Phase: 'waiting', Reason: 'names-not-private' }),
  blocked: record({ Phase: 'blocked', Reason: 'restart-no-effect' }),
  'settled with a public TCS': record({ Reason: 'tcs-on-public-path' }),
  'a daemon that does not run': record({ Phase: 'not-running', Reason: '' }),
  'on the public path': record({ Path: 'public' }),
  'a public connection of late': record({ NoPublicSince: minutesAgo(60) }),
  'a public connection now': record({ NoPublicSince: '' }),
  'an earlier registration': record({
    ContainerInstanceArn: 'arn:aws:ecs:us-east-1:1:container-instance/prod/0',
  }),
  'not connected': (told) => {
    told.instances = told.instances.map((one) => ({ ...one, agentConnected: false }));
  },
  'registered twice': (told, one) => {
    told.instances.push({ ...one, arn: `${one.arn}0` });
  },
  'told the public path since': (told, one) => {
    told.events = [event(one, { way: 'public', atMs: nowMs - 30 * minuteMs })];
  },
  'a newer record that denies': (told, one) => {
    told.records.push(recordBy(one, { Phase: 'verifying', Reason: 'verifying', SeenAt: minutesAgo(1) }));
  },
  'never registered': (told, one) => {
    told.instances = [];
    told.records = [
      recordBy(one, { Phase: 'waiting', Reason: 'agent-not-registered', ContainerInstanceArn: '' }),
    ];
    told.nodes[one.instanceId] = 'online';
  },
};

/** Each leaves a proven host proven, or one that is left out left out. */
const noise: Readonly<Record<string, Change>> = {
  'an older record that denies': (told, one) => {
    told.records.unshift(recordBy(one, { Phase: 'waiting', SeenAt: minutesAgo(85) }));
  },
  'asked by the endpoint': (told, one) => {
    told.events.push(event(one));
  },
  'asked in a way that cannot be told': (told, one) => {
    told.events.push(event(one, { way: 'unclear', endpointId: '', from: 'AWS Internal' }));
  },
  'asked over the internet before it settled': (told, one) => {
    told.events.push(event(one, { way: 'public', atMs: nowMs - 301 * minuteMs }));
  },
  'its SSM agent lost since': (told, one) => {
    told.nodes[one.instanceId] = 'offline';
  },
  draining: (told) => {
    told.instances = told.instances.map((one) => ({ ...one, status: 'DRAINING' }));
  },
};

interface Plan {
  readonly defects: readonly string[];
  readonly noise: readonly string[];
  readonly account: number;
}

const plan = (broken: boolean): fc.Arbitrary<Plan> =>
  fc.record({
    defects: fc.subarray(Object.keys(defects), broken ? { minLength: 1, maxLength: 2 } : { maxLength: 0 }),
    noise: fc.subarray(Object.keys(noise), { maxLength: 2 }),
    account: fc.integer({ min: 0, max: 2 }),
  });

/** Hosts gone, in no cluster: each has left a record. */
const ghosts = fc.array(fc.constantFrom('settled', 'waiting'), { maxLength: 4 });

const accounts = ['111122223333', '444455556666', '777788889999'];

/** The hosts have the same ids in every account. */
function readingsOf(plans: readonly Plan[], gone: readonly string[]): FleetReading[] {
  return accounts.flatMap((account, number) => {
    const told = plans.map((one, index) => ({ one, index })).filter(({ one }) => one.account === number);
    if (told.length === 0) return [];
    const hosts = told.map(({ one }, index) => host(one, instance(index, { account })));
    gone.forEach((phase, index) => {
      const ghost = instance(1_000 + index, { account });
      const change = { Phase: phase, SeenAt: minutesAgo(3_000), NoPublicSince: minutesAgo(4_000) };
      hosts.push({ instances: [], records: [recordBy(ghost, change)], events: [], nodes: {} });
    });
    return [
      reading(
        {
          instances: hosts.flatMap(({ instances }) => instances),
          records: hosts.flatMap(({ records }) => records),
          events: hosts.flatMap(({ events }) => events.slice(-1)),
          nodes: Object.assign({}, ...hosts.map(({ nodes }) => nodes)),
        },
        { account, target: `profile ${number}, us-east-1` },
      ),
    ];
  });
}

function host(plan: Plan, one: ContainerInstance): Told {
  const told: Told = { instances: [one], records: [recordBy(one)], events: [], nodes: {} };
  for (const name of plan.noise) noise[name]?.(told, one);
  for (const name of plan.defects) defects[name]?.(told, one);
  return told;
}

describe('over generated fleets', () => {
  const healthy = fc.array(plan(false), { minLength: 1, maxLength: 12 });

  it('is yes where every host is proven, whatever else is told', () => {
    fc.assert(
      fc.property(healthy, ghosts, (plans, gone) => {
        const verdict = fleetVerdict(readingsOf(plans, gone), context);
        expect(verdict.answer).toBe('yes');
        expect(verdict.proven).toBe(plans.length);
      }),
      { numRuns: runs(300, 1_000) },
    );
  });

  it('is never yes where one host is not proven, and names it', () => {
    fc.assert(
      fc.property(healthy, plan(true), ghosts, fc.nat(), (plans, broken, gone, place) => {
        const all = plans.toSpliced(place % (plans.length + 1), 0, broken);
        const verdict = fleetVerdict(readingsOf(all, gone), context);
        expect(verdict.answer).not.toBe('yes');
        const undone = verdict.hosts.filter(({ judgement }) => judgement.standing !== 'proven');
        expect(undone).toHaveLength(1);
        expect(undone[0]?.account).toBe(accounts[broken.account]);
        expect(undone[0]?.judgement.message).not.toBe('');
      }),
      { numRuns: runs(500, 1_650) },
    );
  });

  it('is never yes where ECS did not tell all of it', () => {
    const kinds = fc.constantFrom('denied', 'throttled', 'expired', 'unreachable', 'failed');
    fc.assert(
      fc.property(healthy, kinds, fc.nat(), (plans, kind, place) => {
        const readings = readingsOf(plans, []);
        const failure = { kind, action: 'ecs:ListContainerInstances', message: 'told by AWS' } as const;
        const cut = readings.map((one, index) =>
          index === place % readings.length ? { ...one, ecs: { ...one.ecs, failure } } : one,
        );
        expect(fleetVerdict(cut, context).answer).toBe('unknown');
      }),
      { numRuns: runs(200, 650) },
    );
  });

  it('does not depend on the order in which anything is told', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(plan(false), plan(true)), { minLength: 1, maxLength: 8 }), (plans) => {
        const readings = readingsOf(plans, []);
        const turned = readings.toReversed().map((one) => ({
          ...one,
          ecs: { told: { ...one.ecs.told, instances: one.ecs.told.instances.toReversed() } },
          inventory: { told: one.inventory.told.toReversed() },
        }));
        const counts = (all: readonly FleetReading[]) => {
          const { answer, proven, no, unknown } = fleetVerdict(all, context);
          return { answer, proven, no, unknown };
        };
        expect(counts(turned)).toEqual(counts(readings));
      }),
      { numRuns: runs(200, 650) },
    );
  });
});
