import { describe, expect, it } from 'vitest';
import { describePlan } from '../../../src/plan/describe-plan.ts';
import { findingsOf, makePlan, type Plan } from '../../../src/plan/plan.ts';
import type { Purpose } from '../../../src/plan/requirement.ts';
import { lackingPermissions, planText, verdictText } from '../../../src/plan/table.ts';
import { type EndpointFacts, seen, type VpcFacts } from '../../../src/plan/vpc-facts.ts';
import { bareVpc, carriedOut, letters, noNeeds, openPolicy } from './model.ts';

const agentOnly: readonly Purpose[] = ['agent'];

function codes(plan: Plan, kind: string): string[] {
  return [
    ...new Set(findingsOf(plan).flatMap((finding) => (finding.kind === kind ? finding.code : []))),
  ].sort();
}

/** A VPC that has all it needs. */
function readyVpc(changes: Partial<VpcFacts> = {}): VpcFacts {
  const bare = bareVpc();
  return { ...carriedOut(bare, makePlan(bare).steps), ...changes };
}

function withEndpoint(service: string, change: Partial<EndpointFacts>): Partial<VpcFacts> {
  const { endpoints } = readyVpc();
  if (endpoints.kind === 'unseen') throw new Error('the model sees them');
  return {
    endpoints: seen(
      endpoints.value.map((one) => (one.serviceName.endsWith(`.${service}`) ? { ...one, ...change } : one)),
    ),
  };
}

const denied = (permission: string) =>
  ({ kind: 'unseen', why: `${permission} is not allowed`, permission }) as const;

