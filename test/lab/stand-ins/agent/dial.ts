import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Lookup } from './name-lookup.ts';

export interface DialerOptions {
  readonly lookup: Lookup;
  /** Certificate authorities in PEM; undefined means Node's own. */
  readonly ca: string | undefined;
  readonly timeoutMs: number;
  readonly proxy: string | undefined;
  readonly noProxy: string;
}

/** Opens a TLS connection to `host` or `host:port` (443), through the proxy where one applies. */
export type Dial = (host: string) => Promise<TLSSocket>;

export function dialer(options: DialerOptions): Dial {
  const { lookup, ca, timeoutMs, proxy, noProxy } = options;
  return async (hostAndPort) => {
    const [host = '', port = '443'] = hostAndPort.split(':');
    const socket =
      proxy === undefined || isExempt(host, noProxy)
        ? await connectToAny(await lookup(host), Number(port), timeoutMs)
        : await connectThrough(new URL(proxy), `${host}:${port}`, lookup, timeoutMs);
    const tls = connectTls({
      socket,
      servername: host,
      ALPNProtocols: ['http/1.1'],
      ...(ca === undefined ? {} : { ca }),
    });
    try {
      await once(tls, 'secureConnect', { signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      tls.destroy();
      throw error;
    }
    tls.on('error', () => tls.destroy());
    return tls;
  };
}

/** Tries the addresses in turn; each gets its share of the time, as Go's dialer deals it out. */
async function connectToAny(addresses: readonly string[], port: number, timeoutMs: number): Promise<Socket> {
  let failure: unknown;
  for (const address of addresses) {
    const socket = connectTcp({ host: address, port });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs / addresses.length) });
      return socket.setKeepAlive(true, 15_000);
    } catch (error) {
      socket.destroy();
      failure = error;
    }
  }
  throw failure;
}

async function connectThrough(proxy: URL, path: string, lookup: Lookup, timeoutMs: number): Promise<Socket> {
  const socket = await connectToAny(await lookup(proxy.hostname), Number(proxy.port || '80'), timeoutMs);
  const call = request({ method: 'CONNECT', path, headers: { host: path }, createConnection: () => socket });
  call.end();
  const [response] = await once(call, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
  if (response.statusCode === 200) return socket;
  socket.destroy();
  throw new Error(`proxy answered ${response.statusCode} to CONNECT ${path}`);
}

/** Whether NO_PROXY exempts the host: `*`, the host itself, or a domain that it lies in. */
function isExempt(host: string, noProxy: string): boolean {
  return noProxy
    .split(',')
    .map((item) => item.trim().replace(/^\*?\./, ''))
    .some((item) => item === '*' || (item !== '' && (host === item || host.endsWith(`.${item}`))));
}
