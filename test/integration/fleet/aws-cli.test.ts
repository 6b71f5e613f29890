import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasAwsCli } from '../../lab/aws-cli.ts';
import { inCheckout } from '../../lab/checkout.ts';
import { type CommandResult, runCommand } from '../../lab/hosts/machine/command.ts';
import { type AwsApi, type QueryCall, startAwsApi } from '../../lab/stand-ins/aws/aws-api.ts';
import { addHost, fleetServices, instanceOf, newWorld } from '../../lab/stand-ins/aws/fleet-world.ts';
import { type RestServices, startRestServices } from '../../lab/stand-ins/aws/rest-services.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';

// The real AWS CLI (Debian's awscli): what the documents tell operators to type is what it takes, and what the SDK is
// answered in the other tests is what it understands too.

interface Line {
  readonly file: string;
  readonly command: string;
}

const documents = await documentFiles();
const lines = await documentedLines();

async function documentFiles(): Promise<string[]> {
  const below = await readdir(inCheckout('docs'), { recursive: true });
  return ['README.md', ...below.filter((name) => /\.(?:md|yaml)$/.test(name)).map((name) => `docs/${name}`)];
}

/** Each once: lines of blocks of code and of comments that begin with `aws`, and what stands between back-ticks. */
async function documentedLines(): Promise<Line[]> {
  const found = new Map<string, Line>();
  for (const file of documents) {
    const text = (await readFile(inCheckout(file), 'utf8')).replaceAll(/\\\n\s*#?\s*/g, '');
    const [prose, code] = split(text, file.endsWith('.yaml'));
    const inline = [...prose.matchAll(/`(aws [a-z0-9-]+ [^`]+)`/g)];
    const bare = [...prose.matchAll(/: (aws [a-z0-9-]+ [a-z-]+ --[^`\n]*?)(?=\. [A-Z]|\n)/g)];
    const blocks = [
      ...code.matchAll(/^\s*#?\s*(aws [a-z0-9-]+ .*)$/gm),
      ...prose.matchAll(/^ {4,}(aws [a-z0-9-]+ .*)$/gm),
    ];
    for (const [, command = ''] of [...inline, ...bare, ...blocks]) {
      found.set(command.trim(), { file, command: command.trim() });
    }
  }
  return [...found.values()];
}

