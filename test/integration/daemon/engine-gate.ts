import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

/** A socket in front of the Engine's, at which one call can be caught. One connection is one call. */
export interface EngineGate {
  readonly socketPath: string;
  /**
   * Resolves when the next call whose request line matches has been caught: before the Engine has seen it, or once
   * the Engine has answered. The caller never gets an answer.
   */
  catch(requestLine: RegExp, when: 'before' | 'after'): Promise<void>;
  close(): Promise<void>;
}

export async function openEngineGate(enginePath: string, directory: string): Promise<EngineGate> {
  const socketPath = join(directory, 'gate.sock');
  const sockets = new Set<Socket>();
  let trap: { requestLine: RegExp; when: 'before' | 'after'; caught: () => void } | undefined;

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    return socket.on('close', () => sockets.delete(socket));
  }
  const server = createServer((client) => {
    keep(client).once('data', (request: Buffer) => {
      const sprung = trap?.requestLine.test(request.toString('latin1')) ? trap : undefined;
      if (sprung) trap = undefined;
      if (sprung?.when === 'before') {
        sprung.caught();
        return;
      }
      const engine = keep(connect(enginePath));
      engine.write(request);
      if (sprung) {
        engine.once('data', sprung.caught);
      } else {
        client.pipe(engine).pipe(client);
        client.on('close', () => engine.destroy());
      }
    });
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    socketPath,
    catch: (requestLine, when) =>
      new Promise((caught) => {
        trap = { requestLine, when, caught };
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
