import type { Plan } from './plan.ts';
import { createdBefore } from './requirement.ts';
import type { Step } from './step.ts';
import { commandsOf } from './step-commands.ts';

type Value =
  | string
  | boolean
  | number
  | readonly string[]
  | { readonly reference: string }
  | readonly { readonly reference: string }[];

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly body: Readonly<Record<string, Value>>;
  /** Blocks without a label of their own, in the resource. */
  readonly blocks?: readonly { readonly name: string; readonly body: Readonly<Record<string, Value>> }[];
}

/** What the rules of existing groups are kept under, beside the services. */
const ruleKey = 'rules';

const group = 'aws_security_group.ecs_privatelinkd_endpoints';

/**
 * The plan as Terraform (also OpenTofu), for the AWS provider: what is missing, nothing else. The order that AWS recommends is kept
 * by `depends_on`. What no resource stands for is a comment with the command.
 */
export function terraformOf({ steps, facts }: Plan): string {
  const written = steps.map((step) => ({ step, resource: resourceOf(step, facts.vpcId) }));
  const order = new Map<string, string[]>();
  const parts = written.map(({ step, resource }) => {
    const head =
      resource === undefined
        ? commandsOf(step, facts)
            .map((line) => `# ${line}`)
            .join('\n')
        : '';
    if (resource === undefined) return `# To be done by hand, at this point:\n${head}`;
    const before = dependencies(step, order);
    const address = `${resource.type}.${resource.name}`;
    const key = step.kind === 'group-rule' ? ruleKey : 'service' in step ? step.service : undefined;
    if (key !== undefined) order.set(key, [...(order.get(key) ?? []), address]);
    return render(resource, before);
  });
  return `${[header(facts), ...parts].join('\n\n')}\n`;
}

function header({ vpcId, region }: Plan['facts']): string {
  return `# Made by \`ecs-privatelinkd plan\`: what the ECS container instances of ${vpcId} (${region}) lack.`;
}

function dependencies(step: Step, order: ReadonlyMap<string, readonly string[]>): string[] {
  if (!('service' in step) || step.service === undefined) return [];
  // Names that lead to an endpoint before it lets anybody in break what works.
  const rules = step.kind === 'private-dns' ? (order.get(ruleKey) ?? []) : [];
  return [...rules, ...createdBefore(step.service).flatMap((service) => order.get(service) ?? [])];
}

function resourceOf(step: Step, vpcId: string): Resource | undefined {
  switch (step.kind) {
    case 'new-group':
      return {
        type: 'aws_security_group',
        name: 'ecs_privatelinkd_endpoints',
        body: {
          name_prefix: 'ecs-privatelinkd-endpoints-',
          description: 'TCP 443 to interface endpoints',
          vpc_id: vpcId,
        },
        blocks: [
          {
            name: 'ingress',
            body: { from_port: 443, to_port: 443, protocol: 'tcp', ...blocksOf(step.cidrs) },
          },
        ],
      };
    case 'group-rule':
      return {
        type: 'aws_vpc_security_group_ingress_rule',
        name: nameOf(`${step.groupId}_${step.cidr}`),
        body: {
          security_group_id: step.groupId,
          ip_protocol: 'tcp',
          from_port: 443,
          to_port: 443,
          [step.cidr.includes(':') ? 'cidr_ipv6' : 'cidr_ipv4']: step.cidr,
        },
      };
    case 'interface-endpoint':
      return {
        type: 'aws_vpc_endpoint',
        name: nameOf(step.service),
        body: {
          vpc_id: vpcId,
          vpc_endpoint_type: 'Interface',
          service_name: step.serviceName,
          subnet_ids: step.subnetIds,
          security_group_ids: [{ reference: `${group}.id` }],
          private_dns_enabled: true,
        },
      };
    case 'gateway-endpoint':
      return {
        type: 'aws_vpc_endpoint',
        name: nameOf(step.service),
        body: {
          vpc_id: vpcId,
          vpc_endpoint_type: 'Gateway',
          service_name: step.serviceName,
          route_table_ids: step.routeTableIds,
        },
      };
    case 'add-subnet':
      return {
        type: 'aws_vpc_endpoint_subnet_association',
        name: nameOf(`${step.service}_${step.subnetId}`),
        body: { vpc_endpoint_id: step.endpointId, subnet_id: step.subnetId },
      };
    case 'add-route-table':
      return {
        type: 'aws_vpc_endpoint_route_table_association',
        name: nameOf(`${step.service}_${step.routeTableId}`),
        body: { vpc_endpoint_id: step.endpointId, route_table_id: step.routeTableId },
      };
    case 'private-dns':
      return {
        type: 'aws_vpc_endpoint_private_dns',
        name: nameOf(step.service),
        body: { vpc_endpoint_id: step.endpointId, private_dns_enabled: true },
      };
    case 'vpc-attribute':
    case 'by-hand':
      return undefined;
  }
}

function blocksOf(cidrs: readonly string[]) {
  const of6 = cidrs.filter((cidr) => cidr.includes(':'));
  const of4 = cidrs.filter((cidr) => !cidr.includes(':'));
  return {
    ...(of4.length > 0 && { cidr_blocks: of4 }),
    ...(of6.length > 0 && { ipv6_cidr_blocks: of6 }),
  };
}

function nameOf(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, '_');
}

/** As `terraform fmt` leaves it. */
function render({ type, name, body, blocks = [] }: Resource, before: readonly string[]): string {
  const lines = attributes(body, '  ');
  const inner = blocks.flatMap((block) => [
    '',
    `  ${block.name} {`,
    ...attributes(block.body, '    '),
    '  }',
  ]);
  const order = before.length === 0 ? [] : ['', `  depends_on = [${before.join(', ')}]`];
  return [`resource "${type}" "${name}" {`, ...lines, ...inner, ...order, '}'].join('\n');
}

function attributes(body: Readonly<Record<string, Value>>, indent: string): string[] {
  const width = Math.max(...Object.keys(body).map((key) => key.length));
  return Object.entries(body).map(([key, value]) => `${indent}${key.padEnd(width)} = ${hcl(value)}`);
}

function hcl(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if ('reference' in value) return value.reference;
  return `[${value.map((one) => (typeof one === 'string' ? quoted(one) : one.reference)).join(', ')}]`;
}

/** JSON's escapes are HCL's; what begins a template is doubled. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%]\{/g, (start) => start.charAt(0) + start);
}
