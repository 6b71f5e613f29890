import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readProcessTree } from '../../../src/agent/agent-process.ts';
import { createAgentSocketReader, type SocketLook } from '../../../src/agent/agent-sockets.ts';
import type { TcpSocket } from '../../../src/agent/tcp-table.ts';
import type { Clock } from '../../../src/kit/clock.ts';
import { paces } from '../../../src/observe/pace.ts';
import { hasIpv6Loopback } from '../kit/ipv6-loopback.ts';
import { fakeProc } from './proc-fake.ts';

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

const { sockets: maxAgeMs } = paces.settled.maxAgeMs;
const lastingMs = 3_000;

function stillClock(now = { wallMs: 0, monoMs: 0 }): Clock {
  return { now: () => now, sleep: () => Promise.reject(new Error('nobody sleeps here')) };
}

describe.runIf(hasIpv6Loopback)('createAgentSocketReader', () => {
  const read = (pid = child.pid ?? 0) =>
    createAgentSocketReader(stillClock(), '/proc', lastingMs, port()).read({
      pid,
      process: 'first',
      maxAgeMs,
      proves: () => false,
    });

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
    const sockets = read();
    expect(
      sockets.connections?.map(({ remoteAddress, state }) => `${remoteAddress} ${state}`).sort(),
    ).toEqual(['127.0.0.1 ESTABLISHED', '127.0.0.2 ESTABLISHED', '::1 ESTABLISHED']);
    foreign.destroy();
  });

  it('tells a connection that the peer has closed from one that is open', async () => {
    for (const socket of accepted) if (socket.remoteAddress === '::1') socket.end();
    await vi.waitFor(() => {
      const sockets = read();
      const state = sockets.connections?.find(({ remoteAddress }) => remoteAddress === '::1')?.state;
      expect(state).toBe('CLOSE_WAIT');
    });
  });

  it('says so when the process has ended', () => {
    expect(read(2 ** 30)).toEqual({ unreadable: 'process 1073741824 has ended' });
  });

  it('names what it lacks when it may not read them', () => {
    const { geteuid, seteuid } = process;
    const asRoot = geteuid?.() === 0 && seteuid !== undefined;
    if (asRoot) seteuid(65_534);
    try {
      expect(read(1).unreadable).toContain('CAP_SYS_PTRACE');
    } finally {
      if (asRoot) seteuid(0);
    }
  });
});

