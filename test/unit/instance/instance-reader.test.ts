import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImdsClient, type ImdsSettings } from '../../../src/instance/imds-client.ts';
import type { InstanceOverrides } from '../../../src/instance/instance-facts.ts';
import { createInstanceReader } from '../../../src/instance/instance-reader.ts';
import { paces } from '../../../src/observe/pace.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { describeInstance, type FakeImds, startFakeImds } from './fake-imds.ts';

const mac = '0e:49:61:0f:c3:11';
const secondMac = '0e:49:61:0f:c3:77';
const macs = 'meta-data/network/interfaces/macs/';
const put = 'PUT api/token';
const lifecycleRequests = [
  'GET meta-data/autoscaling/target-lifecycle-state',
  'GET meta-data/spot/instance-action',
];
const noLifecycle = { targetState: undefined, spotAction: undefined };
const never = new AbortController().signal;

let fake: FakeImds;
let clock: FakeClock;

beforeEach(async () => {
  fake = await startFakeImds();
  describeInstance(fake);
  clock = createFakeClock();
});
afterEach(() => fake.close());

function reader(overrides: InstanceOverrides = {}, settings: Partial<ImdsSettings> = {}) {
  const dependencies = { clock, random: () => 1 };
  const imds = createImdsClient(
    {
      disabled: false,
      endpoint: fake.endpoint,
      mode: 'ipv4',
      v1Fallback: false,
      timeoutMs: 5_000,
      ...settings,
    },
    dependencies,
  );
  const instance = createInstanceReader({ imds, overrides, ...dependencies });
  return (lifecycle = false, signal = never) =>
    instance.look(lifecycle ? paces.close : paces.waiting, signal);
}

function requestsSince(mark: number): string[] {
  return fake.requests.slice(mark);
}

describe('a look', () => {
  it('gives the facts of the instance', async () => {
    expect(await reader()()).toEqual({
      ages: { network: 0, lifecycle: undefined },
      facts: {
        instanceId: 'i-0123456789abcdef0',
        region: 'us-east-1',
        imdsRegion: 'us-east-1',
        suffix: 'amazonaws.com',
        partition: 'aws',
        availabilityZone: 'us-east-1a',
        vpcId: 'vpc-0a1b2c3d4e5f60718',
        subnetId: 'subnet-0a1b2c3d4e5f60718',
        vpcCidrs: ['10.0.0.0/16', '203.0.113.0/24', '2600:1f16:abc:de00::/56'],
        ipv6Only: false,
      },
      lifecycle: noLifecycle,
      problem: undefined,
    });
  });

  it('asks nothing that is known, whether IMDS has it or not', async () => {
    fake.items.delete('meta-data/services/partition');
    fake.items.delete(`${macs}${mac}/vpc-ipv6-cidr-blocks`);
    const look = reader();
    const first = await look();
    const mark = fake.requests.length;
    clock.advance(599_000);
    expect(await look()).toEqual({ ...first, ages: { network: 599_000, lifecycle: undefined } });
    expect(requestsSince(mark)).toEqual([]);
  });

  it('rejects with the reason when aborted mid-request, and carries on at the next look', async () => {
    const reason = new Error('stopping');
    const controller = new AbortController();
    fake.fault = (request) => {
      if (!request.endsWith('instance-id')) return undefined;
      setTimeout(() => controller.abort(reason), 20);
      return 'hang';
    };
    const look = reader({}, { timeoutMs: 60_000 });
    await expect(look(false, controller.signal)).rejects.toBe(reason);
    fake.fault = () => undefined;
    const mark = fake.requests.length;
    expect(await look()).toMatchObject({ facts: { instanceId: 'i-0123456789abcdef0' }, problem: undefined });
    expect(requestsSince(mark)[0]).toBe('GET meta-data/instance-id');
  });
});

