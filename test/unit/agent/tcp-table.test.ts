import { describe, expect, it } from 'vitest';
import { endsWithListener, parseListeners, parseTcpTable } from '../../../src/agent/tcp-table.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

function row(local: string, remote: string, state: string, inode: number): string {
  return `   1: ${local} ${remote} ${state} 00000000:00000000 02:000003E8 00000000     0        0 ${inode} 2 00000000d96c1384 20 4 30 10 -1   \n`;
}

describe('parseTcpTable', () => {
  it('reads IPv4, whose words are in the byte order of the host', () => {
    const text = header + row('020200C0:E73A', '0A01000A:01BB', '01', 77);
    expect(parseTcpTable(text, 443)).toEqual([
      { remoteAddress: '10.0.1.10', state: 'ESTABLISHED', inode: 77 },
    ]);
  });

  it('reads IPv6 in its short form, and an IPv4-mapped address as IPv4', () => {
    const text =
      header +
      row(`${'0'.repeat(32)}:0016`, '161F002600DEBC0A0000000010000000:01BB', '02', 1) +
      row(`${'0'.repeat(32)}:0016`, '0000000000000000FFFF00000A01000A:01BB', '01', 2);
    expect(parseTcpTable(text, 443)).toEqual([
      { remoteAddress: '2600:1f16:abc:de00::10', state: 'SYN_SENT', inode: 1 },
      { remoteAddress: '10.0.1.10', state: 'ESTABLISHED', inode: 2 },
    ]);
  });

  it('takes the remote port only', () => {
    const text =
      header +
      row('0100007F:01BB', '0100007F:C350', '01', 1) +
      row('0100007F:01BB', '00000000:0000', '0A', 2) +
      row('0100007F:01BB', '0100007F:01BB', '08', 3);
    expect(parseTcpTable(text, 443)).toEqual([{ remoteAddress: '127.0.0.1', state: 'CLOSE_WAIT', inode: 3 }]);
  });

  it('makes nothing of those that are not held', () => {
    const text =
      header + [1, 2, 3].map((inode) => row('0100007F:0016', '0A01000A:01BB', '02', inode)).join('');
    expect(parseTcpTable(text, 443, (inode) => inode === 2).map(({ inode }) => inode)).toEqual([2]);
  });

  it('passes over what it does not understand', () => {
    expect(parseTcpTable('', 443)).toEqual([]);
    expect(parseTcpTable(header, 443)).toEqual([]);
    expect(parseTcpTable(':01BB \n   1: x y:01BB z', 443)).toEqual([]);
    const odd = row('0100007F:0016', '0100007F:01BB', 'FF', 9);
    expect(parseTcpTable(odd, 443)).toEqual([{ remoteAddress: '127.0.0.1', state: 'UNKNOWN', inode: 9 }]);
  });
});

describe('parseListeners', () => {
  const any6 = '0'.repeat(32);
  const text =
    header +
    row('0100007F:C9DE', '00000000:0000', '0A', 1) +
    row(`${any6}:C9DE`, `${any6}:0000`, '0A', 2) +
    row('00000000:C9DF', '00000000:0000', '0A', 3) +
    row('0100007F:C9DE', '0100007F:0000', '01', 4);

  it('finds those of a port, and no connection to it', () => {
    expect(parseListeners(text, 51_678)).toEqual([
      { address: '127.0.0.1', inode: 1 },
      { address: '::', inode: 2 },
    ]);
  });

  it('they stand first', () => {
    expect(endsWithListener(header)).toBe(true);
    expect(endsWithListener(header + row('0100007F:C9DE', '00000000:0000', '0A', 1))).toBe(true);
    expect(endsWithListener(text)).toBe(false);
    expect(endsWithListener('')).toBe(false);
  });
});
