import type { Plan } from './plan.ts';
import { createdBefore } from './requirement.ts';
import type { Step } from './step.ts';
import { commandsOf } from './step-commands.ts';

interface Resource {
  readonly Type: string;
  readonly DependsOn?: readonly string[];
  readonly Properties: Readonly<Record<string, unknown>>;
}

/**
 * The plan as a CloudFormation template in JSON: what is missing, nothing else. The order that AWS recommends is kept by `DependsOn`. What
 * CloudFormation cannot do to things that it did not make is in `Metadata`, as commands for before and after the stack.
 * Undefined where it could create nothing: a template needs a resource.
 */
export function cloudFormationOf({ steps, facts }: Plan): string | undefined {
  const resources: Record<string, Resource> = {};
  const byHand: { before: string[]; after: string[] } = { before: [], after: [] };
  // Names that lead to an endpoint before it lets anybody in break what works: where they are switched on before the
  // stack, so are the rules.
  const rulesFirst = steps.some((step) => step.kind === 'private-dns' && step.service !== 'ecs');
  for (const step of steps) {
    const early = rulesFirst && step.kind === 'group-rule';
    const made = early ? undefined : resourceOf(step, facts.vpcId);
    if (made !== undefined) resources[made.name] = withOrder(made.resource, step, resources);
    // The `ecs` endpoint is the last of the agent's: what is changed of it comes after the others were created.
    else
      byHand['service' in step && step.service === 'ecs' ? 'after' : 'before'].push(
        ...commandsOf(step, facts),
      );
  }
  if (Object.keys(resources).length === 0) return undefined;
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Made by ecs-privatelinkd plan: what the ECS container instances of ${facts.vpcId} lack.`,
    ...(byHand.before.length + byHand.after.length > 0 && {
      Metadata: { ByHand: { BeforeThisStack: byHand.before, AfterThisStack: byHand.after } },
    }),
    Resources: resources,
  };
  return `${JSON.stringify(template, undefined, 2)}\n`;
}

/** Each endpoint of the agent after those that come before it (settings/endpoint-services.ts). */
function withOrder(resource: Resource, step: Step, made: Readonly<Record<string, Resource>>): Resource {
  const earlier = step.kind === 'interface-endpoint' ? createdBefore(step.service) : [];
  const before = earlier.map(endpointName).filter((name) => name in made);
  return before.length === 0
    ? resource
    : { Type: resource.Type, DependsOn: before, Properties: resource.Properties };
}

function resourceOf(step: Step, vpcId: string): { name: string; resource: Resource } | undefined {
  switch (step.kind) {
    case 'new-group':
      return {
        name: groupName,
        resource: {
          Type: 'AWS::EC2::SecurityGroup',
          Properties: {
            GroupDescription: 'TCP 443 to interface endpoints',
            VpcId: vpcId,
            SecurityGroupIngress: step.cidrs.map((cidr) => ingress(cidr)),
          },
        },
      };
    case 'group-rule':
      return {
        name: ruleName(step.groupId, step.cidr),
        resource: {
          Type: 'AWS::EC2::SecurityGroupIngress',
          Properties: { GroupId: step.groupId, ...ingress(step.cidr) },
        },
      };
    case 'interface-endpoint':
      return {
        name: endpointName(step.service),
        resource: {
          Type: 'AWS::EC2::VPCEndpoint',
          Properties: {
            VpcId: vpcId,
            VpcEndpointType: 'Interface',
            ServiceName: step.serviceName,
            SubnetIds: step.subnetIds,
            SecurityGroupIds: [{ 'Fn::GetAtt': [groupName, 'GroupId'] }],
            PrivateDnsEnabled: true,
          },
        },
      };
    case 'gateway-endpoint':
      return {
        name: endpointName(step.service),
        resource: {
          Type: 'AWS::EC2::VPCEndpoint',
          Properties: {
            VpcId: vpcId,
            VpcEndpointType: 'Gateway',
            ServiceName: step.serviceName,
            RouteTableIds: step.routeTableIds,
          },
        },
      };
    case 'add-subnet':
    case 'add-route-table':
    case 'private-dns':
    case 'vpc-attribute':
    case 'by-hand':
      return undefined;
  }
}

const groupName = 'EndpointsSecurityGroup';

function endpointName(service: string): string {
  return nameOf(`Endpoint ${service}`);
}

function ingress(cidr: string) {
  return {
    IpProtocol: 'tcp',
    FromPort: 443,
    ToPort: 443,
    [cidr.includes(':') ? 'CidrIpv6' : 'CidrIp']: cidr,
  };
}

/** `x` is no digit of either kind of address, so that two blocks never have one name. */
function ruleName(groupId: string, cidr: string): string {
  return `${nameOf(`Rule ${groupId}`)}From${cidr.replaceAll(/[^0-9a-f]/g, 'x')}`;
}

/** Logical ids have letters and digits only. */
function nameOf(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
