import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { newAccount, newRegion } from '../../lab/stand-ins/aws/account.ts';
import { startAwsApi } from '../../lab/stand-ins/aws/aws-api.ts';
import { ec2Service } from '../../lab/stand-ins/aws/ec2.ts';
import { privateSubnet, theVpc, vpcWithNat } from '../../lab/stand-ins/aws/ec2-state.ts';
import { ecsService } from '../../lab/stand-ins/aws/ecs.ts';
import { ecsTaskHandlers, type TaskState } from '../../lab/stand-ins/aws/ecs-tasks.ts';
import { route53Service } from '../../lab/stand-ins/aws/route53.ts';

export const ownAccount = '111122223333';

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An account with a cluster of 6 container instances in three zones, and AWS's APIs in front of it. */
export async function startAccount() {
  const account = newAccount(ownAccount);
  const region = newRegion();
  region.clusters.push('prod');
  const ec2 = vpcWithNat(ownAccount);
  for (let index = 0; index < 6; index += 1) addInstance(region, 'abc'.charAt(index % 3), index);
  account.regions.set('us-east-1', region);
  const tasks: TaskState = {
    services: [{ name: 'web', cluster: 'prod', definition: 'web:12', exec: true }],
    tasks: [],
    definitions: { 'web:12': webDefinition() },
    exec: {},
  };
  const accounts = new Map([['AKIDONE', account]]);
  const ecs = ecsService(accounts, () => performance.now());
  const api = await startAwsApi({
    ecs: { ...ecs, json: { ...ecs.json, ...ecsTaskHandlers(accounts, tasks) } },
    ec2: ec2Service(accounts, ec2),
    route53: route53Service(accounts, ec2),
  });
  return {
    api,
    account,
    region,
    ec2,
    tasks,
    plan: (...args: string[]) => runPlan(api.url, args),
  };
}

export function addInstance(region: ReturnType<typeof newRegion>, zone: string, index: number): void {
  region.instances.push({
    id: `i-${index.toString(16).padStart(17, '0')}`,
    cluster: 'prod',
    subnetId: privateSubnet(zone),
    zone: `us-east-1${zone}`,
    vpcId: theVpc,
    status: 'ACTIVE',
    agentConnected: true,
    agentVersion: '1.105.1',
  });
}

export function webDefinition(): object[] {
  return [
    {
      name: 'app',
      image: `${ownAccount}.dkr.ecr.us-east-1.amazonaws.com/web:1`,
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': 'web', 'awslogs-region': 'us-east-1' },
      },
      secrets: [
        { name: 'DB', valueFrom: `arn:aws:secretsmanager:us-east-1:${ownAccount}:secret:db-AbCdEf` },
        { name: 'KEY', valueFrom: `arn:aws:ssm:us-east-1:${ownAccount}:parameter/key` },
      ],
    },
  ];
}

/** What asks AWS on loopback, and nobody else. */
export function awsEnvironment(url: string): NodeJS.ProcessEnv {
  return {
    // Debian's AWS CLI before any other.
    PATH: `/usr/bin:${process.env['PATH']}`,
    HOME: '/nonexistent',
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'AKIDONE',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The built command, as an operator runs it. */
export async function runPlan(
  url: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  return await run(process.execPath, ['build/ecs-privatelinkd.cjs', 'plan', ...args], {
    ...awsEnvironment(url),
    ...env,
  });
}

export async function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): Promise<Run> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd && { cwd }) });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
