import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloudFormationOf } from '../../../src/plan/cloudformation.ts';
import { makePlan, type Plan } from '../../../src/plan/plan.ts';
import type { Step } from '../../../src/plan/step.ts';
import { commandsOf } from '../../../src/plan/step-commands.ts';
import { terraformOf } from '../../../src/plan/terraform.ts';
import { seen, seenOr } from '../../../src/plan/vpc-facts.ts';
import { runs } from '../../size.ts';
import { type HclBlock, type HclReference, parseHcl } from './hcl.ts';
import { anyVpc, bareVpc, carriedOut } from './model.ts';

const anyPlan = anyVpc().map((facts) => makePlan(facts));

/** Reads the code back into steps, so that they can be compared with those of the plan. */
function stepOfResource({ labels: [type], attributes: own, blocks }: HclBlock): Partial<Step> {
  switch (type) {
    case 'aws_security_group': {
      const { cidr_blocks: four = [], ipv6_cidr_blocks: six = [] } = blocks[0]?.attributes ?? {};
      return { kind: 'new-group', cidrs: [...(four as string[]), ...(six as string[])] };
    }
    case 'aws_vpc_security_group_ingress_rule':
      return {
        kind: 'group-rule',
        groupId: String(own['security_group_id']),
        cidr: String(own['cidr_ipv4'] ?? own['cidr_ipv6']),
      };
    case 'aws_vpc_endpoint':
      return own['vpc_endpoint_type'] === 'Gateway'
        ? {
            kind: 'gateway-endpoint',
            serviceName: String(own['service_name']),
            routeTableIds: own['route_table_ids'] as string[],
          }
        : {
            kind: 'interface-endpoint',
            serviceName: String(own['service_name']),
            subnetIds: own['subnet_ids'] as string[],
          };
    case 'aws_vpc_endpoint_subnet_association':
      return {
        kind: 'add-subnet',
        endpointId: String(own['vpc_endpoint_id']),
        subnetId: String(own['subnet_id']),
      };
    case 'aws_vpc_endpoint_route_table_association':
      return {
        kind: 'add-route-table',
        endpointId: String(own['vpc_endpoint_id']),
        routeTableId: String(own['route_table_id']),
      };
    case 'aws_vpc_endpoint_private_dns':
      return { kind: 'private-dns', endpointId: String(own['vpc_endpoint_id']) };
    default:
      throw new Error(`a resource of another type: ${type}`);
  }
}

const withoutService = (step: Step) => {
  const { service: _, ...rest } = { service: undefined, ...step };
  return rest;
};

function byHand({ steps, facts }: Plan, kinds: readonly Step['kind'][]): string[] {
  return steps.filter(({ kind }) => kinds.includes(kind)).flatMap((step) => commandsOf(step, facts));
}

describe('the Terraform of a plan', () => {
  it('is its steps, no more and no fewer, in their order; the rest is in comments', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const code = terraformOf(plan);
        const wanted = plan.steps.filter(({ kind }) => kind !== 'vpc-attribute' && kind !== 'by-hand');
        expect(parseHcl(code).map(stepOfResource)).toEqual(wanted.map(withoutService));
        for (const line of byHand(plan, ['vpc-attribute', 'by-hand']))
          expect(code).toContain(`\n# ${line}\n`);
      }),
      { numRuns: runs(300, 600) },
    );
  });

  it('names each resource once, and refers only to what is there before it', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const known: string[] = [];
        for (const { type, labels, attributes } of parseHcl(terraformOf(plan))) {
          expect(type).toBe('resource');
          const references = Object.values(attributes)
            .flat()
            .filter(
              (one): one is HclReference => typeof one === 'object' && one !== null && 'reference' in one,
            )
            .map(({ reference }) => reference.replace(/\.id$/, ''));
          for (const reference of references) expect(known).toContain(reference);
          expect(known).not.toContain(labels.join('.'));
          known.push(labels.join('.'));
        }
      }),
      { numRuns: runs(300, 600) },
    );
  });

  it('switches names on only after the rules that let somebody in', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const resources = parseHcl(terraformOf(plan));
        const rules = resources
          .filter(({ labels }) => labels[0] === 'aws_vpc_security_group_ingress_rule')
          .map(({ labels }) => ({ reference: labels.join('.') }));
        for (const { labels, attributes } of resources) {
          if (labels[0] !== 'aws_vpc_endpoint_private_dns' || rules.length === 0) continue;
          expect(attributes['depends_on']).toEqual(expect.arrayContaining(rules));
        }
      }),
      { numRuns: runs(200, 400) },
    );
  });

  it('keeps AWS’s order by depends_on', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const resources = parseHcl(terraformOf(plan));
        const of = (service: string) =>
          resources.find(({ labels }) => labels.join('.') === `aws_vpc_endpoint.${service}`);
        for (const [later, earlier] of [
          ['ecs_telemetry', 'ecs_agent'],
          ['ecs', 'ecs_telemetry'],
          ['ecs', 'ecs_agent'],
        ] as const) {
          if (of(later) === undefined || of(earlier) === undefined) continue;
          expect(of(later)?.attributes['depends_on']).toContainEqual({
            reference: `aws_vpc_endpoint.${earlier}`,
          });
        }
      }),
      { numRuns: runs(200, 400) },
    );
  });
});

