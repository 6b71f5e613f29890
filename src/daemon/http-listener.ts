import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface HttpListener {
  /** Ends it and every connection to it. */
  close(): Promise<void>;
}

/** Of one connection, from its first byte to its last: the answer is ready at once. */
const connectionMs = 5_000;
const maxConnections = 16;

/**
 * What a program on this host calls a loopback address. Any other name is that of a web page whose DNS answer was turned
 * to 127.0.0.1 (DNS rebinding), and whose script would read the answer.
 */
const ownHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Serves GET and HEAD of the given paths, on a loopback address only: `settings/kinds/text.ts` lets no other through.
 * One request a connection. The longest open connection makes room for a new one, so that clients that stall keep
 * nobody out.
 *
 * @param address `127.0.0.1:9750` or `[::1]:9750`
 * @throws the system error when the address cannot be listened on
 */
export async function listenHttp(
  address: string,
  routes: ReadonlyMap<string, () => Promise<HttpAnswer>>,
  limitMs = connectionMs,
): Promise<HttpListener> {
  const server = createServer((request, response) => void answer(request, response, routes));
  server.maxRequestsPerSocket = 1;
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    for (const oldest of connections) {
      if (connections.size < maxConnections) break;
      connections.delete(oldest);
      oldest.destroy();
    }
    connections.add(socket);
    const limit = setTimeout(() => socket.destroy(), limitMs);
    socket.once('close', () => {
      clearTimeout(limit);
      connections.delete(socket);
    });
  });
  const colon = address.lastIndexOf(':');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(
      { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) },
      resolve,
    );
  });
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: ReadonlyMap<string, () => Promise<HttpAnswer>>,
): Promise<void> {
  const route = routes.get((request.url ?? '').split('?', 1)[0] ?? '');
  const allowed = request.method === 'GET' || request.method === 'HEAD';
  const { status, contentType, body } = !ownHost.test(request.headers.host ?? 'localhost')
    ? plain(403, 'The Host header must be localhost or a loopback address.')
    : !route
      ? plain(404, `There are ${[...routes.keys()].join(', ')}.`)
      : allowed
        ? await route()
        : plain(405, 'Only GET and HEAD are answered.');
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    Connection: 'close',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** One line of plain text. */
export function plain(status: number, line: string): HttpAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${line}\n` };
}
