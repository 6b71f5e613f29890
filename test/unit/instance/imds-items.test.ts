import { describe, expect, it } from 'vitest';
import type { ImdsClient } from '../../../src/instance/imds-client.ts';
import {
  availabilityZoneItem,
  cidrsItem,
  domainItem,
  type ImdsItem,
  identityRegionItem,
  instanceIdItem,
  ipv6sItem,
  macItem,
  macsItem,
  partitionItem,
  readItem,
  regionItem,
  spotActionItem,
  subnetIdItem,
  targetLifecycleStateItem,
  vpcIdItem,
} from '../../../src/instance/imds-items.ts';

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

const cidrs = cidrsItem(mac, 'vpc-ipv4-cidr-blocks');

describe('readItem', () => {
  it.each<[ImdsItem<string | string[]>, string, string | string[]]>([
    [regionItem, 'us-east-1', 'us-east-1'],
    [regionItem, 'us-isob-east-1\n', 'us-isob-east-1'],
    [regionItem, 'eusc-de-east-1', 'eusc-de-east-1'],
    [identityRegionItem, '{"region": "eu-west-3", "version": "2017-09-30"}', 'eu-west-3'],
    [domainItem, 'amazonaws.com.cn', 'amazonaws.com.cn'],
    [domainItem, 'cloud.adc-e.uk', 'cloud.adc-e.uk'],
    [partitionItem, 'aws-us-gov', 'aws-us-gov'],
    [instanceIdItem, 'i-0123456789abcdef0', 'i-0123456789abcdef0'],
    [instanceIdItem, 'i-1a2b3c4d', 'i-1a2b3c4d'],
    [availabilityZoneItem, 'us-east-1-wl1-bos-wlz-1', 'us-east-1-wl1-bos-wlz-1'],
    [macItem, mac, mac],
    [macsItem, `${mac}/\n0e:49:61:0f:c3:77/`, [mac, '0e:49:61:0f:c3:77']],
    [vpcIdItem(mac), 'vpc-0a1b2c3d', 'vpc-0a1b2c3d'],
    [subnetIdItem(mac), 'subnet-0a1b2c3d', 'subnet-0a1b2c3d'],
    [cidrs, '10.0.0.0/16\n2600:1f16:abc:de00::/56\n', ['10.0.0.0/16', '2600:1f16:abc:de00::/56']],
    [cidrs, '', []],
    [ipv6sItem(mac), '2600:1f16:abc:de00::10', ['2600:1f16:abc:de00::10']],
    [targetLifecycleStateItem, 'Warmed:Stopped', 'Warmed:Stopped'],
    [spotActionItem, '{"action": "terminate", "time": "2017-09-18T08:22:00Z"}', 'terminate'],
  ])('%j reads %j', async (item, text, value) => {
    expect(await read(item, text)).toEqual({ ok: true, value });
  });

  it.each<[ImdsItem<string | string[]>, string]>([
    [regionItem, 'us-east-1a'],
    [regionItem, ''],
    [identityRegionItem, '{"accountId": "1"}'],
    [identityRegionItem, '{"region": '],
    [domainItem, 'localhost'],
    [partitionItem, 'gcp'],
    [instanceIdItem, 'mi-0123456789abcdef0'],
    [macsItem, '../../'],
    [macsItem, `${mac}/\n`.repeat(257)],
    [cidrs, '10.0.0.0/33'],
    [cidrs, '10.0.0/16'],
    [cidrs, '10.0.0.0'],
    [cidrs, '2600::/129'],
    [ipv6sItem(mac), '10.0.0.1'],
    [spotActionItem, '{"action": 1}'],
  ])('%j refuses %j', async (item, text) => {
    expect(await read(item, text)).toMatchObject({ ok: false, problem: { code: 'imds-bad-answer' } });
  });

  it.each<ImdsItem<string | string[]>>([
    regionItem,
    identityRegionItem,
    domainItem,
    partitionItem,
    instanceIdItem,
    availabilityZoneItem,
    macItem,
    macsItem,
    vpcIdItem(mac),
    subnetIdItem(mac),
    cidrs,
    ipv6sItem(mac),
    targetLifecycleStateItem,
    spotActionItem,
  ])('%j refuses a page, and shows its beginning', async (item) => {
    const reading = await read(item, page);
    expect(reading).toMatchObject({ ok: false, problem: { message: expect.stringContaining('<!DOCTYPE') } });
  });

  it('passes on that there is no such item', async () => {
    expect(await read(regionItem, undefined)).toEqual({ ok: true, value: undefined });
  });
});