describe('what a VPC lacks', () => {
  it('is nothing where all is there', () => {
    const plan = makePlan(readyVpc());
    expect(plan.verdict).toBe('complete');
    expect(plan.steps).toEqual([]);
    expect(verdictText(plan)).toBe('nothing is missing: of 6 endpoints 6 are there');
  });

  it.each<[string, Partial<VpcFacts>, string, string]>([
    ['DNS support off', { dnsSupport: seen(false) }, 'vpc-dns-support-off', 'vpc-attribute'],
    ['DNS hostnames off', { dnsHostnames: seen(false) }, 'vpc-dns-hostnames-off', 'vpc-attribute'],
    ['private DNS off', withEndpoint('ecs-agent', { privateDns: false }), 'private-dns-off', 'private-dns'],
    [
      'a zone short',
      withEndpoint('ecs', { subnetIds: ['subnet-a', 'subnet-b'] }),
      'zone-missing',
      'add-subnet',
    ],
    ['pending', withEndpoint('ecs', { state: 'pending' }), 'endpoint-not-available', 'by-hand'],
    ['failed', withEndpoint('ecs', { state: 'failed' }), 'endpoint-not-available', 'by-hand'],
    [
      'waiting for acceptance',
      withEndpoint('ecs', { state: 'pendingacceptance' }),
      'endpoint-not-available',
      'by-hand',
    ],
    ['deleted', withEndpoint('ecs', { state: 'deleted' }), 'endpoint-missing', 'interface-endpoint'],
    [
      'a closed group',
      { groups: seen([{ id: 'sg-new', cidrs: ['10.0.0.0/23'], groupIds: [], prefixLists: [] }]) },
      'security-group-closed',
      'group-rule',
    ],
    ['no group', withEndpoint('ecs', { groupIds: [] }), 'security-group-closed', 'by-hand'],
    [
      'another’s hosts in the rule',
      { groups: seen([{ id: 'sg-new', cidrs: [], groupIds: ['sg-others'], prefixLists: [] }]) },
      'security-group-closed',
      'group-rule',
    ],
    [
      'a policy without the action',
      withEndpoint('ecs-agent', { policy: '{"Statement":[]}' }),
      'policy-denies',
      'by-hand',
    ],
  ])('%s is missing', (_, changes, code, kind) => {
    const plan = makePlan(readyVpc(changes));
    expect(plan.verdict).toBe('missing');
    expect(codes(plan, 'missing')).toEqual([code]);
    expect([...new Set(plan.steps.map((step) => step.kind))].sort()).toContain(kind);
    expect(plan.steps.length).toBeGreaterThan(0);
  });

  it.each<[string, Partial<VpcFacts>, string]>([
    ['a shared VPC', { owner: '999988887777' }, 'vpc-shared'],
    [
      'endpoints that may not be listed',
      { endpoints: denied('ec2:DescribeVpcEndpoints') },
      'endpoints-unseen',
    ],
    ['subnets', { subnets: denied('ec2:DescribeSubnets') }, 'zones-unseen'],
    [
      'a subnet of the endpoint that is not told',
      withEndpoint('ecs', { subnetIds: ['subnet-a', 'subnet-b', 'subnet-of-others'] }),
      'zones-unseen',
    ],
    ['groups', { groups: denied('ec2:DescribeSecurityGroups') }, 'security-group-unseen'],
    ['a group of another account', { groups: seen([]) }, 'security-group-unseen'],
    [
      'a prefix list in the rule',
      { groups: seen([{ id: 'sg-new', cidrs: [], groupIds: [], prefixLists: ['pl-0a1b2c3d'] }]) },
      'security-group-unseen',
    ],
    [
      'instances whose groups are not told',
      {
        groups: seen([{ id: 'sg-new', cidrs: [], groupIds: ['sg-hosts'], prefixLists: [] }]),
        instances: seen([{ id: 'i-1', subnetId: 'subnet-a', groupIds: undefined, connected: true }]),
      },
      'security-group-unseen',
    ],
    [
      'a policy with a condition',
      withEndpoint('ecs', {
        policy: openPolicy.replace('"Resource":"*"', '"Resource":"*","Condition":{"Bool":{}}'),
      }),
      'policy-unclear',
    ],
    ['a policy that is no JSON', withEndpoint('ecs', { policy: '{' }), 'policy-unclear'],
    ['DNS attributes', { dnsSupport: denied('ec2:DescribeVpcAttribute') }, 'vpc-dns-unseen'],
    ['DHCP options', { nameservers: denied('ec2:DescribeDhcpOptions') }, 'dhcp-options-unseen'],
    ['container instances', { instances: denied('ecs:ListClusters') }, 'instances-unseen'],
    ['tasks', { needs: denied('ecs:DescribeTaskDefinition') }, 'tasks-unseen'],
  ])('%s that cannot be seen is no failure', (_, changes, code) => {
    const plan = makePlan(readyVpc(changes));
    expect(plan.verdict).toBe('not-known');
    expect(codes(plan, 'unseen')).toContain(code);
    expect(plan.steps).toEqual([]);
    expect(planText(plan)).toContain('not seen');
  });

  it('names the permissions that would show more', () => {
    const plan = makePlan(
      readyVpc({ groups: denied('ec2:DescribeSecurityGroups'), needs: denied('ecs:ListServices') }),
    );
    expect(lackingPermissions(plan)).toEqual(['ec2:DescribeSecurityGroups', 'ecs:ListServices']);
  });

  it.each([
    ['the name itself', 'ecs-a.us-east-1.amazonaws.com'],
    ['the region', 'us-east-1.amazonaws.com'],
    ['all of AWS', 'amazonaws.com'],
  ])('takes a private hosted zone for %s for a hub’s endpoint', (_, zone) => {
    const [agent] = makePlan(bareVpc({ privateZones: seen([zone]) }), agentOnly).endpoints;
    expect(agent?.findings).toMatchObject([{ kind: 'unseen', code: 'endpoint-elsewhere' }]);
  });

  it('takes no other zone for one', () => {
    const zones = ['example.internal', 'a.us-east-1.amazonaws.com', 'ecs-a.us-east-1.amazonaws.com.example'];
    expect(makePlan(bareVpc({ privateZones: seen(zones) }), agentOnly).verdict).toBe('missing');
  });

  it.each(['dkr.ecr.us-east-1.amazonaws.com', 'ecr.us-east-1.amazonaws.com'])(
    'takes a zone for one by the names that the region tells, wildcards too: %s',
    (zone) => {
      const { offers } = bareVpc();
      const told = offers.kind === 'seen' ? offers.value : [];
      const facts = bareVpc({
        privateZones: seen([zone]),
        needs: seen({ ...noNeeds, needs: [{ service: 'ecr.dkr', because: ['web:1: an image'] }] }),
        offers: seen(
          told.map((offer) => ({ ...offer, privateNames: ['*.dkr.ecr.us-east-1.amazonaws.com'] })),
        ),
      });
      expect(makePlan(facts, ['tasks']).endpoints[0]?.findings).toMatchObject([
        { code: 'endpoint-elsewhere' },
      ]);
    },
  );

  it('by the private names that follow from the service', () => {
    const facts = bareVpc({
      privateZones: seen(['dkr.ecr.us-east-1.amazonaws.com']),
      needs: seen({ ...noNeeds, needs: [{ service: 'ecr.dkr', because: ['web:1: an image'] }] }),
    });
    const [told] = makePlan(facts, ['tasks']).endpoints;
    expect(told?.findings).toMatchObject([{ code: 'endpoint-elsewhere' }]);
  });

  it('does not know of a hub where the VPC leads elsewhere and the zones may not be listed', () => {
    const tables = letters.map((letter) => ({
      id: `rtb-${letter}`,
      main: false,
      subnetIds: [`subnet-${letter}`],
      defaultRoute: 'tgw-1',
      otherNetworks: ['tgw-1'],
    }));
    const hidden = denied('route53:ListHostedZonesByVPC');
    const plan = makePlan(bareVpc({ routeTables: seen(tables), privateZones: hidden }), agentOnly);
    expect(plan.verdict).toBe('not-known');
    expect(codes(plan, 'unseen')).toEqual(['endpoint-perhaps-elsewhere']);
    // A VPC that leads nowhere else has no hub.
    expect(makePlan(bareVpc({ privateZones: hidden }), agentOnly).verdict).toBe('missing');
  });

  it('does not switch private DNS on where a hosted zone stands in for it, as in a hub', () => {
    const off = withEndpoint('ecs-agent', { privateDns: false });
    const plan = makePlan(readyVpc({ ...off, privateZones: seen(['ecs-a.us-east-1.amazonaws.com']) }));
    expect(plan).toMatchObject({ verdict: 'not-known', steps: [] });
    expect(codes(plan, 'unseen')).toEqual(['endpoint-elsewhere']);
  });

  it('looks at the one of several endpoints that works', () => {
    const { endpoints } = readyVpc();
    const [agent, ...others] = endpoints.kind === 'seen' ? endpoints.value : [];
    if (agent === undefined) throw new Error('the model creates them');
    const broken = { ...agent, id: 'vpce-0', state: 'failed', privateDns: false };
    const both = [broken, { ...agent, id: 'vpce-1', privateDns: false }, ...others];
    const [told] = makePlan(readyVpc({ endpoints: seen(both) }), agentOnly).endpoints;
    expect(told?.endpoint?.id).toBe('vpce-1');
    const named = makePlan(
      readyVpc({ endpoints: seen([broken, ...both.slice(1, 2), agent, ...others]) }),
      agentOnly,
    );
    expect(named.verdict).toBe('complete');
  });

  it('does not call the order wrong where the other two may be a hub’s', () => {
    const zones = ['ecs-a.us-east-1.amazonaws.com', 'ecs-t.us-east-1.amazonaws.com'];
    const { endpoints } = readyVpc();
    const only =
      endpoints.kind === 'seen'
        ? endpoints.value.filter(({ serviceName }) => serviceName.endsWith('.ecs'))
        : [];
    const plan = makePlan(readyVpc({ endpoints: seen(only), privateZones: seen(zones) }), agentOnly);
    expect(codes(plan, 'note')).toEqual([]);
    expect(codes(plan, 'unseen')).toEqual(['endpoint-elsewhere']);
  });

  it('takes a region that tells no zones of a service for one that has it in all', () => {
    const { offers } = bareVpc();
    const told = offers.kind === 'seen' ? offers.value.map((offer) => ({ ...offer, zones: [] })) : [];
    const plan = makePlan(bareVpc({ offers: seen(told) }), agentOnly);
    expect(plan.steps.at(-1)).toMatchObject({ subnetIds: ['subnet-a', 'subnet-b', 'subnet-c'] });
  });

  it('puts new endpoints, which have IPv4, into subnets with IPv4', () => {
    const { subnets } = bareVpc();
    const [first, ...others] = subnets.kind === 'seen' ? subnets.value : [];
    if (first === undefined) throw new Error('the model has subnets');
    const six = { ...first, id: 'subnet-six', cidrs: ['2001:db8::/64'], freeAddresses: 9_999 };
    const instances = seen(
      ['subnet-six', 'subnet-a'].map((subnetId) => ({
        id: `i-${subnetId}`,
        subnetId,
        groupIds: [],
        connected: true,
      })),
    );
    const plan = makePlan(bareVpc({ subnets: seen([six, first, ...others]), instances }), agentOnly);
    expect(plan.steps.at(-1)).toMatchObject({ subnetIds: ['subnet-a'] });
  });

  it.each([
    ['ipv4', ['10.0.0.0/24'], false, []],
    ['ipv4', ['10.0.0.0/24'], true, []],
    ['ipv4', ['2001:db8::/64'], false, ['address-type-differs']],
    ['ipv6', ['10.0.0.0/24'], false, ['address-type-differs']],
    ['ipv6', ['10.0.0.0/24'], true, []],
    ['ipv6', ['2001:db8::/64'], false, []],
    ['dualstack', ['10.0.0.0/24'], false, []],
    ['dualstack', ['2001:db8::/64'], false, []],
  ] as const)(
    'an endpoint with %s for a subnet with %j (dual stack: %s): %j',
    (addressType, cidrs, dualStack, expected) => {
      const { subnets } = bareVpc();
      const [first, ...others] = subnets.kind === 'seen' ? subnets.value : [];
      if (first === undefined) throw new Error('the model has subnets');
      const groups = seen([{ id: 'sg-new', cidrs: ['0.0.0.0/0', '::/0'], groupIds: [], prefixLists: [] }]);
      const plan = makePlan(
        readyVpc({
          ...withEndpoint('ecs', { addressType }),
          groups,
          subnets: seen([
            { ...first, cidrs, dualStack },
            ...others.map((one) => ({ ...one, dualStack: true })),
          ]),
        }),
        ['agent'],
      );
      const ofEcs = plan.endpoints.find(({ service }) => service === 'ecs');
      expect(ofEcs?.findings.map(({ code }) => code)).toEqual(expected);
    },
  );

  it('lets hosts in by their security group too', () => {
    const groups = seen([{ id: 'sg-new', cidrs: [], groupIds: ['sg-hosts'], prefixLists: [] }]);
    expect(makePlan(readyVpc({ groups })).verdict).toBe('complete');
  });

  it('asks for zones with container instances only', () => {
    const facts = bareVpc({
      instances: seen([{ id: 'i-1', subnetId: 'subnet-b', groupIds: [], connected: true }]),
    });
    const created = makePlan(facts, agentOnly).steps.filter(({ kind }) => kind === 'interface-endpoint');
    expect(created).toMatchObject([
      { subnetIds: ['subnet-b'] },
      { subnetIds: ['subnet-b'] },
      { subnetIds: ['subnet-b'] },
    ]);
  });

  it('looks at the private subnets where there is no container instance yet', () => {
    const tables = letters.map((letter) => ({
      id: `rtb-${letter}`,
      main: letter === 'c',
      subnetIds: letter === 'c' ? [] : [`subnet-${letter}`],
      defaultRoute: letter === 'a' ? 'igw-1' : undefined,
      otherNetworks: [],
    }));
    const plan = makePlan(bareVpc({ instances: seen([]), routeTables: seen(tables) }), agentOnly);
    expect(codes(plan, 'note')).toEqual(['instances-none']);
    expect(plan.steps.find(({ kind }) => kind === 'interface-endpoint')).toMatchObject({
      subnetIds: ['subnet-b', 'subnet-c'],
    });
  });

  it('notes what is no failure: DNS of one’s own, a zone that is not offered, a full subnet, the wrong order', () => {
    expect(codes(makePlan(readyVpc({ nameservers: seen(['10.0.0.53']) })), 'note')).toEqual(['custom-dns']);
    const facts = bareVpc();
    const offers = facts.offers.kind === 'seen' ? facts.offers.value : [];
    const plan = makePlan(
      bareVpc({ offers: seen(offers.map((offer) => ({ ...offer, zones: ['us-east-1a', 'us-east-1b'] }))) }),
      agentOnly,
    );
    expect(codes(plan, 'note')).toEqual(['zone-not-offered']);
    const subnets = facts.subnets.kind === 'seen' ? facts.subnets.value : [];
    const full = makePlan(
      bareVpc({ subnets: seen(subnets.map((one) => ({ ...one, freeAddresses: 2 }))) }),
      agentOnly,
    );
    expect(codes(full, 'note')).toEqual(['subnet-full']);
    const early = makePlan(readyVpc(withEndpoint('ecs-agent', { state: 'deleted' })), agentOnly);
    expect(codes(early, 'note')).toEqual(['ecs-before-agent']);
  });

  it('says that a region without a service has none', () => {
    const plan = makePlan(bareVpc({ offers: seen([]) }));
    expect(codes(plan, 'missing')).toEqual(['endpoint-not-offered']);
    // Newer regions have no ec2messages, and need none.
    expect(plan.endpoints.find(({ service }) => service === 'ec2messages')?.findings).toMatchObject([
      { kind: 'note' },
    ]);
  });

  it('tells all that needs an endpoint, for whatever purpose', () => {
    const facts = bareVpc({
      needs: seen({ ...noNeeds, needs: [{ service: 'ssm', because: ['web:1: a parameter'] }] }),
    });
    const told = makePlan(facts).endpoints.filter(({ service }) => service === 'ssm');
    expect(told).toMatchObject([
      { purpose: 'tasks', because: ['web:1: a parameter', expect.stringContaining('Systems Manager')] },
    ]);
  });

  it('keeps the names of another partition', () => {
    const facts = bareVpc({
      region: 'cn-north-1',
      partition: 'aws-cn',
      suffix: 'amazonaws.com.cn',
      offers: { kind: 'unseen', why: 'a test' },
    });
    expect(makePlan(facts).endpoints.map(({ serviceName }) => serviceName)).toEqual([
      'cn.com.amazonaws.cn-north-1.ecs-agent',
      'cn.com.amazonaws.cn-north-1.ecs-telemetry',
      'cn.com.amazonaws.cn-north-1.ecs',
      'com.amazonaws.cn-north-1.ssm',
      'com.amazonaws.cn-north-1.ssmmessages',
      'com.amazonaws.cn-north-1.ec2messages',
    ]);
  });
});

