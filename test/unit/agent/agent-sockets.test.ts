import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readProcessTree } from '../../../src/agent/agent-process.ts';
import { parseTcpTable, readAgentSockets } from '../../../src/agent/agent-sockets.ts';
import { fakeProc } from './proc-fake.ts';

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
      row(
        `${'0'.repeat(32)}:0016`,
        '161F0026DEBC0A000000000010000000:01BB'.replace('DEBC0A00', '00DEBC0A'),
        '02',
        1,
      ) +
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

  it('passes over what it does not understand', () => {
    expect(parseTcpTable('', 443)).toEqual([]);
    expect(parseTcpTable(header, 443)).toEqual([]);
    expect(parseTcpTable(':01BB \n   1: x y:01BB z', 443)).toEqual([]);
    const odd = row('0100007F:0016', '0100007F:01BB', 'FF', 9);
    expect(parseTcpTable(odd, 443)).toEqual([{ remoteAddress: '127.0.0.1', state: 'UNKNOWN', inode: 9 }]);
  });
});

describe('readProcessTree', () => {
  it('finds the descendants of a container’s init', () => {
    const proc = fakeProc();
    proc.add(10, { comm: 'tini', children: [11] });
    proc.add(11, { comm: 'agent', children: [12, 13] });
    proc.add(12, { comm: 'plugin' });
    expect(readProcessTree(proc.directory, 10)).toEqual([10, 11, 12]);
    expect(readProcessTree(proc.directory, 99)).toEqual([]);
    proc.remove();
  });
});

describe('readAgentSockets', () => {
  let server: Server;
  let child: ChildProcess;
  const accepted = new Set<Socket>();
  const port = () => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };

  beforeAll(async () => {
    server = createServer((socket) => accepted.add(socket.on('error', () => {})));
    server.listen(0, '::');
    await once(server, 'listening');
    // A shell in the place of tini, the agent below it; one of the connections is half closed by us.
    const program = `
      const { connect } = require('node:net');
      for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.2']) {
        connect({ host, port: ${port()}, allowHalfOpen: true }).on('error', () => {});
      }
      setTimeout(() => {}, 60_000);
    `;
    child = spawn('sh', ['-c', '"$0" -e "$1" & wait', process.execPath, program]);
    await vi.waitFor(() => expect(accepted.size).toBe(3), { timeout: 10_000 });
  });

  afterAll(async () => {
    for (const pid of readProcessTree('/proc', child.pid ?? 0).toReversed()) process.kill(pid, 'SIGKILL');
    for (const socket of accepted) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  it('sees the connections of the process’s children and of nobody else', async () => {
    const foreign = connect(port(), '127.0.0.3').on('error', () => {});
    await once(foreign, 'connect');
    const sockets = readAgentSockets('/proc', child.pid ?? 0, port());
    expect(
      sockets.connections?.map(({ remoteAddress, state }) => `${remoteAddress} ${state}`).sort(),
    ).toEqual(['127.0.0.1 ESTABLISHED', '127.0.0.2 ESTABLISHED', '::1 ESTABLISHED']);
    foreign.destroy();
  });

  it('tells a connection that the peer has closed from one that is open', async () => {
    for (const socket of accepted) if (socket.remoteAddress === '::1') socket.end();
    await vi.waitFor(() => {
      const sockets = readAgentSockets('/proc', child.pid ?? 0, port());
      const state = sockets.connections?.find(({ remoteAddress }) => remoteAddress === '::1')?.state;
      expect(state).toBe('CLOSE_WAIT');
    });
  });

  it('says so when the process has ended', () => {
    expect(readAgentSockets('/proc', 2 ** 30)).toEqual({ unreadable: 'process 1073741824 has ended' });
  });

  it('names what it lacks when it may not read them', () => {
    const { geteuid, seteuid } = process;
    const asRoot = geteuid?.() === 0 && seteuid !== undefined;
    if (asRoot) seteuid(65_534);
    try {
      expect(readAgentSockets('/proc', 1).unreadable).toContain('CAP_SYS_PTRACE');
    } finally {
      if (asRoot) seteuid(0);
    }
  });
});
