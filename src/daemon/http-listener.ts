import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface HttpListener {
  /** Ends it and every connection to it. */
  close(): Promise<void>;
}

const requestTimeoutMs = 5_000;
const maxConnections = 16;

/**
 * Serves GET and HEAD of the given paths, on a loopback address only: `config/kinds/metrics.ts` lets no other
 * through.
 *
 * @param address `127.0.0.1:9750` or `[::1]:9750`
 * @throws the system error when the address cannot be listened on
 */
export async function listenHttp(
  address: string,
  routes: ReadonlyMap<string, () => Promise<HttpAnswer>>,
): Promise<HttpListener> {
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      keepAliveTimeout: requestTimeoutMs,
    },
    (request, response) => void answer(request, response, routes),
  );
  server.maxConnections = maxConnections;
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
  const { status, contentType, body } = !route
    ? plain(404, `There are ${[...routes.keys()].join(', ')}.`)
    : allowed
      ? await route()
      : plain(405, 'Only GET and HEAD are answered.');
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** One line of plain text. */
export function plain(status: number, line: string): HttpAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${line}\n` };
}