describe('a reading', () => {
  const ESTABLISHED = '01';
  const SYN_SENT = '02';
  const CLOSE_WAIT = '08';
  const nothing = () => false;
  const anything = () => true;

  function staged() {
    const proc = fakeProc();
    onTestFinished(() => proc.remove());
    proc.add(10, { comm: 'agent' });
    const now = { wallMs: 0, monoMs: 50_000 };
    const reader = createAgentSocketReader(stillClock(now), proc.directory, lastingMs);
    const read = (look: Partial<SocketLook> = {}) =>
      reader.read({ pid: 10, process: 'first', maxAgeMs, proves: nothing, ...look });
    return {
      ...reader,
      proc,
      now,
      read,
      states: (look: Partial<SocketLook> = {}) => read(look).connections?.map(({ state }) => state),
      /** Since when each connection has been there, by a reading of this moment. */
      since: (look: Partial<SocketLook> = {}) =>
        read({ maxAgeMs: 0, ...look }).connections?.map(({ establishedMonoMs }) => establishedMonoMs),
      /** Holds that one socket, and reads twice far enough apart. */
      last(inode: number) {
        proc.connect(10, { [inode]: ESTABLISHED });
        read();
        now.monoMs += lastingMs;
        read({ maxAgeMs: 0 });
      },
    };
  }

  it('tells since when the same socket has been established', () => {
    const { proc, now, since } = staged();
    proc.connect(10, { 77: SYN_SENT });
    expect(since()).toEqual([undefined]);
    now.monoMs += 1_000;
    proc.connect(10, { 77: ESTABLISHED });
    expect(since()).toEqual([51_000]);
    now.monoMs += 2_999;
    proc.connect(10, { 77: ESTABLISHED, 78: ESTABLISHED });
    expect(since()).toEqual([51_000, 53_999]);
    proc.connect(10, { 77: CLOSE_WAIT, 79: ESTABLISHED });
    now.monoMs += 40;
    expect(since()).toEqual([undefined, 54_039]);
    now.monoMs += 60_000;
    proc.connect(10, { 78: ESTABLISHED, 79: ESTABLISHED });
    expect(since()).toEqual([114_039, 54_039]);
  });

  it('remembers that although it is forgotten itself, and not of another process', () => {
    const { proc, now, forget, since } = staged();
    proc.connect(10, { 77: ESTABLISHED });
    since();
    now.monoMs += 4_000;
    forget();
    expect(since()).toEqual([50_000]);
    expect(since({ process: 'second' })).toEqual([54_000]);
    expect(since({ process: 'first' })).toEqual([54_000]);
  });

  it('does not stand while a connection in it has not lasted', () => {
    const { proc, now, states, read } = staged();
    proc.connect(10, { 77: ESTABLISHED });
    for (const proves of [nothing, anything]) {
      expect(states({ proves })).toEqual(['ESTABLISHED']);
      proc.connect(10, { 77: CLOSE_WAIT });
      expect(states({ proves })).toEqual(['CLOSE_WAIT']);
      proc.connect(10, { 77: ESTABLISHED });
    }
    states();
    now.monoMs += lastingMs - 1;
    read();
    now.monoMs += 1;
    expect(read().readMonoMs).toBe(now.monoMs);
    now.monoMs += 1;
    expect(read().readMonoMs).toBe(now.monoMs - 1);
  });

  it('stands while the agent opens and closes nothing', () => {
    const { proc, states, last } = staged();
    last(77);
    proc.connect(10, { 77: CLOSE_WAIT });
    expect(states()).toEqual(['ESTABLISHED']);
  });

  it('does not stand where none may, or when it is old', () => {
    const { proc, now, states, last } = staged();
    last(77);
    proc.connect(10, { 77: CLOSE_WAIT });
    expect(states({ maxAgeMs: 0 })).toEqual(['CLOSE_WAIT']);
    last(78);
    proc.connect(10, { 78: CLOSE_WAIT });
    now.monoMs += 59_999;
    expect(states()).toEqual(['ESTABLISHED']);
    now.monoMs += 1;
    expect(states()).toEqual(['CLOSE_WAIT']);
  });

  it('does not stand once it is forgotten, and tells how old it is', () => {
    const { proc, now, states, last, ageAt, forget } = staged();
    last(77);
    expect(ageAt(now.monoMs)).toBe(0);
    proc.connect(10, { 77: CLOSE_WAIT });
    now.monoMs += 40;
    expect(states()).toEqual(['ESTABLISHED']);
    expect(ageAt(now.monoMs)).toBe(40);
    forget();
    expect(ageAt(now.monoMs)).toBeUndefined();
    expect(states()).toEqual(['CLOSE_WAIT']);
  });

  it('does not stand without a connection: one may be about to be opened on a socket that is held', () => {
    const { proc, states } = staged();
    proc.connect(10, {});
    expect(states()).toEqual([]);
    proc.connect(10, { 79: SYN_SENT });
    expect(states()).toEqual(['SYN_SENT']);
    proc.connect(10, { 79: ESTABLISHED });
    expect(states()).toEqual(['ESTABLISHED']);
  });

  it('does not stand when a socket came or went', () => {
    const { proc, states, last } = staged();
    last(80);
    proc.connect(10, { 80: CLOSE_WAIT, 81: ESTABLISHED });
    expect(states()).toEqual(['CLOSE_WAIT', 'ESTABLISHED']);
    last(82);
    proc.connect(10, {});
    expect(states()).toEqual([]);
  });

  it('stands while a connection that proves enough is held, whatever else comes and goes', () => {
    const { proc, states, last } = staged();
    const proves = ({ state }: TcpSocket) => state === 'ESTABLISHED';
    last(80);
    proc.connect(10, { 80: CLOSE_WAIT, 81: ESTABLISHED });
    expect(states({ proves })).toEqual(['ESTABLISHED']);
    expect(states()).toEqual(['CLOSE_WAIT', 'ESTABLISHED']);
    // The descriptor now leads to another socket.
    proc.connect(10, { 82: CLOSE_WAIT, 83: SYN_SENT });
    expect(states({ proves })).toEqual(['CLOSE_WAIT', 'SYN_SENT']);
  });

  it('of a connection that proves enough is old after a minute too, and never of another process', () => {
    const { proc, now, states, last, read } = staged();
    last(84);
    proc.connect(10, { 84: CLOSE_WAIT });
    now.monoMs += 59_999;
    expect(states({ proves: anything })).toEqual(['ESTABLISHED']);
    now.monoMs += 1;
    expect(states({ proves: anything })).toEqual(['CLOSE_WAIT']);
    last(85);
    proc.connect(10, { 85: CLOSE_WAIT });
    expect(read({ pid: 11, proves: anything })).toEqual({ unreadable: 'process 11 has ended' });
    expect(states({ process: 'second', proves: anything })).toEqual(['CLOSE_WAIT']);
  });
});
