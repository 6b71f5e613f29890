import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseHcl } from '../../unit/plan/hcl.ts';
import { create } from './carry-out.ts';
import { describeWithMoto } from './moto.ts';
import { run, startAccount } from './stage.ts';

/** Where the AWS provider lies, for machines that cannot fetch it: a mirror of the file system. */
const providers = process.env['ECS_PRIVATELINKD_TERRAFORM_PROVIDERS'] ?? '/opt/tf-plugins';

function has(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

const terraform = ['terraform', 'tofu'].find((program) => has(program, 'version'));
const cfnLint = has('cfn-lint', '--version');

const args = ['--cluster', 'prod', '--region', 'us-east-1'];

describe('the code of a plan', () => {
  let stage: Awaited<ReturnType<typeof startAccount>>;
  let directory: string;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ecs-privatelinkd-plan-'));
    stage = await startAccount();
  });
  afterEach(async () => {
    await stage.api.close();
    rmSync(directory, { recursive: true });
  });

  /** One of every kind of step. */
  async function halfThere(): Promise<void> {
    const { stdout } = await stage.plan('--json', '--only', 'agent,tasks', ...args);
    create(stage.ec2, JSON.parse(stdout).steps);
    const { endpoints, groups, vpcs } = stage.ec2;
    const of = (service: string) => endpoints.find(({ serviceName }) => serviceName.endsWith(`.${service}`));
    const [agent, gateway, vpc, group] = [of('ecs-agent'), of('s3'), vpcs[0], groups[0]];
    if (!(agent && gateway && vpc && group)) throw new Error('they were created');
    agent.privateDns = false;
    of('ecs')?.subnetIds.pop();
    gateway.routeTableIds.pop();
    vpc.enableDnsHostnames = false;
    group.cidrs = ['10.0.0.0/23', '2001:db8::/56'];
    endpoints.splice(1, 1);
  }

  const scenes = [
    ['of a VPC without an endpoint', async () => {}],
    ['of a VPC with half of it', halfThere],
  ] as const;

  describe.each(scenes)('%s', (_, arrange) => {
    it('is Terraform that creates what the plan lists', async () => {
      await arrange();
      const { steps } = JSON.parse((await stage.plan('--json', ...args)).stdout);
      const { code, stdout, stderr } = await stage.plan('--terraform', ...args);
      expect(code).toBe(1);
      expect(stderr).toContain('something is missing');
      const created = steps.filter(({ kind }: { kind: string }) => kind !== 'vpc-attribute');
      expect(parseHcl(stdout)).toHaveLength(created.length);
    });

    it('is CloudFormation that creates what it can, and names the rest', async () => {
      await arrange();
      const { steps } = JSON.parse((await stage.plan('--json', ...args)).stdout);
      const template = JSON.parse((await stage.plan('--cloudformation', ...args)).stdout);
      const { BeforeThisStack = [], AfterThisStack = [] } = template.Metadata?.ByHand ?? {};
      expect(Object.keys(template.Resources).length + BeforeThisStack.length + AfterThisStack.length).toBe(
        steps.length,
      );
    });

    // These two need more than Debian has; where they are not installed the tests above are what there is.
    if (terraform !== undefined && existsSync(providers)) {
      it('is Terraform that Terraform takes', async () => {
        await arrange();
        writeFileSync(join(directory, 'main.tf'), (await stage.plan('--terraform', ...args)).stdout);
        writeFileSync(
          join(directory, 'mirror.rc'),
          `provider_installation {\n  filesystem_mirror {\n    path = "${providers}"\n  }\n}\n`,
        );
        const env = {
          PATH: process.env['PATH'],
          HOME: directory,
          TF_CLI_CONFIG_FILE: join(directory, 'mirror.rc'),
        };
        for (const command of [
          ['fmt', '-check', '-diff'],
          ['init', '-no-color'],
          ['validate', '-no-color'],
        ]) {
          const ran = await run(terraform, command, env, directory);
          expect(ran, `${command[0]}: ${ran.stdout}${ran.stderr}`).toMatchObject({ code: 0 });
        }
      });
    }

    if (cfnLint) {
      it('is a template that cfn-lint has nothing to say of', async () => {
        await arrange();
        const file = join(directory, 'template.json');
        writeFileSync(file, (await stage.plan('--cloudformation', ...args)).stdout);
        const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
        const ran = await run('cfn-lint', ['--regions', 'us-east-1', '--', file], env);
        expect(ran, ran.stdout + ran.stderr).toMatchObject({ code: 0 });
      });
    }
  });
});

describeWithMoto();