describe('names and texts of the code', () => {
  it('never make two blocks of addresses one', () => {
    const facts = bareVpc();
    const subnets = facts.subnets.kind === 'seen' ? facts.subnets.value : [];
    const blocks = ['10.0.1.0/24', '100.1.0.2/4', 'fd00::1:0/112'];
    const ready = carriedOut(facts, makePlan(facts, ['agent']).steps);
    const plan = makePlan(
      {
        ...ready,
        subnets: seen(subnets.map((subnet, index) => ({ ...subnet, cidrs: [blocks[index] ?? ''] }))),
        groups: seen([{ id: 'sg-new', cidrs: [], groupIds: [], prefixLists: [] }]),
        endpoints: seen(
          seenOr(ready.endpoints, []).map((one) => ({ ...one, addressType: 'dualstack' as const })),
        ),
      },
      ['agent'],
    );
    expect(plan.steps).toHaveLength(3);
    expect(Object.keys(JSON.parse(cloudFormationOf(plan) ?? '').Resources)).toHaveLength(3);
    expect(new Set(parseHcl(terraformOf(plan)).map(({ labels }) => labels.join('.'))).size).toBe(3);
  });

  it('are never a template of Terraform', () => {
    const plan = makePlan(bareVpc({ vpcId: 'vpc-$' + '{file("x")}%' + '{if true}' }), ['agent']);
    expect(parseHcl(terraformOf(plan))[0]?.attributes['vpc_id']).toBe(
      'vpc-$$' + '{file("x")}%%' + '{if true}',
    );
  });
});

interface Template {
  readonly Metadata?: {
    readonly ByHand: { readonly BeforeThisStack: string[]; readonly AfterThisStack: string[] };
  };
  readonly Resources: Record<
    string,
    { readonly Type: string; readonly DependsOn?: string[]; readonly Properties: Record<string, unknown> }
  >;
}

describe('the CloudFormation of a plan', () => {
  it('is what can be created of its steps; the others are commands beside it', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const text = cloudFormationOf(plan);
        const namesFirst = switchesNamesFirst(plan);
        const rules: Step['kind'][] = ['group-rule'];
        const created = plan.steps.filter(({ kind }) =>
          ['new-group', 'interface-endpoint', 'gateway-endpoint', ...(namesFirst ? [] : rules)].includes(
            kind,
          ),
        );
        expect(text === undefined).toBe(created.length === 0);
        if (text === undefined) return;
        const { Resources, Metadata } = JSON.parse(text) as Template;
        expect(Object.values(Resources).map(told)).toEqual(created.map(wanted));
        const names = Object.keys(Resources);
        for (const [name, { DependsOn = [] }] of Object.entries(Resources)) {
          expect(name).toMatch(/^[A-Za-z0-9]+$/);
          expect(names.slice(0, names.indexOf(name))).toEqual(expect.arrayContaining(DependsOn));
        }
        const { BeforeThisStack = [], AfterThisStack = [] } = Metadata?.ByHand ?? {};
        expect([...BeforeThisStack, ...AfterThisStack].sort()).toEqual(
          byHand(plan, [
            ...(namesFirst ? rules : []),
            'vpc-attribute',
            'by-hand',
            'add-subnet',
            'add-route-table',
            'private-dns',
          ]).sort(),
        );
        expect(BeforeThisStack.join()).not.toMatch(/--private-dns-enabled.*authorize/);
        // The agent's other two before the stack, `ecs` after it: never `ecs` first.
        for (const line of AfterThisStack) expect(line).toMatch(/ vpce-ecs /);
      }),
      { numRuns: runs(300, 600) },
    );
  });
});

function switchesNamesFirst({ steps }: Plan): boolean {
  return steps.some((step) => step.kind === 'private-dns' && step.service !== 'ecs');
}

function told({ Type, Properties }: Template['Resources'][string]) {
  const { ServiceName, SubnetIds, RouteTableIds, GroupId } = Properties;
  return [Type, ServiceName, SubnetIds, RouteTableIds, GroupId];
}

function wanted(step: Step) {
  return [
    typeOf(step),
    'serviceName' in step ? step.serviceName : undefined,
    'subnetIds' in step ? step.subnetIds : undefined,
    'routeTableIds' in step ? step.routeTableIds : undefined,
    'groupId' in step ? step.groupId : undefined,
  ];
}

function typeOf({ kind }: Step): string {
  if (kind === 'new-group') return 'AWS::EC2::SecurityGroup';
  return kind === 'group-rule' ? 'AWS::EC2::SecurityGroupIngress' : 'AWS::EC2::VPCEndpoint';
}
