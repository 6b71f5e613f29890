import { afterEach, describe, expect, it } from 'vitest';
import { createFleetClients } from '../../../src/fleet/aws-clients.ts';
import { readContainerInstances } from '../../../src/fleet/container-instances.ts';
import { newAccount, newRegion } from '../../lab/stand-ins/aws/account.ts';
import { type AwsApi, startAwsApi } from '../../lab/stand-ins/aws/aws-api.ts';
import { ecsService } from '../../lab/stand-ins/aws/ecs.ts';

describe('container instances, by the SDK', () => {
  let api: AwsApi | undefined;
  afterEach(() => api?.close());

  async function read(hosts: number, change: (account: ReturnType<typeof newAccount>) => void = () => {}) {
    const account = newAccount('111122223333');
    const region = newRegion();
    region.clusters.push('prod');
    for (let index = 0; index < hosts; index += 1) {
      region.instances.push({
        id: `i-${index.toString(16).padStart(17, '0')}`,
        cluster: 'prod',
        subnetId: 'subnet-0a9b8c7d6e5f40312',
        zone: 'us-east-1a',
        vpcId: 'vpc-0a1b2c3d4e5f60718',
        status: 'ACTIVE',
        agentConnected: true,
        agentVersion: '1.105.1',
      });
    }
    account.regions.set('us-east-1', region);
    change(account);
    api = await startAwsApi({ ecs: ecsService(new Map([['AKIDONE', account]]), () => performance.now()) });
    process.env['AWS_ENDPOINT_URL'] = api.url;
    process.env['AWS_ACCESS_KEY_ID'] = 'AKIDONE';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'not-a-secret';
    const clients = createFleetClients({ region: 'us-east-1', profile: undefined }, {});
    return await readContainerInstances(clients.ecs, [], () => {}, AbortSignal.timeout(60_000));
  }

  it('asks for no more than pages of 100', async () => {
    const { told, failure } = await read(250);
    expect(failure).toBeUndefined();
    expect(told.instances).toHaveLength(250);
    expect(new Set(told.instances.map(({ arn }) => arn)).size).toBe(250);
    expect(told.instances[0]).toMatchObject({
      account: '111122223333',
      cluster: 'prod',
      subnetId: 'subnet-0a9b8c7d6e5f40312',
    });
    expect(api?.calls).toHaveLength(1 + 3 + 3);
  });

  it('names the permission that is missing', async () => {
    const { failure } = await read(1, ({ denied }) => denied.add('ecs:DescribeContainerInstances'));
    expect(failure).toMatchObject({ kind: 'denied', action: 'ecs:DescribeContainerInstances' });
  });

  it('tells an expired session', async () => {
    const { failure } = await read(1, (account) => {
      account.expired = true;
    });
    expect(failure?.kind).toBe('expired');
  });
});
