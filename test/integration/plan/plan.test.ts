import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasAwsCli } from '../../lab/aws-cli.ts';
import { fullAccess, privateSubnet, theVpc } from '../../lab/stand-ins/aws/ec2-state.ts';
import { carryOut, create } from './carry-out.ts';
import { addInstance, ownAccount, startAccount, webDefinition } from './stage.ts';

const region = ['--region', 'us-east-1'];
const cluster = ['--cluster', 'prod', ...region];

describe('plan', () => {
  let stage: Awaited<ReturnType<typeof startAccount>>;
  beforeEach(async () => {
    stage = await startAccount();
  });
  afterEach(async () => {
    await stage.api.close();
  });

  async function json(...args: string[]) {
    const { code, stdout, stderr } = await stage.plan('--json', ...args);
    return { code, stderr, plan: JSON.parse(stdout) };
  }

  /** Has all that the plan names created. */
  async function complete(): Promise<void> {
    create(stage.ec2, (await json(...cluster)).plan.steps);
  }

  it.runIf(hasAwsCli)(
    'says what a VPC lacks; its commands, carried out by the AWS CLI, leave nothing missing',
    async () => {
      stage.tasks.definitions['web:12'] = [
        { name: 'app', image: `${ownAccount}.dkr.ecr.us-east-1.amazonaws.com/web` },
      ];
      const before = await stage.plan('--only', 'agent,tasks', ...cluster);
      expect(before.code).toBe(1);
      expect(before.stdout).toContain('cluster prod; 6 container instances in us-east-1a, us-east-1b,');
      expect(before.stdout.replaceAll(/\s+/g, ' ')).toContain(
        'of 7 endpoints 0 are there, 7 missing or incomplete',
      );
      const commands = await carryOut(stage.api.url, before);
      expect(commands).toHaveLength(4 + 7);
      expect(
        stage.ec2.endpoints.map(({ serviceName }) => serviceName.replace('com.amazonaws.us-east-1.', '')),
      ).toEqual(['ecs-agent', 'ecs-telemetry', 'ecs', 'ecr.api', 'ecr.dkr', 's3', 'ssmmessages']);
      const after = await stage.plan('--only', 'agent,tasks', ...cluster);
      expect(after).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') });
      expect(after.stdout.replaceAll(/\s+/g, ' ')).toContain(
        'nothing is missing: of 7 endpoints 7 are there',
      );
      expect(after.stdout).not.toContain('What to do');
    },
  );

  it.runIf(hasAwsCli)('puts right by its commands what is half there', async () => {
    await complete();
    const { endpoints, groups, vpcs } = stage.ec2;
    const of = (service: string) => endpoints.find(({ serviceName }) => serviceName.endsWith(`.${service}`));
    of('ecs')?.subnetIds.pop();
    const [agent, gateway, vpc, group] = [of('ecs-agent'), of('s3'), vpcs[0], groups[0]];
    if (!(agent && gateway && vpc && group)) throw new Error('they were created');
    agent.privateDns = false;
    gateway.routeTableIds = ['rtb-0000000000000000a'];
    vpc.enableDnsHostnames = false;
    group.cidrs = ['10.0.0.0/23'];
    const { code, plan } = await json(...cluster);
    expect(code).toBe(1);
    expect(plan.steps.map(({ kind }: { kind: string }) => kind)).toEqual([
      'vpc-attribute',
      'group-rule',
      'private-dns',
      'add-subnet',
      'add-route-table',
      'add-route-table',
    ]);
    await carryOut(stage.api.url, await stage.plan(...cluster));
    expect((await stage.plan(...cluster)).code).toBe(0);
  });

  it('finds the VPC by its id with all its clusters, and asks no more than it must', async () => {
    const { code, plan } = await json('--vpc', theVpc, ...region);
    expect({ code, clusters: plan.clusters, instances: plan.containerInstances }).toEqual({
      code: 1,
      clusters: ['prod'],
      instances: 6,
    });
    expect([...stage.api.calls].sort()).toEqual(
      [
        'ec2:DescribeDhcpOptions',
        'ec2:DescribeNatGateways',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcAttribute',
        'ec2:DescribeVpcAttribute',
        'ec2:DescribeVpcEndpointServices',
        'ec2:DescribeVpcEndpoints',
        'ec2:DescribeVpcs',
        'ecs:DescribeClusters',
        'ecs:DescribeContainerInstances',
        'ecs:DescribeServices',
        'ecs:DescribeTaskDefinition',
        'ecs:ListClusters',
        'ecs:ListContainerInstances',
        'ecs:ListServices',
        'ecs:ListTasks',
        'route53:ListHostedZonesByVPC',
      ].sort(),
    );
  });

  it('finds subnets by EC2 where task network interfaces are off', async () => {
    for (const instance of stage.region.instances) {
      stage.ec2.instances.push({ id: instance.id, vpcId: theVpc, subnetId: instance.subnetId, groupIds: [] });
      Object.assign(instance, { vpcId: '', subnetId: '' });
    }
    const { plan } = await json(...cluster);
    expect(plan).toMatchObject({ vpcId: theVpc, containerInstances: 6 });
    expect(stage.api.calls).toContain('ec2:DescribeInstances');
  });

  it('leaves instances outside of AWS out', async () => {
    stage.region.instances.push({
      id: 'mi-0a1b2c3d4e5f60718',
      cluster: 'prod',
      subnetId: '',
      zone: '',
      vpcId: '',
      status: 'ACTIVE',
      agentConnected: true,
      agentVersion: '1.105.1',
    });
    const { plan } = await json(...cluster);
    expect(plan).toMatchObject({ vpcId: theVpc, containerInstances: 6 });
    expect(stage.api.calls).not.toContain('ec2:DescribeInstances');
  });

  it('lets container instances in by their group', async () => {
    await complete();
    for (const { id, subnetId } of stage.region.instances)
      stage.ec2.instances.push({ id, vpcId: theVpc, subnetId, groupIds: ['sg-00000000000000abc'] });
    for (const group of stage.ec2.groups)
      Object.assign(group, { cidrs: [], groupIds: ['sg-00000000000000abc'] });
    expect((await stage.plan(...cluster)).code).toBe(0);
  });

  it('reads more than a page of everything', async () => {
    stage.region.instances.length = 0;
    for (let index = 0; index < 450; index += 1) addInstance(stage.region, 'abc'.charAt(index % 3), index);
    for (let index = 0; index < 120; index += 1) {
      stage.tasks.services.push({ name: `s${index}`, cluster: 'prod', definition: `s${index}:1` });
      stage.tasks.definitions[`s${index}:1`] = webDefinition();
      stage.tasks.tasks.push({ id: `t${index}`, cluster: 'prod', definition: 'web:12' });
    }
    const { plan } = await json(...cluster);
    expect(plan).toMatchObject({ containerInstances: 450, taskDefinitions: 121 });
  });

  it('says what no endpoint leads to', async () => {
    stage.tasks.definitions['web:12'] = [{ name: 'app', image: 'nginx:1.27' }];
    const { stdout } = await stage.plan(...cluster);
    expect(stdout).toContain('registry docker.io');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'NAT cannot go as long as tasks use what no endpoint leads to',
    );
  });

  it('finds endpoints with addresses that the container instances have not', async () => {
    await complete();
    const ecs = stage.ec2.endpoints.find(({ serviceName }) => serviceName.endsWith('.ecs'));
    if (ecs === undefined) throw new Error('it was created');
    ecs.ipAddressType = 'ipv6';
    const { code, stdout } = await stage.plan('--only', 'agent', ...cluster);
    expect(code).toBe(1);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`${ecs.id} has IPv6 addresses only, and `);
    ecs.ipAddressType = 'dualstack';
    expect((await stage.plan('--only', 'agent', ...cluster)).code).toBe(0);
  });

  it('plans for one purpose only', async () => {
    const { plan } = await json('--only', 'agent', ...cluster);
    expect(plan.endpoints.map(({ service }: { service: string }) => service)).toEqual([
      'ecs-agent',
      'ecs-telemetry',
      'ecs',
    ]);
  });

  describe('what cannot be seen from this account', () => {
    it('is an answer in a shared VPC, and nothing is created', async () => {
      for (const vpc of stage.ec2.vpcs) vpc.owner = '999988887777';
      const { code, stdout } = await stage.plan(...cluster);
      expect(code).toBe(0);
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain('VPC of account 999988887777');
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
        `its endpoints cannot be seen from account ${ownAccount}`,
      );
      expect(stdout).not.toContain('aws ec2 create');
      const { code: byCode, stdout: code3, stderr } = await stage.plan('--cloudformation', ...cluster);
      expect({ byCode, code3 }).toEqual({ byCode: 0, code3: '' });
      expect(stderr).toContain('not seen: ');
    });

    it('is an answer in a shared VPC too that may not be described itself', async () => {
      for (const vpc of stage.ec2.vpcs) vpc.owner = '999988887777';
      stage.account.denied.add('ec2:DescribeVpcs');
      expect((await json(...cluster)).plan).toMatchObject({
        verdict: 'not-known',
        steps: [],
        vpcOwner: '999988887777',
      });
    });

    it('is an answer where a hub’s hosted zones lead elsewhere', async () => {
      stage.ec2.hostedZones[theVpc] = ['ecs-a', 'ecs-t', 'ecs'].map((label) => ({
        name: `${label}.us-east-1.amazonaws.com`,
        owningAccount: '444455556666',
      }));
      const { code, plan } = await json('--only', 'agent', ...cluster);
      expect({ code, verdict: plan.verdict }).toEqual({ code: 0, verdict: 'not-known' });
      expect(plan.endpoints[0].findings).toMatchObject([{ code: 'endpoint-elsewhere' }]);
    });

    it('is not a zone of a service of AWS’s own', async () => {
      stage.ec2.hostedZones[theVpc] = [
        { name: 'us-east-1.amazonaws.com', owningService: 'vpce.amazonaws.com' },
      ];
      expect((await json('--only', 'agent', ...cluster)).plan.verdict).toBe('missing');
    });

    it.each([
      'ec2:DescribeVpcs',
      'ec2:DescribeVpcAttribute',
      'ec2:DescribeDhcpOptions',
      'ec2:DescribeSubnets',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeRouteTables',
      'ec2:DescribeNatGateways',
      'ec2:DescribeVpcEndpointServices',
      'ecs:ListServices',
      'ecs:DescribeServices',
      'ecs:ListTasks',
      'ecs:DescribeTaskDefinition',
      'ecs:DescribeClusters',
      'route53:ListHostedZonesByVPC',
    ])('is what rests on %s alone, where that is not allowed', async (action) => {
      await complete();
      stage.account.denied.add(action);
      const { code, stderr, plan } = await json(...cluster);
      expect(code).toBe(0);
      expect(plan.steps).toEqual([]);
      // What nothing rests on here goes without a word.
      const silent = ['ec2:DescribeVpcs', 'ec2:DescribeNatGateways', 'ec2:DescribeVpcEndpointServices'];
      if (silent.includes(action) || action.startsWith('route53:')) expect(plan.verdict).toBe('complete');
      else
        expect({ verdict: plan.verdict, stderr }).toMatchObject({
          verdict: 'not-known',
          stderr: expect.stringContaining(action),
        });
    });

    it('is most of it where the endpoints may not be listed: exit code 77', async () => {
      stage.account.denied.add('ec2:DescribeVpcEndpoints');
      const { code, stdout, stderr } = await stage.plan(...cluster);
      expect(code).toBe(77);
      expect(stdout).toContain('not all can be seen');
      expect(stderr).toContain('Not allowed, and so not seen: ec2:DescribeVpcEndpoints.');
    });

    it('is where the container instances are, with ECS not allowed and the VPC named', async () => {
      stage.account.denied.add('ecs:ListClusters');
      const { code, plan } = await json('--vpc', theVpc, '--only', 'agent', ...region);
      expect(code).toBe(1);
      expect(plan.network).toMatchObject([{ code: 'instances-unseen', permission: 'ecs:ListClusters' }]);
      expect(plan.steps.at(-1).subnetIds).toEqual(['a', 'b', 'c'].map(privateSubnet));
    });
  });

  it('tells a policy that keeps the agent out', async () => {
    await complete();
    const [endpoint] = stage.ec2.endpoints;
    if (endpoint) endpoint.policy = fullAccess.replace('"Action":"*"', '"Action":"ecs:List*"');
    const { code, plan } = await json(...cluster);
    expect(code).toBe(1);
    expect(plan.endpoints[0].findings).toMatchObject([{ code: 'policy-denies' }]);
    expect(plan.steps[0].commands[0]).toContain('allow ecs:Poll in the policy of vpce-');
  });

  it('leaves out what a task definition holds that is nobody’s business', async () => {
    stage.tasks.definitions['web:12'] = [
      {
        name: 'app',
        image: 'nginx',
        environment: [{ name: 'PASSWORD', value: 'hunter2' }],
        logConfiguration: { logDriver: 'splunk', options: { 'splunk-token': 'hunter2' } },
      },
    ];
    const runs = [
      await stage.plan(...cluster),
      await stage.plan('--json', ...cluster),
      await stage.plan('--terraform', ...cluster),
    ];
    for (const { stdout, stderr } of runs) expect(stdout + stderr).not.toContain('hunter2');
  });

  it('prints nothing that a terminal obeys, and no code that others wrote', async () => {
    stage.tasks.definitions['web:12'] = [
      { name: 'app', image: `\u001b[2Jevil\n${'$'}{file("/etc/passwd")}/x.y` },
    ];
    const [subnet] = stage.ec2.subnets;
    if (subnet) subnet.cidr = '10.0.0.0/24"\n}\nresource "x" "y" {';
    const text = await stage.plan(...cluster);
    const code = await stage.plan('--terraform', ...cluster);
    expect(text.stdout + code.stdout).not.toContain('\u001b');
    expect(code.stdout).not.toMatch(/resource "x"|file\(/);
  });
});
