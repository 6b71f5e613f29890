import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckName } from '../../../src/doctor/order.ts';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import { type Lab, startLab } from '../../lab/hosts/lab.ts';
import { runCommand } from '../../lab/hosts/machine/command.ts';
import { againIfBusy, atThisPace } from '../../lab/pace.ts';
import { bundle, environmentOf } from '../../lab/program.ts';
import type { Diagnosis } from './diagnosis.ts';
import { type Ec2Api, type Ec2State, healthyState, instanceSubnet, startEc2Api } from './ec2-api.ts';

const group = 'sg-0a1b2c3d4e5f60718';

/** The checks that the EC2 API corroborates, with those of DNS and 443 on which they bear. */
const only =
  'ec2-vpc-dns,ec2-endpoints,ec2-security-groups,endpoints-complete,endpoint-ecs-agent,endpoint-ecs-telemetry,endpoint-ecs';

interface Row {
  readonly name: string;
  readonly change: (state: Ec2State, lab: Lab) => void | Promise<void>;
  readonly check: CheckName;
  readonly code: string;
  readonly advice: RegExp;
}

const rows: readonly Row[] = [
  {
    name: 'private DNS of an endpoint is off',
    change: async ({ endpoints: [first] }, lab) => {
      if (first) first.privateDns = false;
      await lab.withdrawEndpoint('ecs-agent');
    },
    check: 'ec2-endpoints',
    code: 'ec2-private-dns-off',
    advice:
      /modify-vpc-endpoint --region us-east-1 --vpc-endpoint-id vpce-000123456789abcde --private-dns-enabled/,
  },
  {
    name: 'an endpoint does not exist',
    change: async (state, lab) => {
      state.endpoints.pop();
      await lab.withdrawEndpoint('ecs');
    },
    check: 'ec2-endpoints',
    code: 'ec2-endpoint-missing',
    advice:
      /create-vpc-endpoint.*--service-name com\.amazonaws\.us-east-1\.ecs --subnet-ids subnet-0a9b8c7d6e5f40312/,
  },
  {
    name: 'an endpoint is not accepted',
    change: async ({ endpoints: [first] }, lab) => {
      if (first) first.state = 'pendingAcceptance';
      await lab.withdrawEndpoint('ecs-agent');
    },
    check: 'ec2-endpoints',
    code: 'ec2-endpoint-not-available',
    advice: /--query VpcEndpoints\[\]\.LastError/,
  },
  {
    name: 'DNS resolution of the VPC is off',
    change: async (state, lab) => {
      state.dnsSupport = false;
      for (const service of endpointServices) await lab.withdrawEndpoint(service);
    },
    check: 'ec2-vpc-dns',
    code: 'ec2-dns-support-off',
    advice: /--enable-dns-support/,
  },
  {
    name: 'DNS hostnames of the VPC are off',
    change: async (state, lab) => {
      state.dnsHostnames = false;
      for (const service of endpointServices) await lab.withdrawEndpoint(service);
    },
    check: 'ec2-vpc-dns',
    code: 'ec2-dns-hostnames-off',
    advice: /--enable-dns-hostnames/,
  },
  {
    name: 'the security group lets another network in only',
    change: async ({ groups }, { service, topology }) => {
      groups[group] = { cidrs: ['10.9.0.0/16', '10.0.2.0/24'] };
      for (const address of endpointServices.flatMap((name) => topology.privateAddresses[name])) {
        await service.at(address).setMode('blackhole');
      }
    },
    check: 'ec2-security-groups',
    code: 'ec2-security-group-closed',
    advice:
      /authorize-security-group-ingress --region us-east-1 --group-id sg-0a1b2c3d4e5f60718 .*--cidr 10\.0\.1\.0\/24/,
  },
  {
    name: 'an endpoint has no network interface in this zone',
    change: ({ endpoints: [first] }) => {
      if (first) first.subnetIds = ['subnet-0bbbbbbbbbbbbbbbb'];
    },
    check: 'ec2-endpoints',
    code: 'ec2-endpoint-other-zone',
    advice: new RegExp(`--add-subnet-ids ${instanceSubnet}`),
  },
  {
    name: 'an endpoint has a policy of its own',
    change: ({ endpoints: [first] }) => {
      if (first)
        first.policy =
          '{"Statement":[{"Effect":"Allow","Action":"ecs:Poll","Resource":"*","Principal":"*"}]}';
    },
    check: 'ec2-endpoints',
    code: 'ec2-endpoint-policy',
    advice: /ecs:DiscoverPollEndpoint/,
  },
];

