import fc from 'fast-check';
import { makePlan, type Plan } from '../../../src/plan/plan.ts';
import type { Step } from '../../../src/plan/step.ts';
import type { TaskNeeds } from '../../../src/plan/task-needs.ts';
import {
  type EndpointFacts,
  type GroupFacts,
  seen,
  seenOr,
  type VpcFacts,
} from '../../../src/plan/vpc-facts.ts';

export const letters = ['a', 'b', 'c'] as const;

export const openPolicy = JSON.stringify({
  Statement: [{ Action: '*', Effect: 'Allow', Principal: '*', Resource: '*' }],
});

const services = [
  'ecs-agent',
  'ecs-telemetry',
  'ecs',
  'ecr.api',
  'ecr.dkr',
  'logs',
  'ssm',
  'ssmmessages',
  'ec2messages',
];

export const noNeeds: TaskNeeds = { needs: [], outside: [], subnetIds: [], definitions: 0 };

/** A VPC with two container instances in each of three zones, behind NAT, without an endpoint. */
export function bareVpc(changes: Partial<VpcFacts> = {}): VpcFacts {
  return {
    region: 'us-east-1',
    partition: 'aws',
    suffix: 'amazonaws.com',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    account: '111122223333',
    owner: '111122223333',
    clusters: ['prod'],
    dnsSupport: seen(true),
    dnsHostnames: seen(true),
    nameservers: seen(['AmazonProvidedDNS']),
    subnets: seen(
      letters.map((letter, index) => ({
        id: `subnet-${letter}`,
        zone: `us-east-1${letter}`,
        cidrs: [`10.0.${index}.0/24`],
        dualStack: false,
        freeAddresses: 200,
        owner: undefined,
      })),
    ),
    endpoints: seen([]),
    groups: seen([]),
    routeTables: seen(
      letters.map((letter) => ({
        id: `rtb-${letter}`,
        main: false,
        subnetIds: [`subnet-${letter}`],
        defaultRoute: `nat-${letter}`,
        otherNetworks: [],
      })),
    ),
    natGateways: seen(
      letters.map((letter) => ({ id: `nat-${letter}`, regional: false, subnetId: undefined })),
    ),
    offers: seen([
      ...services.map((service) => ({
        serviceName: `com.amazonaws.us-east-1.${service}`,
        type: 'Interface' as const,
        zones: letters.map((letter) => `us-east-1${letter}`),
        privateNames: [],
      })),
      { serviceName: 'com.amazonaws.us-east-1.s3', type: 'Gateway' as const, zones: [], privateNames: [] },
    ]),
    privateZones: seen([]),
    instances: seen(
      letters.flatMap((letter) =>
        [1, 2].map((index) => ({
          id: `i-${letter}${index}`,
          subnetId: `subnet-${letter}`,
          groupIds: ['sg-hosts'],
          connected: true,
        })),
      ),
    ),
    needs: seen(noNeeds),
    ...changes,
  };
}

/** What the model's AWS has once the steps were carried out. */
export function carriedOut(facts: VpcFacts, steps: readonly Step[]): VpcFacts {
  return steps.reduce(after, facts);
}

function after(facts: VpcFacts, step: Step): VpcFacts {
  const endpoints = seenOr(facts.endpoints, []);
  const groups = seenOr(facts.groups, []);
  const withGroup = (group: GroupFacts) => seen([...groups.filter(({ id }) => id !== group.id), group]);
  const changed = (id: string, change: (endpoint: EndpointFacts) => EndpointFacts) =>
    seen(endpoints.map((endpoint) => (endpoint.id === id ? change(endpoint) : endpoint)));
  switch (step.kind) {
    case 'vpc-attribute':
      return {
        ...facts,
        [step.attribute === 'enableDnsSupport' ? 'dnsSupport' : 'dnsHostnames']: seen(true),
      };
    case 'new-group':
      return {
        ...facts,
        groups: withGroup({ id: 'sg-new', cidrs: [...step.cidrs], groupIds: [], prefixLists: [] }),
      };
    case 'group-rule': {
      const group = groups.find(({ id }) => id === step.groupId);
      if (group === undefined) throw new Error(`a rule for ${step.groupId}, which is not there`);
      return { ...facts, groups: withGroup({ ...group, cidrs: [...group.cidrs, step.cidr] }) };
    }
    case 'interface-endpoint':
    case 'gateway-endpoint':
      return { ...facts, endpoints: seen([...endpoints, created(facts, step)]) };
    case 'add-subnet':
      return {
        ...facts,
        endpoints: changed(step.endpointId, (one) => ({
          ...one,
          subnetIds: [...one.subnetIds, step.subnetId],
        })),
      };
    case 'add-route-table':
      return {
        ...facts,
        endpoints: changed(step.endpointId, (one) => ({
          ...one,
          routeTableIds: [...one.routeTableIds, step.routeTableId],
        })),
      };
    case 'private-dns':
      return { ...facts, endpoints: changed(step.endpointId, (one) => ({ ...one, privateDns: true })) };
    case 'by-hand':
      throw new Error(`the model has no hands: ${step.what}`);
  }
}

