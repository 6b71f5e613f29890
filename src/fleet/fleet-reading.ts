import type { Answer } from './ask-aws.ts';
import type { EcsTold } from './container-instances.ts';
import type { RecordReading } from './record-reader.ts';
import type { TrailEvent } from './trail-event.ts';

/** A record, and whose it is by the witness that has it. */
export interface FoundRecord {
  readonly instanceId: string;
  readonly by: 'inventory' | 'run-command';
  readonly reading: RecordReading;
}

/** What Systems Manager knows of a node (DescribeInstanceInformation, PingStatus). */
export type NodeStanding = 'online' | 'offline' | 'not-managed' | 'not-asked';

export interface NodesTold {
  /** Instances that were asked about; those without a standing are not managed. */
  readonly asked: ReadonlySet<string>;
  readonly standing: ReadonlyMap<string, 'online' | 'offline'>;
}

export interface TrailTold {
  /** The newest successful call of each agent, by the ARN of its container instance. */
  readonly newest: ReadonlyMap<string, TrailEvent>;
  readonly eventsRead: number;
  /** Read back to here; `complete` where that is all that was wanted. */
  readonly readBackToMs: number;
  readonly complete: boolean;
}

/** A figure of CloudWatch, shown beside and never taken for proof. */
export interface Figure {
  readonly of: 'nat-gateway' | 'endpoint';
  /** Its id, and for an endpoint its service. */
  readonly name: string;
  /** Most connections at once within the last hour. */
  readonly mostConnections: number;
}

/** All that the witnesses told of one account and region. */
export interface FleetReading {
  /** As the operator named it: `profile prod, us-east-1`, or `us-east-1`. */
  readonly target: string;
  readonly region: string;
  /** Its number; '' where nothing told it. */
  readonly account: string;
  readonly ecs: Answer<EcsTold>;
  readonly inventory: Answer<readonly FoundRecord[]>;
  /** Undefined: the hosts were not asked. */
  readonly asked: Answer<readonly FoundRecord[]> | undefined;
  readonly nodes: Answer<NodesTold>;
  readonly trail: Answer<TrailTold>;
  readonly figures: Answer<readonly Figure[]>;
}