describe('the VPC', () => {
  it('is read again after 10 minutes', async () => {
    const look = reader();
    await look();
    fake.items.set(`${macs}${mac}/vpc-ipv4-cidr-blocks`, '10.0.0.0/16\n10.1.0.0/16');
    const mark = fake.requests.length;
    clock.advance(600_000);
    expect((await look()).facts?.vpcCidrs).toEqual(['10.0.0.0/16', '10.1.0.0/16', '2600:1f16:abc:de00::/56']);
    expect(requestsSince(mark)).toEqual([
      `GET ${macs}`,
      `GET ${macs}${mac}/vpc-ipv4-cidr-blocks`,
      `GET ${macs}${mac}/vpc-ipv6-cidr-blocks`,
      `GET ${macs}${mac}/subnet-ipv4-cidr-block`,
    ]);
  });

  it('is that of every network interface', async () => {
    fake.items.set(macs, `${mac}/\n${secondMac}/`);
    fake.items.set(`${macs}${secondMac}/vpc-ipv4-cidr-blocks`, '10.0.0.0/16\n172.20.0.0/16');
    expect((await reader()()).facts?.vpcCidrs).toEqual([
      '10.0.0.0/16',
      '203.0.113.0/24',
      '2600:1f16:abc:de00::/56',
      '172.20.0.0/16',
    ]);
  });

  it('is that of the primary interface where IMDS lists none', async () => {
    fake.items.delete(macs);
    expect((await reader()()).facts?.vpcCidrs).toContain('10.0.0.0/16');
  });

  it('is kept, with a problem beside it, when it cannot be read again', async () => {
    const look = reader();
    const { facts } = await look();
    clock.advance(600_000);
    fake.fault = (request) => (request.endsWith('vpc-ipv6-cidr-blocks') ? { status: 503 } : undefined);
    expect(await look()).toMatchObject({ facts, problem: { code: 'imds-throttled' } });
    fake.fault = () => undefined;
    fake.items.set(`${macs}${mac}/vpc-ipv4-cidr-blocks`, '10.9.0.0/300');
    clock.advance(60_000);
    expect(await look()).toMatchObject({ facts, problem: { code: 'imds-bad-answer' } });
  });

  describe('without IPv4 in the subnet', () => {
    beforeEach(() => {
      fake.items.delete(`${macs}${mac}/subnet-ipv4-cidr-block`);
      fake.items.set(`${macs}${mac}/ipv6s`, '2600:1f16:abc:de00::10');
    });

    it('makes the instance IPv6-only', async () => {
      expect((await reader()()).facts?.ipv6Only).toBe(true);
    });

    it('does not when another interface has IPv4', async () => {
      fake.items.set(macs, `${mac}/\n${secondMac}/`);
      fake.items.set(`${macs}${secondMac}/subnet-ipv4-cidr-block`, '10.0.2.0/24');
      expect((await reader()()).facts?.ipv6Only).toBe(false);
    });

    it('does not when IMDS tells of no IPv6 address either', async () => {
      fake.items.delete(`${macs}${mac}/ipv6s`);
      expect((await reader()()).facts?.ipv6Only).toBe(false);
    });
  });
});

describe('the lifecycle', () => {
  it('is asked for only when wanted, and at most every 5 s', async () => {
    fake.items.set('meta-data/autoscaling/target-lifecycle-state', 'InService');
    const look = reader();
    expect((await look(false)).lifecycle).toEqual(noLifecycle);
    const mark = fake.requests.length;
    expect((await look(true)).lifecycle).toEqual({ targetState: 'InService', spotAction: undefined });
    clock.advance(4_999);
    await look(true);
    expect(requestsSince(mark)).toEqual(lifecycleRequests);
    fake.items.set('meta-data/spot/instance-action', '{"action":"terminate","time":"2026-01-01T00:00:00Z"}');
    clock.advance(1);
    const noticed = { targetState: 'InService', spotAction: 'terminate' };
    expect((await look(true)).lifecycle).toEqual(noticed);
    expect((await look(false)).lifecycle).toEqual(noticed);
    expect(requestsSince(mark)).toEqual([...lifecycleRequests, ...lifecycleRequests]);
  });

  it('is kept when its text is wrong', async () => {
    fake.items.set('meta-data/autoscaling/target-lifecycle-state', 'Terminated');
    const look = reader();
    await look(true);
    fake.items.set('meta-data/autoscaling/target-lifecycle-state', '<html></html>');
    clock.advance(5_000);
    expect(await look(true)).toMatchObject({
      lifecycle: { targetState: 'Terminated' },
      problem: { code: 'imds-bad-answer' },
    });
  });
});

