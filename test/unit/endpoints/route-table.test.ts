import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRouteTable } from '../../../src/endpoints/route-table.ts';
import { parseIpAddress } from '../../../src/kit/ip-address.ts';

const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
const ipv4Default = 'ens5\t00000000\t0100000A\t0003\t0\t0\t512\t00000000\t0\t0\t0\n';
const ipv4Subnet = 'ens5\t0000000A\t00000000\t0001\t0\t0\t512\t0000FFFF\t0\t0\t0\n';

const zeros = '0'.repeat(32);
const ipv6 = (to: string, length: string, flags: string, device: string) =>
  `${to.padEnd(32, '0')} ${length} ${zeros} 00 ${zeros} 00000400 00000001 00000000 ${flags} ${device.padStart(8)}\n`;
const ipv6Nowhere = ipv6('', '00', '00200200', 'lo') + ipv6('fe80', '40', '00000001', 'ens5');
const ipv6Default = ipv6('', '00', '00450003', 'ens5');
const ipv6Subnet = ipv6('2600', '10', '00000001', 'ens5');

function staged(route: string | undefined, ipv6Route: string | undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'routes-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'net'));
  const write = (name: string, text: string | undefined) => {
    if (text !== undefined) writeFileSync(join(directory, 'net', name), text);
  };
  write('route', route);
  write('ipv6_route', ipv6Route);
  let nowMs = 0;
  const hasRoute = createRouteTable(directory, () => nowMs);
  return {
    write,
    hasRoute: (text: string, laterMs = 0) => {
      nowMs += laterMs;
      const address = parseIpAddress(text);
      return address && hasRoute(address);
    },
  };
}

describe('a route', () => {
  it.each<[string, string | undefined, string | undefined, routed: readonly (4 | 6)[]]>([
    ['IPv4 only', header + ipv4Default + ipv4Subnet, ipv6Nowhere, [4]],
    ['IPv4 only, by the kernel', header + ipv4Default, undefined, [4]],
    ['both families', header + ipv4Default, ipv6Nowhere + ipv6Default, [4, 6]],
    ['both, IPv6 to the subnet only', header + ipv4Default, ipv6Nowhere + ipv6Subnet, [4, 6]],
    ['IPv6 only', header, ipv6Nowhere + ipv6Default, [6]],
    ['IPv6, and IPv4 to the subnet', header + ipv4Subnet, ipv6Nowhere + ipv6Default, [4, 6]],
    ['no network yet', header, ipv6Nowhere, [4, 6]],
    ['tables that cannot be read', undefined, undefined, [4, 6]],
    ['tables that are no tables', 'x\ty\n\n', 'fe80 1\n', [4, 6]],
    ['an IPv6 route that is down', header + ipv4Default, ipv6('', '00', '00450002', 'ens5'), [4]],
    ['an unreachable one', header + ipv4Default, ipv6('', '00', '00000201', 'ens5'), [4]],
  ])('with %s', (_, route, ipv6Route, routed) => {
    const { hasRoute } = staged(route, ipv6Route);
    expect(hasRoute('10.0.1.10')).toBe(routed.includes(4));
    expect(hasRoute('2600:1f16::10')).toBe(routed.includes(6));
  });

  it('is read again after five seconds', () => {
    const { hasRoute, write } = staged(header + ipv4Default, ipv6Nowhere);
    expect(hasRoute('fd00::1')).toBe(false);
    write('ipv6_route', ipv6Default);
    expect(hasRoute('fd00::1', 4_999)).toBe(false);
    expect(hasRoute('fd00::1', 1)).toBe(true);
  });
});