/** Prose, and what stands in blocks of code; a YAML file is one of those. */
function split(text: string, isCode: boolean): [string, string] {
  if (isCode) return ['', text];
  const parts = text.split(/^\s*```.*$/m);
  const of = (odd: number) => parts.filter((_, index) => index % 2 === odd).join('\n');
  return [of(0), of(1)];
}

/** What an operator puts in the place of words in capitals. */
const placeholders = {
  REGION: 'us-east-1',
  VPC_ID: 'vpc-0a1b2c3d4e5f60718',
  GROUP_ID: 'sg-0a1b2c3d4e5f60718',
  SUBNET_ID: 'subnet-0a9b8c7d6e5f40312',
  INSTANCE_ID: 'i-00000000000000001',
  SERVICE_NAME: 'com.amazonaws.us-east-1.ecs-agent',
  SUBNET_CIDR: '10.0.1.0/24',
  CIDR: '10.0.1.0/24',
  NAT_GATEWAY_ID: 'nat-0a1b2c3d4e5f60718',
  INTERFACE_ID: 'eni-0a1b2c3d4e5f60718',
  ROUTE_TABLE_ID: 'rtb-0a1b2c3d4e5f60718',
  ASSOCIATION_ID: 'rtbassoc-0a1b2c3d4e5f60718',
  ID: 'vpce-02f1e2d3c4b5a6978',
};

function filled(command: string): string {
  return Object.entries(placeholders).reduce(
    (text, [name, value]) => text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), value),
    command,
  );
}

/** What EC2 answers to each, as far as the CLI shows it. */
const ec2 = Object.fromEntries(
  Object.entries({
    DescribeVpcEndpoints: '<vpcEndpointSet/>',
    DescribeVpcs: '<vpcSet/>',
    DescribeVpcAttribute: '<enableDnsSupport><value>true</value></enableDnsSupport>',
    CreateVpcEndpoint: '<vpcEndpoint/>',
    ModifyVpcEndpoint: '<return>true</return>',
    ModifyVpcAttribute: '<return>true</return>',
    AuthorizeSecurityGroupIngress: '<return>true</return>',
    ModifyInstanceMetadataOptions: '<instanceId>i-00000000000000001</instanceId>',
    DescribeRouteTables: '<routeTableSet/>',
    DescribeNatGateways: '<natGatewaySet/>',
    DescribeSubnets: '<subnetSet/>',
    CreateRoute: '<return>true</return>',
    DeleteRoute: '<return>true</return>',
    ReplaceRouteTableAssociation: '<newAssociationId>rtbassoc-1a1b2c3d4e5f60718</newAssociationId>',
    CreateFlowLogs: '<flowLogIdSet/>',
  }).map(([action, answer]) => [action, (_: QueryCall) => answer]),
);

/** What nothing here answers: the CLI knows the operation, and that is all that is seen of it. */
const elsewhere =
  /^aws (?:cloudformation|autoscaling) |^aws ecs (?:create-service|register-task-definition) |^aws ssm describe-association-execution-targets /;

/** Commands of the CLI's own, of which there is no skeleton. */
const ownCommand = /^aws (?:sso|cloudformation deploy)/;

describe.runIf(hasAwsCli)('the AWS CLI', () => {
  const world = newWorld(Date.now());
  let api: AwsApi;
  let rest: RestServices;
  let directory: string;
  beforeAll(async () => {
    for (let index = 0; index < 120; index += 1) addHost(world, index);
    addHost(world, 200, { record: { Phase: 'waiting', Reason: 'names-not-private' } });
    const services = fleetServices(new Map([['AKIAIOSFODNN7EXAMPLE', world.account]]));
    api = await startAwsApi({ ...services, ec2: { query: ec2, errorForm: 'ec2' } });
    rest = await startRestServices();
    // A checkout with a release in it, seen from where the comments of docs/install/ are followed too.
    directory = await makeTemporaryDirectory('operator');
    await mkdir(join(directory, 'dist'));
    await writeFile(join(directory, 'dist/SHA256SUMS'), 'sums\n');
    await symlink(inCheckout('docs'), join(directory, 'docs'));
    for (const name of await readdir(inCheckout('docs/install'))) {
      await symlink(inCheckout(`docs/install/${name}`), join(directory, name));
    }
  });
  afterAll(async () => {
    await api?.close();
    await rest?.close();
  });

  async function run(command: string): Promise<CommandResult> {
    const url = /^aws (?:s3|imagebuilder) /.test(command) ? rest.url : api.url;
    return await runCommand(['sh', '-c', `cd "$1" && ${command} --endpoint-url "$2"`, 'sh', directory, url], {
      timeout: 120_000,
      env: {
        // Debian's, whatever else is called aws here.
        PATH: '/usr/bin:/bin',
        HOME: directory,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'not-a-secret',
        AWS_PAGER: '',
      },
    });
  }

  const whole = lines.filter(({ command }) => command.split(' ').length > 3 && !elsewhere.test(command));
  const mentioned = lines
    .filter(({ command }) => command.split(' ').length === 3 || elsewhere.test(command))
    .map(({ file, command }) => ({ file, command: command.split(' ').slice(0, 3).join(' ') }));

  it('finds what the documents tell to type', () => {
    expect(whole.length).toBeGreaterThan(25);
    expect(new Set(whole.map(({ file }) => file)).size).toBeGreaterThanOrEqual(6);
  });

  it.each(whole)('$file: $command', async ({ command }) => {
    // Each document is created once, wherever it is told.
    world.region.documents.delete(/--name (\S+)/.exec(command)?.[1] ?? '');
    if (command.includes('send-command')) world.region.documents.add('ecs-privatelinkd-restart');
    const before = api.calls.length + rest.requests.length;
    const { code, stderr } = await run(filled(command));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(api.calls.length + rest.requests.length).toBeGreaterThan(before);
  });

  it.each(mentioned)('$file: $command is an operation', async ({ command }) => {
    const [, service, operation] = command.split(' ');
    // Of a command of the CLI's own there is no skeleton.
    const check = ownCommand.test(command)
      ? `aws ${service} ${operation} --help`
      : `${command} --generate-cli-skeleton`;
    const { code, stdout, stderr } = await run(`${check} 2>&1 #`);
    if (ownCommand.test(command)) expect(stdout).not.toMatch(/Invalid choice/i);
    else expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('pages through container instances as the SDK does', async () => {
    const before = api.calls.length;
    const { stdout } = await run('aws ecs list-container-instances --cluster prod');
    expect(JSON.parse(stdout).containerInstanceArns).toHaveLength(121);
    expect(api.calls.slice(before)).toEqual(['ecs:ListContainerInstances', 'ecs:ListContainerInstances']);
  });

  it('shows the hosts that are not settled', async () => {
    const line = lines.find(({ command }) => command.startsWith('aws ssm get-inventory'));
    const { stdout } = await run(line?.command ?? '');
    expect(stdout.trim()).toBe(`${instanceOf(200, 'prod').id}\tnames-not-private`);
  });

  it('is refused as AWS refuses it', async () => {
    world.account.denied.add('ecs:ListClusters');
    const denied = await run('aws ecs list-clusters');
    world.account.denied.clear();
    expect(denied.stderr).toMatch(
      /An error occurred \(AccessDeniedException\) when calling the ListClusters operation: User: .* is not authorized to perform: ecs:ListClusters/,
    );
    const unknown = await run('aws ecs list-container-instances --cluster prud');
    expect(unknown.stderr).toContain('(ClusterNotFoundException)');
    const lookup = await run(
      'aws cloudtrail lookup-events --max-items 3 --query Events[].EventName --output text',
    );
    expect(lookup.stdout).toMatch(/DiscoverPollEndpoint/);
  });
});
