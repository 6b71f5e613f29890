import type { AwsFailure } from './aws-failure.ts';
import type { ContainerInstance } from './container-instances.ts';
import type { FleetReading, FoundRecord, NodeStanding } from './fleet-reading.ts';
import type { TrailEvent } from './trail-event.ts';

/** One host, with what each witness told of it. */
export interface Host {
  readonly account: string;
  readonly region: string;
  /** `i-…`; the container instance's ARN where ECS names no instance. */
  readonly instanceId: string;
  /** As ECS has it: usually one, none where it is in no cluster, several where it registered again. */
  readonly registrations: readonly ContainerInstance[];
  readonly records: readonly FoundRecord[];
  readonly node: NodeStanding;
  /** The newest call of its agent that CloudTrail shows. */
  readonly event: TrailEvent | undefined;
  /** Why a record may be missing here that is there. */
  readonly recordsFailure: AwsFailure | undefined;
}

interface Draft {
  readonly region: string;
  /** Those that told of it. */
  readonly readings: Set<FleetReading>;
  readonly account: string;
  readonly instanceId: string;
  readonly registrations: Map<string, ContainerInstance>;
  readonly records: FoundRecord[];
}

/**
 * Full outer join on account, region and instance: hosts that ECS has, and hosts that only have a record. One that is
 * seen by two profiles of the same account is one.
 */
export function joinHosts(readings: readonly FleetReading[]): Host[] {
  const drafts = new Map<string, Draft>();
  const draftOf = (reading: FleetReading, account: string, instanceId: string): Draft => {
    const key = `${account || reading.target} ${reading.region} ${instanceId}`;
    const known: Draft = drafts.get(key) ?? {
      region: reading.region,
      readings: new Set(),
      account,
      instanceId,
      registrations: new Map(),
      records: [],
    };
    known.readings.add(reading);
    drafts.set(key, known);
    return known;
  };
  for (const reading of readings) {
    for (const one of reading.ecs.told.instances) {
      draftOf(reading, one.account, one.instanceId || one.arn).registrations.set(one.arn, one);
    }
    for (const found of [...reading.inventory.told, ...(reading.asked?.told ?? [])]) {
      draftOf(reading, reading.account, found.instanceId).records.push(found);
    }
  }
  return [...drafts.values()].map(finish);
}

function finish({ region, readings, account, instanceId, registrations, records }: Draft): Host {
  const told = [...readings];
  const events = [...registrations.keys()].flatMap((arn) =>
    told.flatMap(({ trail }) => trail.told.newest.get(arn) ?? []),
  );
  const failures = told.flatMap(({ inventory, asked = inventory }) =>
    // One that works is enough to say that there is none.
    inventory.failure !== undefined && asked.failure !== undefined ? [asked.failure] : [],
  );
  return {
    account,
    region,
    instanceId,
    registrations: [...registrations.values()],
    records,
    node: nodeStanding(told, instanceId),
    event: events.toSorted((a, b) => b.atMs - a.atMs)[0],
    recordsFailure: failures[0],
  };
}

function nodeStanding(readings: readonly FleetReading[], instanceId: string): NodeStanding {
  const nodes = readings.map(({ nodes }) => nodes.told).find(({ asked }) => asked.has(instanceId));
  return nodes === undefined ? 'not-asked' : (nodes.standing.get(instanceId) ?? 'not-managed');
}
