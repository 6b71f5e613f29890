import type { Scope } from './connection-record.ts';
import type { Place } from './hosts.ts';

/** What an agent needs to be allowed to. The last two open the websockets of ACS and TCS. */
export const agentActions = [
  'ecs:RegisterContainerInstance',
  'ecs:DiscoverPollEndpoint',
  'ecs:Poll',
  'ecs:StartTelemetrySession',
] as const;

export type AgentAction = (typeof agentActions)[number];

/** How the service refuses something: the name of the exception and its sentence. */
export interface Refusal {
  readonly action: AgentAction | 'inactive';
  readonly type: 'AccessDeniedException' | 'InactiveInstanceException';
  readonly message: string;
}

/** What the service refuses, and on which side: the policy of an interface endpoint, or (public) the role's own. */
export interface Policies {
  refuse(action: AgentAction, scope: Scope): void;
  /** Allows it again; without an action, everything on both sides. */
  allow(action?: AgentAction, scope?: Scope): void;
  setInactive(inactive: boolean): void;
  /** Undefined where it is allowed. */
  refusalOf(action: AgentAction, scope: Scope): Refusal | undefined;
}

const account = '123456789012';
const user = `arn:aws:sts::${account}:assumed-role/ecsInstanceRole/i-0a1b2c3d4e5f60718`;

/** The ARN of the one container instance there is. */
export function containerInstanceArn({ region }: Place): string {
  return `arn:aws:ecs:${region}:${account}:container-instance/lab/0123456789abcdef0123456789abcdef`;
}

export function policies(place: Place): Policies {
  const refused = new Set<string>();
  let inactive = false;
  const key = (action: AgentAction, scope: Scope) => `${action} ${scope}`;
  const scopes = ['public', 'private'] as const;
  return {
    refuse: (action, scope) => void refused.add(key(action, scope)),
    allow: (action, scope) => {
      for (const one of action === undefined ? agentActions : [action]) {
        for (const side of scope === undefined ? scopes : [scope]) refused.delete(key(one, side));
      }
    },
    setInactive: (is) => {
      inactive = is;
    },
    refusalOf: (action, scope) => {
      if (refused.has(key(action, scope))) {
        return { action, type: 'AccessDeniedException', message: sentence(action, scope, place) };
      }
      if (inactive && (action === 'ecs:Poll' || action === 'ecs:StartTelemetrySession')) {
        const message = `The container instance ${containerInstanceArn(place)} is INACTIVE`;
        return { action: 'inactive', type: 'InactiveInstanceException', message };
      }
      return undefined;
    },
  };
}

function sentence(action: AgentAction, scope: Scope, place: Place): string {
  const resource =
    action === 'ecs:RegisterContainerInstance'
      ? `arn:aws:ecs:${place.region}:${account}:cluster/lab`
      : containerInstanceArn(place);
  const policy = scope === 'private' ? 'VPC endpoint' : 'identity-based';
  return `User: ${user} is not authorized to perform: ${action} on resource: ${resource} because no ${policy} policy allows the ${action} action`;
}
