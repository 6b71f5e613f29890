import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

/** A socket in front of the Engine's that passes everything on, late where it is told so. One connection is one call. */
export interface EngineRelay {
  /** Resolves when the call has been passed on, which it is once `first` is done. */
  readonly passed: Promise<void>;
  close(): Promise<void>;
}

/** Listens as `relay.sock` in the directory. `first` is done once, before the first call whose request line matches. */
export async function openEngineRelay(
  enginePath: string,
  directory: string,
  requestLine: RegExp,
  first: () => Promise<void>,
): Promise<EngineRelay> {
  const sockets = new Set<Socket>();
  let tellPassed: () => void;
  const passed = new Promise<void>((resolve) => {
    tellPassed = resolve;
  });
  let done = false;

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    return socket.on('close', () => sockets.delete(socket));
  }

  async function pass(client: Socket, request: Buffer): Promise<void> {
    const matches = !done && requestLine.test(request.toString('latin1'));
    if (matches) {
      done = true;
      await first();
    }
    const engine = keep(connect(enginePath));
    await once(engine, 'connect');
    engine.write(request, () => {
      if (matches) tellPassed();
    });
    client.pipe(engine).pipe(client);
    client.on('close', () => engine.end());
  }

  const server = createServer((client) => {
    keep(client).once('data', (request: Buffer) => {
      client.pause();
      pass(client, request).catch(() => client.destroy());
    });
  });
  server.listen(join(directory, 'relay.sock'));
  await once(server, 'listening');
  return {
    passed,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
