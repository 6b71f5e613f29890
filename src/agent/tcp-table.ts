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

/** State, queues, timer, retransmits, uid, timeout, inode: what follows the remote address. */
const afterRemote = /([0-9A-F]{2}) \S+ +\S+ +\S+ +\d+ +\d+ +(\d+)\s/y;

/**
 * Of whole lines of /proc/net/tcp or /proc/net/tcp6, the sockets with that remote port which `isHeld` (by their inode).
 * Anybody may open a hundred thousand of them: nothing is made of the others.
 */
export function parseTcpTable(
  text: string,
  remotePort: number,
  isHeld: (inode: number) => boolean = () => true,
): readonly TcpSocket[] {
  const sockets: TcpSocket[] = [];
  for (const { hex, rest } of rowsWith(text, remotePort, afterRemote)) {
    const [, state = '', inode = ''] = rest;
    if (!isHeld(Number(inode))) continue;
    const remoteAddress = decodeAddress(hex);
    if (remoteAddress === undefined) continue;
    sockets.push({
      remoteAddress,
      state: tcpStates[Number.parseInt(state, 16)] ?? 'UNKNOWN',
      inode: Number(inode),
    });
  }
  return sockets;
}

/** A socket that accepts connections. */
export interface Listener {
  /** `0.0.0.0` and `::` for any. */
  readonly address: string;
  readonly inode: number;
}

/** Any remote address, the state of a socket that listens, and on to the inode. */
const afterLocal = /0+:0000 0A \S+ +\S+ +\S+ +\d+ +\d+ +(\d+)\s/y;

/** Of whole lines of either table, the sockets that listen on that port. They stand first in it. */
export function parseListeners(text: string, port: number): readonly Listener[] {
  return Array.from(rowsWith(text, port, afterLocal)).flatMap(({ hex, rest: [, inode = ''] }) => {
    const address = decodeAddress(hex);
    return address === undefined ? [] : [{ address, inode: Number(inode) }];
  });
}

/** Where an address has that port, and what follows is as `after` has it (sticky). */
function* rowsWith(text: string, port: number, after: RegExp) {
  const needle = `:${hexPort(port)} `;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
    after.lastIndex = at + needle.length;
    const rest = after.exec(text);
    if (rest) yield { hex: text.slice(text.lastIndexOf(' ', at) + 1, at), rest };
  }
}

/** Whether the last line is that of a socket that listens, or the header: others of that kind may follow. */
export function endsWithListener(text: string): boolean {
  const last = text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
  return /:0000 0A |local_address/.test(last);
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
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
