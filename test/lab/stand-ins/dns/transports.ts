import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { listen } from '../servers.ts';

/** Makes the bytes to send back for a message, or undefined for silence. */
export type Reply = (
  message: Buffer,
  transport: 'udp' | 'tcp',
  fromPort: number,
) => Promise<Buffer | undefined>;

/** One address and transport on which messages are answered. */
export interface Transport {
  close(): Promise<void>;
}

export async function openUdp(address: string, port: number, reply: Reply): Promise<Transport> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  let open = true;
  socket.on('message', (message, from) => {
    reply(message, 'udp', from.port).then(
      (bytes) => {
        if (bytes !== undefined && open) socket.send(bytes, from.port, from.address);
      },
      () => undefined,
    );
  });
  socket.bind({ address, port });
  await once(socket, 'listening');
  return {
    close: async () => {
      open = false;
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

export async function openTcp(address: string, port: number, reply: Reply): Promise<Transport> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    onMessages(socket, (message) => {
      reply(message, 'tcp', socket.remotePort ?? 0).then(
        (bytes) => {
          if (bytes === undefined || socket.destroyed) return;
          const length = Buffer.alloc(2);
          length.writeUInt16BE(bytes.length);
          socket.write(Buffer.concat([length, bytes]));
        },
        () => socket.destroy(),
      );
    });
  });
  await listen(server, address, port);
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** RFC 1035, 4.2.2: over TCP each message is preceded by its length in two bytes. */
function onMessages(socket: Socket, take: (message: Buffer) => void): void {
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      take(received.subarray(2, end));
      received = received.subarray(end);
    }
  });
}