describe('doctor --ec2', () => {
  let lab: Lab;
  let api: Ec2Api;
  beforeAll(async () => {
    lab = await startLab({ dns: 'programmable' });
    api = await startEc2Api();
    for (const service of endpointServices) await lab.createEndpoint(service);
  });
  afterEach(async () => {
    Object.assign(api.state, healthyState());
    for (const service of endpointServices) await lab.createEndpoint(service);
    for (const address of lab.service.addresses('private')) await address.setMode('open');
  });
  afterAll(async () => {
    await api?.close();
    await lab?.close();
  });

  const credentials = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };

  async function diagnose(env: Readonly<Record<string, string>> = credentials): Promise<Diagnosis> {
    const settings = {
      PATH: process.env['PATH'] ?? '',
      AWS_ENDPOINT_URL_EC2: api.url,
      ...environmentOf({
        'docker-host': 'unix:///run/no-such.sock',
        'imds-endpoint': lab.imds.endpoint,
        'ca-file': lab.caFile,
        'connect-timeout': '4s',
      }),
    };
    const command = [process.execPath, bundle, 'doctor', '--ec2', '--json', '--only', only] as const;
    const { stdout } = await runCommand([...command], { env: { ...settings, ...env } });
    return JSON.parse(stdout);
  }

  it('agrees when all is well', async () => {
    await againIfBusy(async () => {
      const diagnosis = await diagnose();
      expect(diagnosis.checks.map(({ name, status }) => `${name} ${status}`)).toEqual(
        only.split(',').map((name) => `${name} pass`),
      );
    });
    expect(new Set(api.actions)).toEqual(
      new Set(['DescribeVpcAttribute', 'DescribeVpcEndpoints', 'DescribeSecurityGroups', 'DescribeSubnets']),
    );
  });

  it.each(rows)('$name: $code is the cause', async ({ change, check, code, advice }) => {
    await change(api.state, lab);
    await againIfBusy(async () => {
      const { cause, causes } = await diagnose();
      expect({ check: cause?.name, code: cause?.code, causes }).toEqual({ check, code, causes: [check] });
      expect(cause?.advice).toMatch(advice);
    });
  });

  it('says that endpoints of a hub VPC are not visible from here', async () => {
    api.state.endpoints = [];
    for (const service of endpointServices)
      await lab.createEndpoint(service, lab.topology.hubAddresses[service]);
    await againIfBusy(async () => {
      const { cause, checks } = await diagnose();
      expect(cause).toBeNull();
      expect(checks.find(({ name }) => name === 'ec2-endpoints')).toMatchObject({
        status: 'skip',
        code: 'ec2-hub',
      });
    });
  });

  it('does not guess where a group lets groups in', async () => {
    api.state.groups[group] = { groupIds: ['sg-0ffffffffffffffff'] };
    await againIfBusy(async () => {
      const { cause, checks } = await diagnose();
      expect(cause).toBeNull();
      expect(checks.find(({ name }) => name === 'ec2-security-groups')?.code).toBe(
        'ec2-security-group-unclear',
      );
    });
  });

  it.each([
    ['no permission', 'unauthorized', 'ec2-no-permission', credentials],
    ['expired credentials', 'expired', 'ec2-no-credentials', credentials],
    ['no answer', 'hang', 'ec2-no-route', credentials],
    ['no credentials', 'answer', 'ec2-no-credentials', { AWS_EC2_METADATA_DISABLED: 'true' }],
    ['no route', 'answer', 'ec2-no-route', { ...credentials, AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:9' }],
  ] as const)('%s: a clear skip within 5 s', async (_, mode, code, env) => {
    api.state.mode = mode;
    await againIfBusy(async () => {
      const began = performance.now();
      const { cause, checks } = await diagnose({
        ...env,
        ...('AWS_EC2_METADATA_DISABLED' in env && { ECS_PRIVATELINKD_IMDS_DISABLED: 'false' }),
      });
      expect(performance.now() - began).toBeLessThan(atThisPace(5_000));
      expect(cause).toBeNull();
      const asked = checks.filter(({ name }) => name.startsWith('ec2-'));
      expect(asked.map((check) => check.code)).toEqual([code, code, code]);
      for (const check of asked) {
        expect(check.status).toBe('skip');
        expect(check.seen.length).toBeGreaterThan(10);
        expect(check.advice).toBeTruthy();
      }
    });
  });
});
