import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { documentOf } from '../../lab/json-document.ts';
import { theVpc } from '../../lab/stand-ins/aws/ec2-state.ts';
import { runPlan, startAccount } from './stage.ts';

type Stage = Awaited<ReturnType<typeof startAccount>>;

const east = ['--region', 'us-east-1'];

describe('what plan cannot begin with', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await startAccount();
  });
  afterEach(async () => {
    await stage.api.close();
  });

  it.each<[string, string[], number, string]>([
    ['nothing to look at', east, 64, 'Give --vpc ID or --cluster NAME, or both.'],
    ['no id', ['--vpc', 'vpc-12', ...east], 64, 'Accepted: the id of a VPC such as vpc-0a1b2c3d4e5f60718.'],
    ['capitals', ['--vpc', theVpc.toUpperCase(), ...east], 64, `Did you mean ${theVpc}?`],
    ['a subnet', ['--vpc', 'subnet-0a1b2c3d4e5f60718', ...east], 64, 'Accepted: the id of a VPC'],
    [
      'a VPC that is not there',
      ['--vpc', 'vpc-00000000000000000', ...east],
      64,
      'There is no vpc-00000000000000000 in us-east-1',
    ],
    [
      'a VPC of another region',
      ['--vpc', theVpc, '--region', 'eu-west-1'],
      64,
      `There is no ${theVpc} in eu-west-1`,
    ],
    [
      'a cluster that is not there',
      ['--cluster', 'prid', ...east],
      64,
      'There is no active cluster prid in us-east-1.',
    ],
    [
      'a cluster of another region',
      ['--cluster', 'prod', '--region', 'eu-west-1'],
      64,
      'There is no active cluster prod in eu-west-1.',
    ],
    [
      'a region beside an ARN of another',
      ['--cluster', 'arn:aws:ecs:us-east-1:111122223333:cluster/prod', '--region', 'eu-west-1'],
      64,
      '--region is eu-west-1, and the cluster',
    ],
    [
      'two forms',
      ['--vpc', theVpc, '--json', '--terraform', ...east],
      64,
      '--json and --terraform are given. Give one of them.',
    ],
    [
      'a profile that is not there',
      ['--vpc', theVpc, '--profile', 'prud', '--json', ...east],
      64,
      'error: There is no profile prud',
    ],
    [
      'a cluster that is not there, as JSON',
      ['--cluster', 'prid', '--json', ...east],
      64,
      'There is no active cluster prid',
    ],
    ['a purpose that is none', ['--vpc', theVpc, '--only', 'agents', ...east], 64, 'Did you mean agent?'],
    [
      'a region that is none',
      ['--vpc', theVpc, '--region', 'useast1'],
      64,
      'Accepted: a region such as us-east-1.',
    ],
    ['no region', ['--vpc', theVpc], 78, 'error: no region is set. Name one: --region us-east-1'],
  ])('%s', async (_, args, code, line) => {
    const ran = await stage.plan(...args);
    expect(ran.code).toBe(code);
    if (args.includes('--json'))
      expect(documentOf('plan', ran.stdout)).toMatchObject({ error: { code: 'usage-value' } });
    else expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain(line);
  });

  it.each<[string, (stage: Stage) => void, number, string]>([
    [
      'a cluster without container instances',
      ({ region }) => {
        region.instances.length = 0;
      },
      64,
      'Cluster prod has no container instance, so that no VPC follows from it. Name one: --vpc ID, beside --cluster prod.',
    ],
    [
      'a cluster in several VPCs',
      ({ region }) => {
        const [first] = region.instances;
        if (first) first.vpcId = 'vpc-0ffffffffffffffff';
      },
      64,
      `Cluster prod has container instances in several VPCs: ${theVpc} (5), vpc-0ffffffffffffffff (1).`,
    ],
    [
      'a session that has expired',
      ({ account }) => {
        account.expired = true;
      },
      77,
      'error: the session has expired (ecs:ListContainerInstances)',
    ],
    [
      'a cluster whose instances may not be listed',
      ({ account }) => account.denied.add('ecs:ListContainerInstances'),
      77,
      'error: ecs:ListContainerInstances is not allowed',
    ],
  ])('%s', async (_, change, code, line) => {
    change(stage);
    const ran = await stage.plan('--cluster', 'prod', ...east);
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' });
    expect(ran.stderr).toContain(line);
  });

  it('takes the VPC by name for what a cluster has there', async () => {
    const [first] = stage.region.instances;
    if (first) first.vpcId = 'vpc-0ffffffffffffffff';
    const { code, stdout } = await stage.plan('--cluster', 'prod', '--vpc', theVpc, '--json', ...east);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ vpcId: theVpc, containerInstances: 5 });
  });

  it('takes the region from the cluster’s ARN', async () => {
    const ran = await stage.plan('--cluster', 'arn:aws:ecs:us-east-1:111122223333:cluster/prod', '--json');
    expect(JSON.parse(ran.stdout)).toMatchObject({ region: 'us-east-1', clusters: ['prod'] });
  });

  it('a key that nobody knows', async () => {
    const ran = await runPlan(stage.api.url, ['--vpc', theVpc, ...east], { AWS_ACCESS_KEY_ID: 'AKIDNOBODY' });
    expect(ran).toMatchObject({ code: 77, stdout: '' });
    expect(ran.stderr).toContain('error: no valid credentials');
  });

  it('an API that nobody answers at', async () => {
    const ran = await runPlan('http://127.0.0.1:9', ['--vpc', theVpc, ...east]);
    expect(ran).toMatchObject({ code: 69, stdout: '' });
    expect(ran.stderr).toContain('error: AWS cannot be reached');
  });
});