describe('S3 for the layers of images', () => {
  const needs = seen({
    ...noNeeds,
    needs: ['ecr.api', 'ecr.dkr', 's3'].map((service) => ({ service, because: ['web:1: an image'] })),
  });
  const gateway = (change: Partial<EndpointFacts>): EndpointFacts => ({
    id: 'vpce-s3',
    serviceName: 'com.amazonaws.us-east-1.s3',
    type: 'Gateway',
    state: 'available',
    privateDns: false,
    addressType: 'ipv4',
    subnetIds: [],
    groupIds: [],
    routeTableIds: letters.map((letter) => `rtb-${letter}`),
    policy: openPolicy,
    ...change,
  });
  const s3 = (changes: Partial<VpcFacts>) =>
    makePlan(bareVpc({ needs, ...changes }), ['tasks']).endpoints.find(({ service }) => service === 's3');

  it('is there by a gateway endpoint in each route table', () => {
    expect(s3({ endpoints: seen([gateway({})]) })?.findings).toEqual([]);
  });

  it('is missing in a route table without it', () => {
    expect(s3({ endpoints: seen([gateway({ routeTableIds: ['rtb-a'] })]) })?.findings).toMatchObject([
      { code: 'route-table-missing', steps: [{ kind: 'add-route-table', routeTableId: 'rtb-b' }] },
      { code: 'route-table-missing', steps: [{ kind: 'add-route-table', routeTableId: 'rtb-c' }] },
    ]);
  });

  it('is missing in the main route table, which all other subnets follow', () => {
    const tables = [
      { id: 'rtb-main', main: true, subnetIds: [], defaultRoute: undefined, otherNetworks: [] },
      { id: 'rtb-a', main: false, subnetIds: ['subnet-a'], defaultRoute: undefined, otherNetworks: [] },
    ];
    const told = s3({ routeTables: seen(tables), endpoints: seen([gateway({ routeTableIds: ['rtb-a'] })]) });
    expect(told?.findings).toMatchObject([
      {
        code: 'route-table-missing',
        message: expect.stringContaining('the route table of subnet-b, subnet-c'),
      },
    ]);
  });

  it('is not there while its endpoint is not', () => {
    const told = s3({ endpoints: seen([gateway({ state: 'pending' })]) });
    expect(told?.findings).toMatchObject([{ code: 'endpoint-not-available' }]);
  });

  it('is refused by a policy for one’s own buckets', () => {
    const policy = openPolicy.replace('"Resource":"*"', '"Resource":"arn:aws:s3:::mine/*"');
    expect(s3({ endpoints: seen([gateway({ policy })]) })?.findings).toMatchObject([
      { code: 'policy-denies' },
    ]);
  });

  it('is there by an interface endpoint with private DNS, and not by one without', () => {
    const one = gateway({
      type: 'Interface',
      privateDns: true,
      subnetIds: letters.map((letter) => `subnet-${letter}`),
      groupIds: ['sg-open'],
    });
    const groups = seen([{ id: 'sg-open', cidrs: ['0.0.0.0/0'], groupIds: [], prefixLists: [] }]);
    expect(s3({ endpoints: seen([one]), groups })?.findings).toEqual([]);
    expect(s3({ endpoints: seen([{ ...one, privateDns: false }]), groups })?.findings).toMatchObject([
      { code: 'endpoint-missing', steps: [{ kind: 'gateway-endpoint' }] },
    ]);
  });

  it('cannot be seen without the route tables', () => {
    const routeTables = denied('ec2:DescribeRouteTables');
    expect(s3({ endpoints: seen([gateway({})]), routeTables })?.findings).toMatchObject([
      { kind: 'unseen', code: 'route-tables-unseen' },
    ]);
  });
});

