import { endianness } from 'node:os';
import { canonicalAddress } from '../kit/ip-address.ts';

/** States of a TCP socket by their number in /proc/net/tcp (include/net/tcp_states.h). */
const tcpStates = [
  'UNKNOWN',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
] as const;

export type TcpState = (typeof tcpStates)[number];

export interface TcpSocket {
  /** IPv4 also where the socket is an IPv6 one that carries it (`::ffff:a.b.c.d`). */
  readonly remoteAddress: string;
  readonly state: TcpState;
  /** 0 when no process holds it any more, as in TIME_WAIT. */
  readonly inode: number;
}

/** The sockets with that remote port in the text of /proc/net/tcp or /proc/net/tcp6. */
export function parseTcpTable(text: string, remotePort: number): readonly TcpSocket[] {
  // A busy host has ten thousand lines: only those that hold the port at all are taken apart.
  const needle = `:${remotePort.toString(16).toUpperCase().padStart(4, '0')} `;
  const sockets: TcpSocket[] = [];
  let end = 0;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, end)) {
    const start = text.lastIndexOf('\n', at) + 1;
    end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    const socket = parseTcpLine(text.slice(start, end), needle.trim());
    if (socket !== undefined) sockets.push(socket);
  }
  return sockets;
}

/** Columns: slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode. */
function parseTcpLine(line: string, remoteSuffix: string): TcpSocket | undefined {
  const columns = line.trim().split(/\s+/);
  const [, , remote = '', state = '', , , , , , inode = ''] = columns;
  if (!remote.endsWith(remoteSuffix) || !/^\d+$/.test(inode)) return undefined;
  const remoteAddress = decodeAddress(remote.slice(0, -remoteSuffix.length));
  if (remoteAddress === undefined) return undefined;
  return {
    remoteAddress,
    state: tcpStates[Number.parseInt(state, 16)] ?? 'UNKNOWN',
    inode: Number(inode),
  };
}

/** 8 or 32 hexadecimal digits: 32-bit words, each in the byte order of the host. */
function decodeAddress(hex: string): string | undefined {
  if (!/^([0-9A-F]{8}|[0-9A-F]{32})$/i.test(hex)) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  if (endianness() === 'LE') bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return canonicalAddress(groups.join(':'));
}
