import { type AwsCall, AwsFault } from './aws-api.ts';

/** What a container instance is to ECS, as far as the stand-in tells of it. */
export interface InstanceState {
  /** `i-…` */
  readonly id: string;
  readonly cluster: string;
  readonly subnetId: string;
  readonly zone: string;
  vpcId: string;
  status: string;
  agentConnected: boolean;
  agentVersion: string;
  /** Why ECS lists it and does not describe it; `MISSING`: deregistered in between. */
  failure?: string;
}

/** A managed node of Systems Manager, and what a command on it prints. */
export interface NodeState {
  readonly id: string;
  pingStatus: 'Online' | 'ConnectionLost' | 'Inactive';
  /** What `ecs-privatelinkd status --record` prints there; undefined: the program is not installed. */
  printed?: string | undefined;
}

/** A custom inventory entry, as the SSM agent uploaded it. */
export interface InventoryState {
  readonly id: string;
  readonly typeName: string;
  readonly captureTime: string;
  content: Readonly<Record<string, string>>[];
}

/** A management event of CloudTrail. */
export interface EventState {
  readonly id: string;
  readonly name: string;
  readonly timeMs: number;
  readonly record: object | string;
}

/** A CloudWatch metric with its figures of the last hour. */
export interface MetricState {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** What one region of an account has. */
export interface RegionState {
  clusters: string[];
  /** Listed still, and deleted by the time that they are asked for. */
  readonly deletedClusters: Set<string>;
  instances: InstanceState[];
  nodes: NodeState[];
  inventory: InventoryState[];
  events: EventState[];
  metrics: MetricState[];
  /** ECS throttles every call. */
  throttled?: boolean;
  /** An action whose every page but the first leads to itself: `ecs:ListContainerInstances`. */
  endless?: string;
  /** Documents of Systems Manager that are the account's own. */
  readonly documents: Set<string>;
}

export interface AccountState {
  readonly id: string;
  /** By name; a region that is not here has nothing in it. */
  readonly regions: Map<string, RegionState>;
  /** The session is over. */
  expired: boolean;
  /** IAM actions that no policy allows: `ecs:ListClusters`. */
  readonly denied: Set<string>;
}

/** Accounts by the access key that asks. */
export type AwsAccounts = ReadonlyMap<string, AccountState>;

export function newAccount(id: string): AccountState {
  return { id, regions: new Map(), expired: false, denied: new Set() };
}

export function newRegion(): RegionState {
  return {
    deletedClusters: new Set(),
    clusters: [],
    instances: [],
    nodes: [],
    inventory: [],
    events: [],
    metrics: [],
    documents: new Set(),
  };
}

/** The names that a service gives its refusals: JSON services have others than EC2's query protocol. */
export interface RefusalNames {
  readonly unknownKey: string;
  readonly expired: string;
  readonly denied: string;
}

export const jsonRefusals: RefusalNames = {
  unknownKey: 'UnrecognizedClientException',
  expired: 'ExpiredTokenException',
  denied: 'AccessDeniedException',
};

/**
 * The account that a call is made in, if it may make it.
 *
 * @param prefix of the service's IAM actions, where it is not the name in the signature: `cloudwatch`
 * @throws AwsFault with the texts of AWS
 */
export function admitted(
  accounts: AwsAccounts,
  call: AwsCall,
  names: RefusalNames,
  prefix: string = call.service,
): AccountState {
  const account = accounts.get(call.accessKeyId);
  if (account === undefined) {
    throw new AwsFault(names.unknownKey, 'The security token included in the request is invalid.');
  }
  if (account.expired) {
    throw new AwsFault(names.expired, 'The security token included in the request is expired');
  }
  const action = `${prefix}:${call.action}`;
  if (account.denied.has(action)) {
    const who = `arn:aws:sts::${account.id}:assumed-role/operator/me`;
    throw new AwsFault(
      names.denied,
      `User: ${who} is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`,
    );
  }
  return account;
}

/** What the region of a call has. */
export function regionOf(account: AccountState, call: AwsCall): RegionState {
  return account.regions.get(call.region) ?? newRegion();
}

/**
 * One page of a list; tokens are places in it.
 *
 * @throws AwsFault where more is asked for than AWS gives at once
 */
export function pageOf<T>(
  items: readonly T[],
  { token, size }: { readonly token: unknown; readonly size: unknown },
  largest: number,
): { readonly items: T[]; readonly nextToken: string | undefined } {
  const count = typeof size === 'number' ? size : largest;
  if (count < 1 || count > largest) {
    throw new AwsFault(
      'ValidationException',
      `Value '${count}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to ${largest}`,
    );
  }
  const from = typeof token === 'string' ? Number(token.replace('page-', '')) : 0;
  const to = from + count;
  return { items: items.slice(from, to), nextToken: to < items.length ? `page-${to}` : undefined };
}

/** The token of the next page; of an endless list always the same. */
export function tokenAfter(
  page: { readonly nextToken: string | undefined },
  { endless }: RegionState,
  { service, action }: AwsCall,
): string | undefined {
  return endless === `${service}:${action}` ? 'page-0' : page.nextToken;
}
