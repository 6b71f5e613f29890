import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Lookup } from './agent/name-lookup.ts';
import { closeServers, listen } from './servers.ts';

/** An HTTP proxy that only tunnels. */
export interface Proxy {
  /** For `HTTP_PROXY`. */
  readonly url: string;
  /** `host:port` of every tunnel asked for so far. */
  readonly tunnels: readonly string[];
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly address: string;
  readonly port?: number;
  /** How the proxy itself resolves names: not by the DNS of the host that uses it. */
  readonly lookup: Lookup;
}

export async function startProxy({ address, port = 3128, lookup }: ProxyOptions): Promise<Proxy> {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();

  async function tunnel(target: string, client: Socket): Promise<void> {
    const [host = '', targetPort = '443'] = target.split(':');
    const [first = ''] = await lookup(host);
    const upstream = connect({ host: first, port: Number(targetPort) });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
  }

  const server = createServer((_, response) => {
    response.writeHead(405).end();
  });
  server.on('connect', (request, client: Socket) => {
    tunnels.push(request.url ?? '');
    tunnel(request.url ?? '', client).catch(() => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  });
  await listen(server, address, port);
  return {
    url: `http://${address}:${port}`,
    tunnels,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await closeServers([server]);
    },
  };
}