describe('the region', () => {
  it('comes from the identity document where IMDS is older than its item', async () => {
    fake.items.delete('meta-data/placement/region');
    fake.items.set('dynamic/instance-identity/document', '{"region":"us-east-1"}');
    expect(await reader()()).toMatchObject({ facts: { region: 'us-east-1' }, problem: undefined });
  });

  it('is asked for again while it is not known', async () => {
    fake.items.delete('meta-data/placement/region');
    const look = reader();
    expect(await look()).toMatchObject({ facts: undefined, problem: { code: 'imds-no-region' } });
    describeInstance(fake);
    clock.advance(1_000);
    expect(await look()).toMatchObject({ facts: { region: 'us-east-1' }, problem: undefined });
  });

  it('is not known from a page, and the rest is read all the same', async () => {
    fake.items.set('meta-data/placement/region', '<html>Welcome</html>');
    const look = reader();
    expect(await look()).toMatchObject({ facts: undefined, problem: { code: 'imds-bad-answer' } });
    describeInstance(fake);
    const mark = fake.requests.length;
    clock.advance(1_000);
    expect((await look()).facts?.vpcId).toBe('vpc-0a1b2c3d4e5f60718');
    expect(requestsSince(mark)).toEqual(['GET meta-data/placement/region']);
  });

  it('set by hand wins, and IMDS speaks of its own region only', async () => {
    expect((await reader({ region: 'cn-north-1' })()).facts).toMatchObject({
      region: 'cn-north-1',
      imdsRegion: 'us-east-1',
      suffix: 'amazonaws.com.cn',
      partition: 'aws-cn',
      vpcCidrs: ['10.0.0.0/16', '203.0.113.0/24', '2600:1f16:abc:de00::/56'],
    });
  });

  it('decides on suffix and partition where IMDS lacks them', async () => {
    fake.items.set('meta-data/placement/region', 'us-isob-east-1');
    fake.items.delete('meta-data/services/domain');
    fake.items.delete('meta-data/services/partition');
    expect((await reader()()).facts).toMatchObject({ suffix: 'sc2s.sgov.gov', partition: 'aws-iso-b' });
  });

  it.each([
    ['meta-data/services/domain', 'evil.example'],
    ['meta-data/services/domain', 'amazonaws.com.cn'],
    ['meta-data/services/partition', 'aws-cn'],
  ])('goes by the region where %s is %s, and says that it doubts', async (item, text) => {
    fake.items.set(item, text);
    const { facts } = await reader()();
    expect(facts).toMatchObject({ suffix: 'amazonaws.com', partition: 'aws' });
    expect(facts?.doubt).toMatch(/ for us-east-1, which is a region of aws with the domain amazonaws\.com$/);
    expect(facts?.doubt).toContain(text);
    expect((await reader({ suffix: 'amazonaws.com' })()).facts?.doubt).toBeUndefined();
    expect((await reader({ region: 'eu-west-1' })()).facts?.doubt).toBeUndefined();
  });

  it('doubts a partition not heard of yet', async () => {
    fake.items.set('meta-data/placement/region', 'zz-moon-1');
    fake.items.set('meta-data/services/domain', 'amazonaws.moon');
    fake.items.set('meta-data/services/partition', 'aws-moon');
    expect((await reader()()).facts?.doubt).toContain('domain amazonaws.moon and partition aws-moon');
  });

  it('goes with the suffix set by hand', async () => {
    expect((await reader({ suffix: 'lab.example' })()).facts?.suffix).toBe('lab.example');
  });
});