/** As strict as EC2: what it refuses throws here. */
function created(
  facts: VpcFacts,
  step: Extract<Step, { kind: 'interface-endpoint' | 'gateway-endpoint' }>,
): EndpointFacts {
  const common = {
    id: `vpce-new-${step.service}`,
    serviceName: step.serviceName,
    state: 'available',
    policy: openPolicy,
    addressType: 'ipv4' as const,
  };
  const all = seenOr(facts.endpoints, []);
  if (step.kind === 'gateway-endpoint')
    return {
      ...common,
      type: 'Gateway',
      privateDns: false,
      subnetIds: [],
      groupIds: [],
      routeTableIds: [...step.routeTableIds],
    };
  if (facts.dnsSupport.kind === 'seen' && !facts.dnsSupport.value)
    throw new Error('private DNS without enableDnsSupport');
  if (facts.dnsHostnames.kind === 'seen' && !facts.dnsHostnames.value)
    throw new Error('private DNS without enableDnsHostnames');
  if (all.some((one) => one.serviceName === step.serviceName && one.privateDns && one.state === 'available'))
    throw new Error(`two endpoints with private DNS for ${step.serviceName}`);
  if (!seenOr(facts.groups, []).some(({ id }) => id === 'sg-new'))
    throw new Error('no group for the endpoint');
  const zones = step.subnetIds.map(
    (id) => seenOr(facts.subnets, []).find((subnet) => subnet.id === id)?.zone,
  );
  if (new Set(zones).size !== zones.length || zones.includes(undefined))
    throw new Error('not one subnet for each zone');
  return {
    ...common,
    type: 'Interface',
    privateDns: true,
    subnetIds: [...step.subnetIds],
    groupIds: ['sg-new'],
    routeTableIds: [],
  };
}

/** What a plan is for, carried out: nothing of it is left. */
export function planAfter(plan: Plan): Plan {
  return makePlan(carriedOut(plan.facts, plan.steps), plan.only);
}

const subsetOf = <Item>(items: readonly Item[]) => fc.subarray([...items]);

const needed = ['ecr.api', 'ecr.dkr', 's3', 'logs', 'ssm'];

/** VPCs with anything of it there, half there, or elsewhere; whatever is wrong in them some step can put right. */
export function anyVpc(): fc.Arbitrary<VpcFacts> {
  return fc
    .record({
      dnsSupport: fc.boolean(),
      dnsHostnames: fc.boolean(),
      used: subsetOf(letters),
      endpoints: fc.uniqueArray(anyEndpoint(), { selector: ({ serviceName }) => serviceName, maxLength: 8 }),
      groupOf: fc.constantFrom('10.0.0.0/16', '10.0.1.0/24', '192.168.0.0/16'),
      hostGroup: fc.boolean(),
      needs: subsetOf(needed),
      taskSubnets: subsetOf(letters),
      offeredIn: fc.subarray([...letters], { minLength: 1 }),
    })
    .map(
      ({ dnsSupport, dnsHostnames, used, endpoints, groupOf, hostGroup, needs, taskSubnets, offeredIn }) => {
        const base = bareVpc();
        return bareVpc({
          dnsSupport: seen(dnsSupport),
          dnsHostnames: seen(dnsHostnames),
          endpoints: seen(endpoints),
          groups: seen([
            {
              id: 'sg-old',
              cidrs: [groupOf],
              groupIds: hostGroup ? ['sg-hosts'] : [],
              prefixLists: [],
            },
          ]),
          instances: seen(
            seenOr(base.instances, []).filter(({ subnetId }) =>
              used.some((letter) => subnetId.endsWith(letter)),
            ),
          ),
          needs: seen({
            ...noNeeds,
            needs: needs.map((service) => ({ service, because: ['web:1: a test'] })),
            subnetIds: taskSubnets.map((letter) => `subnet-${letter}`),
            definitions: 1,
          }),
          offers: seen(
            seenOr(base.offers, []).map((offer) => ({
              ...offer,
              zones: offeredIn.map((letter) => `us-east-1${letter}`),
            })),
          ),
        });
      },
    );
}

function anyEndpoint(): fc.Arbitrary<EndpointFacts> {
  return fc
    .record({
      service: fc.constantFrom(...services, 's3'),
      privateDns: fc.boolean(),
      zones: fc.subarray([...letters], { minLength: 1 }),
      tables: subsetOf(letters),
      state: fc.constantFrom('available', 'deleted'),
    })
    .map(({ service, privateDns, zones, tables, state }) => ({
      id: `vpce-${service}`,
      serviceName: `com.amazonaws.us-east-1.${service}`,
      type: service === 's3' ? ('Gateway' as const) : ('Interface' as const),
      state,
      privateDns: service !== 's3' && privateDns,
      addressType: 'ipv4' as const,
      subnetIds: service === 's3' ? [] : zones.map((letter) => `subnet-${letter}`),
      groupIds: service === 's3' ? [] : ['sg-old'],
      routeTableIds: service === 's3' ? tables.map((letter) => `rtb-${letter}`) : [],
      policy: openPolicy,
    }));
}
