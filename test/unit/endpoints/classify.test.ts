import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/endpoints/classify.ts';
import type { NameserverFailureReason, RecordAnswer } from '../../../src/endpoints/dns-answer.ts';
import { createPrivateAddressRule } from '../../../src/endpoints/private-address.ts';
import type { Problem } from '../../../src/kit/problem.ts';

const rule = createPrivateAddressRule({ vpcCidrs: ['10.0.0.0/16'], extraCidrs: [] });
const host = 'ecs-a.us-east-1.amazonaws.com';
const nameserver = '10.0.0.2';

function answered(...addresses: string[]): RecordAnswer {
  return { status: 'answered', nameserver, records: addresses.map((address) => ({ address, ttl: 60 })) };
}
function failed(reason: NameserverFailureReason, detail = `said ${reason}`): RecordAnswer {
  return { status: 'failed', failures: [{ nameserver, reason, detail }] };
}
const noData: RecordAnswer = { status: 'no-data', nameserver };
const noSuchName: RecordAnswer = { status: 'no-such-name', nameserver };

function classOf(a: RecordAnswer, aaaa: RecordAnswer) {
  return classify(host, { source: 'dns', answers: [{ name: host, a, aaaa }] }, rule);
}

describe('the class of a name', () => {
  it('is private when every answer is', () => {
    expect(classOf(answered('10.0.2.10', '10.0.1.10'), noData)).toEqual({
      class: 'private',
      addresses: [
        { address: '10.0.1.10', family: 4, private: true, rule: "in the VPC's CIDR 10.0.0.0/16" },
        { address: '10.0.2.10', family: 4, private: true, rule: "in the VPC's CIDR 10.0.0.0/16" },
      ],
      ttl: 60,
      source: 'dns',
      nameserver,
      rule: '2 of 2 addresses private',
      problem: undefined,
    });
  });

  it('is public when none is, without a problem', () => {
    expect(classOf(answered('52.46.1.1'), noData)).toMatchObject({
      class: 'public',
      rule: '0 of 1 address private',
      problem: undefined,
    });
  });

  it('is mixed when some are, also across A and AAAA', () => {
    const mixed = classOf(answered('10.0.1.10'), answered('2600:1f16::1'));
    expect(mixed).toMatchObject({ class: 'mixed', problem: { code: 'dns-mixed-answers' } });
    expect(mixed.problem?.message).toContain('10.0.1.10');
    expect(mixed.problem?.message).toContain('2600:1f16::1');
  });

  it('goes by what this host has a route to, and shows the rest', () => {
    const noIpv6 = createPrivateAddressRule({
      vpcCidrs: ['10.0.0.0/16'],
      extraCidrs: [],
      hasRoute: ({ family }) => family === 4,
    });
    const dns = (a: RecordAnswer, aaaa: RecordAnswer) =>
      classify(host, { source: 'dns', answers: [{ name: host, a, aaaa }] }, noIpv6);
    expect(dns(answered('10.0.1.10'), answered('64:ff9b::a00:10a'))).toMatchObject({
      class: 'private',
      rule: '1 of 1 address private; 1 without a route',
      problem: undefined,
      addresses: [
        { address: '10.0.1.10', private: true },
        { address: '64:ff9b::a00:10a', private: false, rule: 'no IPv6 route on this host', unrouted: true },
      ],
    });
    expect(dns(answered('52.46.1.1'), answered('fd12::1')).class).toBe('public');
    const mixed = dns(answered('10.0.1.10', '52.46.1.1'), answered('2600:1f16::1'));
    expect(mixed.class).toBe('mixed');
    expect(mixed.problem?.message).not.toContain('2600');
    // Without any other answer they are what they are.
    expect(dns(noData, answered('fd12::1'))).toMatchObject({
      class: 'private',
      addresses: [{ private: true, rule: 'in fc00::/7 (RFC 4193)' }],
    });
  });

  it('is absent when neither type has data', () => {
    expect(classOf(noData, noData)).toMatchObject({ class: 'absent', problem: { code: 'dns-no-address' } });
    expect(classOf(noSuchName, noSuchName)).toMatchObject({
      class: 'absent',
      nameserver,
      rule: 'the name does not exist (NXDOMAIN)',
    });
  });

  it('goes by the answers when the other type failed, and says so', () => {
    const byA = classOf(answered('10.0.1.10'), failed('servfail', 'answered SERVFAIL'));
    expect(byA).toMatchObject({ class: 'private', problem: undefined });
    expect(byA.rule).toContain('the AAAA question failed (10.0.0.2 answered SERVFAIL)');
    expect(classOf(failed('timeout'), answered('fd00::1')).rule).toContain('the A question failed');
  });

  it.each([
    ['timeout', 'dns-timeout'],
    ['unreachable', 'dns-unreachable'],
    ['servfail', 'dns-servfail'],
    ['refused', 'dns-refused'],
    ['bad-answer', 'dns-bad-answer'],
    ['cancelled', 'dns-timeout'],
  ] as const)('is failed when no address is known and a question failed: %s', (reason, code) => {
    expect(classOf(failed(reason), noData)).toMatchObject({
      class: 'failed',
      addresses: [],
      nameserver: undefined,
      problem: { code },
    });
    expect(classOf(noSuchName, failed(reason)).class).toBe('failed');
  });

  it('is failed when no nameserver had its turn', () => {
    const nobody: RecordAnswer = { status: 'failed', failures: [] };
    expect(classOf(nobody, nobody)).toMatchObject({ class: 'failed', problem: { code: 'dns-timeout' } });
  });

  it('shows one address once, and the smallest TTL', () => {
    const twice: RecordAnswer = {
      status: 'answered',
      nameserver,
      records: [
        { address: '10.0.1.10', ttl: 60 },
        { address: '10.0.1.10', ttl: 7 },
      ],
    };
    const both = classOf(twice, answered('::ffff:10.0.1.10'));
    expect(both.addresses).toHaveLength(1);
    expect(both.ttl).toBe(7);
  });

  it('comes from the hosts file without TTL and nameserver', () => {
    expect(
      classify(host, { source: 'hosts-file', addresses: ['52.46.1.1', '10.0.1.10'] }, rule),
    ).toMatchObject({
      class: 'mixed',
      source: 'hosts-file',
      ttl: undefined,
      nameserver: undefined,
      problem: { code: 'dns-mixed-answers' },
    });
  });

  it('of an address is its own', () => {
    expect(classify('10.0.1.10', { source: 'literal', address: '10.0.1.10' }, rule)).toMatchObject({
      class: 'private',
      source: 'none',
    });
  });

  it('is failed where the files cannot be read', () => {
    const problem: Problem = { code: 'dns-file-unreadable', message: 'm', advice: 'a' };
    expect(classify(host, { source: 'none', problem }, rule)).toMatchObject({ class: 'failed', problem });
  });
});
