import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { carryOut } from './carry-out.ts';
import { awsEnvironment, run, runPlan } from './stage.ts';

/**
 * moto, a model of AWS by others (Debian's package python3-moto from Debian 13 on). It knows EC2 well; its endpoints are
 * created with a default security group, and its list of endpoint services is its own.
 */
const isThere = spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0;
const port = 5_571;
const url = `http://127.0.0.1:${port}`;
const region = 'us-east-1';

async function aws(...args: string[]): Promise<string> {
  const ran = await run('aws', ['--endpoint-url', url, ...args, '--region', region, '--output', 'text'], {
    ...awsEnvironment(url),
    HOME: '/tmp',
  });
  if (ran.code !== 0) throw new Error(`aws ${args.join(' ')}: ${ran.stderr}`);
  return ran.stdout.trim();
}

/** Where moto must be there: with the parts of Debian 13 (test/matrix/debian.sh). */
const mustBeThere = process.env['ECS_PRIVATELINKD_LAB_RELEASE'] === 'trixie';

/** Tests of plan against moto, where that is installed: Debian 12 has none. */
export function describeWithMoto(): void {
  if (!isThere && !mustBeThere) return;
  describe('plan against moto', () => {
    let server: ChildProcess;
    let vpcId: string;
    beforeAll(async () => {
      server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
      await vi.waitFor(() => fetch(url), { timeout: 60_000, interval: 100 });
      vpcId = await aws('ec2', 'create-vpc', '--cidr-block', '10.1.0.0/16', '--query', 'Vpc.VpcId');
      for (const [index, zone] of ['a', 'b'].entries()) {
        const block = ['--cidr-block', `10.1.${index}.0/24`, '--availability-zone', `${region}${zone}`];
        await aws('ec2', 'create-subnet', '--vpc-id', vpcId, ...block);
      }
    });
    afterAll(() => server.kill());

    it('says what is missing; carried out, its commands leave no endpoint missing', async () => {
      const before = await runPlan(url, ['--vpc', vpcId, '--region', region, '--only', 'agent']);
      expect(before.code, before.stderr).toBe(1);
      expect(before.stdout.replaceAll(/\s+/g, ' ')).toContain(
        'of 3 endpoints 0 are there, 3 missing or incomplete',
      );
      expect(before.stdout).toContain(`${vpcId} has enableDnsHostnames off`);
      await carryOut(url, before);
      const after = await runPlan(url, ['--vpc', vpcId, '--region', region, '--only', 'agent', '--json']);
      const plan = JSON.parse(after.stdout);
      expect(after.code, after.stdout).toBe(0);
      expect(plan.endpoints.map(({ answer }: { answer: string }) => answer)).toEqual([
        'there',
        'there',
        'there',
      ]);
      expect(plan.steps).toEqual([]);
    });

    it('knows a VPC that is not there', async () => {
      const ran = await runPlan(url, ['--vpc', 'vpc-00000000000000000', '--region', region]);
      expect(ran).toMatchObject({ code: 64, stdout: '' });
    });
  });
}
