import { endpointServiceTable, requiredServices } from '../settings/endpoint-services.ts';
import type { PolicyCall } from './endpoint-policy.ts';
import type { TaskNeeds } from './task-needs.ts';
import type { VpcFacts } from './vpc-facts.ts';
import { seenOr } from './vpc-facts.ts';

/** Whose way an endpoint is: the container agent's, the tasks', or that of what runs beside them on the hosts. */
export const purposes = ['agent', 'tasks', 'hosts'] as const;

export type Purpose = (typeof purposes)[number];

/** An endpoint that is needed. */
export interface Requirement {
  /** e.g. `ecs-agent`, `ecr.api`, `s3` */
  readonly service: string;
  readonly purpose: Purpose;
  readonly because: readonly string[];
  /** What its policy must let through; of other services nobody can tell. */
  readonly calls: readonly PolicyCall[];
}

/**
 * What of the agent's calls goes to which endpoint: ACS is `ecs:Poll`, TCS `ecs:StartTelemetrySession`, and the rest goes to
 * the ECS API.
 */
export const agentCalls: Readonly<Record<string, readonly string[]>> = {
  'ecs-agent': ['ecs:Poll'],
  'ecs-telemetry': ['ecs:StartTelemetrySession'],
  ecs: [
    'ecs:DiscoverPollEndpoint',
    'ecs:RegisterContainerInstance',
    'ecs:SubmitAttachmentStateChanges',
    'ecs:SubmitContainerStateChange',
    'ecs:SubmitTaskStateChange',
    'ecs:UpdateContainerInstancesState',
  ],
};

/** The agent's endpoints that AWS has created before this one (settings/endpoint-services.ts); of other services none. */
export function createdBefore(service: string): readonly string[] {
  const index = endpointServiceTable.findIndex(({ name }) => name === service);
  return endpointServiceTable.slice(0, Math.max(0, index)).map(({ name }) => name);
}

/** What Systems Manager needs, by its "Improve the security of EC2 instances by using VPC endpoints". */
const hostServices = [
  { service: 'ssm', why: 'Systems Manager: Inventory, which holds the records that `fleet` reads' },
  { service: 'ssmmessages', why: 'Systems Manager: Run Command and Session Manager' },
  { service: 'ec2messages', why: 'Systems Manager: Run Command of SSM agents before 3.3.40' },
] as const;

/**
 * The endpoints that are needed: the agent's three in the order that AWS recommends, then those of the tasks, then those of the
 * hosts. Each service once, for the first of its purposes, with all that needs it.
 */
export function requirements(facts: VpcFacts, only: readonly Purpose[] = purposes): Requirement[] {
  const all: Requirement[] = [
    ...requiredServices.map((service) => ({
      service,
      purpose: 'agent' as const,
      because: ['the container agent'],
      calls: (agentCalls[service] ?? []).map((action) => ({ action, resource: '*' })),
    })),
    ...taskRequirements(facts),
    ...hostServices.map(({ service, why }) => ({
      service,
      purpose: 'hosts' as const,
      because: [why],
      calls: [],
    })),
  ].filter(({ purpose }) => only.includes(purpose));
  const merged = new Map<string, Requirement>();
  for (const requirement of all) {
    const before = merged.get(requirement.service);
    merged.set(
      requirement.service,
      before === undefined
        ? requirement
        : { ...before, because: [...before.because, ...requirement.because] },
    );
  }
  return [...merged.values()];
}

/** In the order in which they are told: ECR first, which is what most traffic is of. */
const taskOrder = ['ecr.api', 'ecr.dkr', 's3', 'logs', 'secretsmanager', 'ssm', 'kms', 'ssmmessages'];

function taskRequirements(facts: VpcFacts): Requirement[] {
  const { needs } = seenOr<TaskNeeds, Pick<TaskNeeds, 'needs'>>(facts.needs, { needs: [] });
  const usesEcr = needs.some(({ service }) => service === 'ecr.dkr');
  return needs
    .map(({ service, because }) => ({
      service,
      purpose: 'tasks' as const,
      because,
      calls: service === 's3' && usesEcr ? [layerBucket(facts)] : [],
    }))
    .sort((left, right) => rank(left.service) - rank(right.service));
}

function rank(service: string): number {
  const index = taskOrder.indexOf(service);
  return index < 0 ? taskOrder.length : index;
}

/** Where ECR keeps layers ("Minimum Amazon S3 bucket permissions for Amazon ECR" of its guide). */
function layerBucket({ partition, region }: VpcFacts): PolicyCall {
  return {
    action: 's3:GetObject',
    resource: `arn:${partition}:s3:::prod-${region}-starport-layer-bucket/layer`,
  };
}
