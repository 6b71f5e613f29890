import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { privateSubnet, theVpc } from '../../lab/stand-ins/aws/ec2-state.ts';
import { startAccount, webDefinition } from './stage.ts';

// Who can put a text into what plan reads must not write what an operator pastes or applies (docs/security.md).

type Stage = Awaited<ReturnType<typeof startAccount>>;

/** Closes quotes of all kinds, begins templates, substitutions and lines. */
const code =
  'x"\'`$(touch evil)$' + '{file("evil")}%{if evil}\n}\nresource "evil" "evil" {}\n\u001b[2J\r\u001b[KEVIL';

describe('what others can have plan say', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await startAccount();
  });
  afterEach(async () => {
    await stage.api.close();
  });

  /** What is printed in each form. */
  async function told(asked: readonly string[], forms: readonly string[]): Promise<string[]> {
    const runs = forms.map((form) => stage.plan(...asked, '--region', 'us-east-1', ...(form ? [form] : [])));
    return (await Promise.all(runs)).map(({ stdout, stderr }) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this is about
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      return stdout + stderr;
    });
  }

  /** Attributes of a container instance are what its agent says; they may consist of all this. */
  const hostile = 'vpc-0 --endpoint-url http://evil.example';

  it('a host that says a flag for its VPC has none: nothing of it is in a command', async () => {
    stage.account.denied.add('ec2:DescribeVpcs');
    for (const one of stage.region.instances) one.vpcId = hostile;
    for (const one of await told(['--cluster', 'prod'], ['', '--terraform'])) {
      expect(one).toContain('Name one: --vpc ID');
      expect(one).not.toContain('evil');
    }
  });

  it('a host that says so among others is where EC2 has it', async () => {
    const [first] = stage.region.instances;
    if (first === undefined) throw new Error('no instance');
    first.vpcId = hostile;
    stage.ec2.instances.push({ id: first.id, vpcId: theVpc, subnetId: privateSubnet('a'), groupIds: [] });
    const [text] = await told(['--cluster', 'prod'], ['']);
    expect(text).toContain(`${theVpc} in us-east-1`);
    expect(text).toContain('6 container instances');
  });

  it('ids, blocks, zones and states are of EC2’s form, or are not told', async () => {
    const { ec2 } = stage;
    for (const subnet of ec2.subnets.slice(0, 3)) subnet.cidr = `10.0.0.0/16\n${code}`;
    ec2.subnets.push(
      { id: code, vpcId: theVpc, zone: 'us-east-1a', cidr: '10.9.0.0/16', free: 9 },
      { id: 'subnet-0e0e0e0e', vpcId: theVpc, zone: code, cidr: '10.8.0.0/16 \n', free: 9 },
    );
    ec2.services.unshift({
      name: `${code}.us-east-1.ecs`,
      types: ['Interface'],
      zones: [code],
      privateName: code,
    });
    ec2.dhcpOptions = Object.fromEntries(Object.keys(ec2.dhcpOptions).map((id) => [id, [code]]));
    ec2.endpoints.push({
      id: 'vpce-0e0e0e0e',
      vpcId: theVpc,
      serviceName: 'com.amazonaws.us-east-1.ecs-agent',
      type: 'Interface',
      state: code,
      privateDns: false,
      subnetIds: [code],
      groupIds: [code],
      routeTableIds: [code],
      policy: `{"Statement":{"Effect":"Deny","Action":${JSON.stringify(code)}}}`,
    });
    const [text = '', json, terraform = '', cloudFormation] = await told(
      ['--vpc', theVpc],
      ['', '--json', '--terraform', '--cloudformation'],
    );
    // A DHCP option is a text: it is told in one line, as all that is only told.
    for (const one of [text, terraform]) {
      expect(one.split('\n').filter((line) => /^(?:resource "evil"|\}EVIL)/.test(line))).toEqual([]);
    }
    expect(terraform).toContain('resource "aws_vpc_endpoint"');
    expect(terraform).not.toContain('evil');
    for (const one of [json, cloudFormation]) {
      const { steps, Resources } = JSON.parse(
        String(one)
          .replace(/^[^{]*/, '')
          .replace(/[^}]*$/, ''),
      );
      expect(JSON.stringify([steps, Resources])).not.toContain('evil');
    }
  });

  it('task definitions are told, each in one line, and are in no code', async () => {
    stage.tasks.definitions['web:12'] = webDefinition().map((one) => ({
      ...one,
      name: code,
      image: `evil.example/${code}`,
      logConfiguration: { logDriver: code, options: { Name: code } },
      secrets: [{ name: code, valueFrom: code }],
      environmentFiles: [{ type: 's3', value: code }],
    }));
    const [text = '', terraform = ''] = await told(['--cluster', 'prod'], ['', '--terraform']);
    expect(text).toContain('evil.example');
    expect(text.split('\n').filter((line) => line.startsWith('resource "evil"'))).toEqual([]);
    expect(terraform.slice(terraform.indexOf('# Made by'))).not.toContain('evil');
  });
});
