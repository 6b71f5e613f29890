import { describe, expect, it } from 'vitest';
import type { ImdsClient } from '../../../src/instance/imds-client.ts';
import { type ImdsItem, imdsItems, interfaceItems, readItem } from '../../../src/instance/imds-items.ts';

const mac = '0e:49:61:0f:c3:11';
const page = '<!DOCTYPE html><html><body>Welcome</body></html>';

function answering(item: { readonly path: string }, text: string | undefined): ImdsClient {
  return {
    enabled: true,
    endpoint: 'http://127.0.0.1',
    get: (path) =>
      path === item.path ? Promise.resolve(text) : Promise.reject(new Error(`not told of ${path}`)),
  };
}

function read<T>(item: ImdsItem<T>, text: string | undefined) {
  return readItem(answering(item, text), item, new AbortController().signal);
}

const cidrs = interfaceItems(mac).vpcIpv4Cidrs;

describe('readItem', () => {
  it.each<[ImdsItem<string | string[]>, string, string | string[]]>([
    [imdsItems.region, 'us-east-1', 'us-east-1'],
    [imdsItems.region, 'us-isob-east-1\n', 'us-isob-east-1'],
    [imdsItems.region, 'eusc-de-east-1', 'eusc-de-east-1'],
    [imdsItems.identityRegion, '{"region": "eu-west-3", "version": "2017-09-30"}', 'eu-west-3'],
    [imdsItems.domain, 'amazonaws.com.cn', 'amazonaws.com.cn'],
    [imdsItems.domain, 'cloud.adc-e.uk', 'cloud.adc-e.uk'],
    [imdsItems.partition, 'aws-us-gov', 'aws-us-gov'],
    [imdsItems.instanceId, 'i-0123456789abcdef0', 'i-0123456789abcdef0'],
    [imdsItems.instanceId, 'i-1a2b3c4d', 'i-1a2b3c4d'],
    [imdsItems.availabilityZone, 'us-east-1-wl1-bos-wlz-1', 'us-east-1-wl1-bos-wlz-1'],
    [imdsItems.mac, mac, mac],
    [imdsItems.macs, `${mac}/\n0e:49:61:0f:c3:77/`, [mac, '0e:49:61:0f:c3:77']],
    [interfaceItems(mac).vpcId, 'vpc-0a1b2c3d', 'vpc-0a1b2c3d'],
    [interfaceItems(mac).subnetId, 'subnet-0a1b2c3d', 'subnet-0a1b2c3d'],
    [cidrs, '10.0.0.0/16\n2600:1f16:abc:de00::/56\n', ['10.0.0.0/16', '2600:1f16:abc:de00::/56']],
    [cidrs, '', []],
    [interfaceItems(mac).ipv6s, '2600:1f16:abc:de00::10', ['2600:1f16:abc:de00::10']],
    [imdsItems.targetLifecycleState, 'Warmed:Stopped', 'Warmed:Stopped'],
    [imdsItems.spotAction, '{"action": "terminate", "time": "2017-09-18T08:22:00Z"}', 'terminate'],
  ])('%j reads %j', async (item, text, value) => {
    expect(await read(item, text)).toEqual({ ok: true, value });
  });

  it.each<[ImdsItem<string | string[]>, string]>([
    [imdsItems.region, 'us-east-1a'],
    [imdsItems.region, ''],
    [imdsItems.identityRegion, '{"accountId": "1"}'],
    [imdsItems.identityRegion, '{"region": '],
    [imdsItems.domain, 'localhost'],
    [imdsItems.partition, 'gcp'],
    [imdsItems.instanceId, 'mi-0123456789abcdef0'],
    [imdsItems.macs, '../../'],
    [imdsItems.macs, `${mac}/\n`.repeat(257)],
    [cidrs, '10.0.0.0/33'],
    [cidrs, '10.0.0/16'],
    [cidrs, '10.0.0.0'],
    [cidrs, '2600::/129'],
    [interfaceItems(mac).ipv6s, '10.0.0.1'],
    [imdsItems.spotAction, '{"action": 1}'],
  ])('%j refuses %j', async (item, text) => {
    expect(await read(item, text)).toMatchObject({ ok: false, problem: { code: 'imds-bad-answer' } });
  });

  it.each<ImdsItem<string | string[]>>([
    imdsItems.region,
    imdsItems.identityRegion,
    imdsItems.domain,
    imdsItems.partition,
    imdsItems.instanceId,
    imdsItems.availabilityZone,
    imdsItems.mac,
    imdsItems.macs,
    interfaceItems(mac).vpcId,
    interfaceItems(mac).subnetId,
    cidrs,
    interfaceItems(mac).ipv6s,
    imdsItems.targetLifecycleState,
    imdsItems.spotAction,
  ])('%j refuses a page, and shows its beginning', async (item) => {
    const reading = await read(item, page);
    expect(reading).toMatchObject({ ok: false, problem: { message: expect.stringContaining('<!DOCTYPE') } });
  });

  it('passes on that there is no such item', async () => {
    expect(await read(imdsItems.region, undefined)).toEqual({ ok: true, value: undefined });
  });
});
