import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** Listens with the shortest queue there is and then stands still, so that nothing is ever accepted. */
const standStill = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { createServer } = require('node:net');
  const flag = new Int32Array(workerData.shared);
  const server = createServer((socket) => socket.destroy());
  server.on('error', (error) => { throw error; });
  server.listen({ host: workerData.address, port: workerData.port, backlog: 1 }, () => {
    parentPort.postMessage('listening');
    Atomics.wait(flag, 0, 0);
    server.close(() => process.exit(0));
  });
`;

export interface BlackHole {
  close(): Promise<void>;
}

/**
 * Makes an address swallow connection attempts as a security group or a missing route does: the client stays in
 * SYN_SENT. The kernel drops SYNs once a listener's queue is full, which needs no privilege and no packet filter.
 */
export async function openBlackHole(address: string, port: number): Promise<BlackHole> {
  const shared = new SharedArrayBuffer(4);
  const worker = new Worker(standStill, { eval: true, workerData: { address, port, shared } });
  await once(worker, 'message');
  const fillers = await fillQueue(address, port);
  return {
    close: async () => {
      const exited = once(worker, 'exit');
      Atomics.store(new Int32Array(shared), 0, 1);
      Atomics.notify(new Int32Array(shared), 0);
      for (const socket of fillers) socket.destroy();
      await exited;
    },
  };
}

/** Connects until a connection is no longer taken: Linux queues one more than the backlog says. */
async function fillQueue(address: string, port: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const socket = connect({ host: address, port });
    socket.on('error', () => undefined);
    sockets.push(socket);
    const taken = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), 100).unref()),
    ]);
    if (!taken) {
      socket.destroy();
      return sockets;
    }
  }
  for (const socket of sockets) socket.destroy();
  throw new Error(`the queue of ${address}:${port} never fills`);
}