describe('without IMDS', () => {
  const byHand = { region: 'us-gov-west-1', suffix: 'amazonaws.com' };

  it('region and suffix set by hand suffice', async () => {
    expect(await reader(byHand, { disabled: true })()).toMatchObject({
      facts: { region: 'us-gov-west-1', suffix: 'amazonaws.com', partition: 'aws-us-gov', vpcCidrs: [] },
      problem: undefined,
    });
    expect(fake.requests).toEqual([]);
  });

  it('the region must be set by hand', async () => {
    expect(await reader({}, { disabled: true })()).toMatchObject({
      facts: undefined,
      problem: { code: 'imds-disabled', advice: expect.stringContaining('ECS_PRIVATELINKD_REGION') },
    });
  });

  it('what is set by hand comes with a problem while IMDS is enabled but fails', async () => {
    await fake.close();
    expect(await reader(byHand)()).toMatchObject({
      facts: { region: 'us-gov-west-1', vpcCidrs: [] },
      problem: { code: 'imds-unreachable' },
    });
  });

  it('an IMDS that has no region does no harm to the one set by hand', async () => {
    fake.items.delete('meta-data/placement/region');
    const look = reader(byHand);
    expect(await look()).toMatchObject({ facts: { region: 'us-gov-west-1' }, problem: undefined });
    const mark = fake.requests.length;
    await look();
    expect(requestsSince(mark)).toEqual([]);
  });
});

describe('a failing IMDS', () => {
  it('is asked less and less often, and every problem is still told', async () => {
    fake.fault = () => ({ status: 429 });
    const look = reader();
    const askedAfterMs: number[] = [];
    let sinceMs = 0;
    for (let second = 0; second < 300; second += 1) {
      const mark = fake.requests.length;
      expect(await look()).toMatchObject({ facts: undefined, problem: { code: 'imds-throttled' } });
      const asked = requestsSince(mark).length > 0;
      if (asked) {
        expect(requestsSince(mark)).toEqual([put, put, put]);
        askedAfterMs.push(sinceMs);
        sinceMs = 0;
      }
      clock.advance(1_000);
      sinceMs += 1_000;
    }
    expect(askedAfterMs).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is left alone for as long as it says', async () => {
    fake.failNext(put, { status: 429, headers: { 'retry-after': '45' } });
    const look = reader();
    await look();
    clock.advance(44_999);
    expect(await look()).toMatchObject({ problem: { code: 'imds-throttled' } });
    expect(fake.requests).toEqual([put]);
    clock.advance(1);
    expect(await look()).toMatchObject({ facts: { region: 'us-east-1' }, problem: undefined });
  });

  it('is not left alone for hours', async () => {
    fake.failNext(put, { status: 429, headers: { 'retry-after': '86400' } });
    const look = reader();
    await look();
    clock.advance(300_000);
    expect((await look()).problem).toBeUndefined();
  });

  it('starts over with short pauses once it was well', async () => {
    const look = reader();
    fake.fault = () => ({ status: 403 });
    for (const pauseMs of [1_000, 2_000, 4_000]) {
      await look();
      clock.advance(pauseMs);
    }
    fake.fault = () => undefined;
    expect((await look()).problem).toBeUndefined();
    clock.advance(600_000);
    fake.failNext(macs, { status: 403 });
    expect((await look()).problem?.code).toBe('imds-refused');
    clock.advance(1_000);
    expect((await look()).problem).toBeUndefined();
  });

  it('keeps what it told before it failed', async () => {
    fake.fault = (request) => (request.endsWith('instance-id') ? { status: 503 } : undefined);
    const look = reader();
    expect(await look()).toMatchObject({
      facts: { region: 'us-east-1', suffix: 'amazonaws.com', instanceId: undefined, vpcCidrs: [] },
      problem: { code: 'imds-throttled' },
    });
    fake.fault = () => undefined;
    const mark = fake.requests.length;
    clock.advance(1_000);
    expect(await look()).toMatchObject({ facts: { instanceId: 'i-0123456789abcdef0' }, problem: undefined });
    expect(requestsSince(mark)).not.toContain('GET meta-data/placement/region');
  });
});