describe('what it costs', () => {
  const withServices = (services: readonly string[], changes: Partial<VpcFacts> = {}) =>
    makePlan(
      bareVpc({
        needs: seen({ ...noNeeds, needs: services.map((service) => ({ service, because: ['a'] })) }),
        ...changes,
      }),
    ).cost;

  it('is that of nine endpoints in three zones against three NAT gateways', () => {
    // By hand: 27 × 0.01 × 730; 3 × 0.045 × 730; (197.10 − 98.55) ÷ 0.035.
    expect(withServices(['ecr.api', 'ecr.dkr', 'logs'])).toMatchObject({
      interfacesNow: 0,
      interfacesThen: 27,
      monthlyThen: 197.1,
      nat: { kind: 'seen', value: { gateways: 3, monthly: 98.55 } },
      breakEvenGb: 2816,
      breakEvenGbBesideNat: 5632,
    });
  });

  it('counts a regional NAT gateway for each zone', () => {
    const natGateways = seen([{ id: 'nat-1', regional: true, subnetId: undefined }]);
    expect(withServices([], { natGateways }).nat).toMatchObject({ value: { gateways: 3, monthly: 98.55 } });
  });

  it('has no break-even where there is no NAT gateway, or none can be seen', () => {
    expect(withServices([], { natGateways: seen([]) }).breakEvenGb).toBeUndefined();
    const natGateways = denied('ec2:DescribeNatGateways');
    expect(withServices([], { natGateways }).breakEvenGb).toBeUndefined();
  });

  it('is not told of what cannot be seen', () => {
    const plan = makePlan(bareVpc({ owner: '999988887777' }));
    expect(plan.cost).toMatchObject({ interfacesThen: 0, nat: { kind: 'unseen' }, breakEvenGb: undefined });
    expect(planText(plan)).not.toContain('What it costs');
  });

  it('says that three endpoints in one zone are cheaper than a NAT gateway at any traffic', () => {
    const facts = bareVpc({
      instances: seen([{ id: 'i-1', subnetId: 'subnet-b', groupIds: [], connected: true }]),
      natGateways: seen([{ id: 'nat-1', regional: false, subnetId: undefined }]),
    });
    const plan = makePlan(facts, agentOnly);
    expect(plan.cost).toMatchObject({ monthlyThen: 21.9, breakEvenGb: 0 });
    expect(planText(plan).replaceAll(/\s+/g, ' ')).toContain(
      'Without NAT the endpoints are cheaper at any traffic',
    );
  });
});

describe('the plan as text', () => {
  it('is no wider than 80 columns, but for commands', () => {
    const text = planText(makePlan(bareVpc({ owner: undefined, nameservers: seen(['10.0.0.53']) })));
    const [prose = ''] = text.split('\nWhat to do');
    for (const line of prose.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('is JSON with the same in it', () => {
    const told = describePlan(makePlan(bareVpc(), agentOnly));
    expect(told).toMatchObject({ verdict: 'missing', vpcId: 'vpc-0a1b2c3d4e5f60718' });
    expect(told.endpoints.map(({ answer }) => answer)).toEqual(['missing', 'missing', 'missing']);
    expect(told.steps.map(({ kind }) => kind)).toEqual([
      'new-group',
      'interface-endpoint',
      'interface-endpoint',
      'interface-endpoint',
    ]);
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
  });
});
