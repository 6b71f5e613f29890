import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Lookup } from './name-lookup.ts';
import { connectError, handshakeError, hostPort, NetworkError } from './network-error.ts';

export interface DialerOptions {
  readonly lookup: Lookup;
  /** Certificate authorities in PEM; undefined means Node's own. */
  readonly ca: string | undefined;
  readonly proxy: string | undefined;
  readonly noProxy: string;
}

/**
 * Opens a TLS connection to `host` or `host:port` (443), through the proxy where one applies. Rejects with a
 * `NetworkError`: after `timeoutMs` without a TCP connection, or as long without a handshake after that.
 */
export type Dial = (host: string, timeoutMs: number) => Promise<TLSSocket>;

export function dialer(options: DialerOptions): Dial {
  const { lookup, ca, proxy, noProxy } = options;
  return async (hostAndPort, timeoutMs) => {
    const [host = '', port = '443'] = hostAndPort.split(':');
    const socket =
      proxy === undefined || isExempt(host, noProxy)
        ? await connectToAny(await lookup(host), Number(port), timeoutMs)
        : await connectThrough(proxyUrl(proxy), `${host}:${port}`, lookup, timeoutMs);
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
      throw handshakeError(host, error);
    }
    tls.on('error', () => tls.destroy());
    return tls;
  };
}

/** Tries the addresses in turn; each gets its share of the time, and the first failure counts, as with Go's dialer. */
async function connectToAny(addresses: readonly string[], port: number, timeoutMs: number): Promise<Socket> {
  let failure: NetworkError | undefined;
  for (const address of addresses) {
    const socket = connectTcp({ host: address, port });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(Math.ceil(timeoutMs / addresses.length)) });
      return socket.setKeepAlive(true, 15_000);
    } catch (error) {
      socket.destroy();
      failure ??= connectError(hostPort(address, port), error);
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
  throw new NetworkError(response.statusMessage ?? '');
}

function proxyUrl(text: string): URL {
  return new URL(text.includes('://') ? text : `http://${text}`);
}

/** Whether NO_PROXY exempts the host: `*`, the host itself, or a domain that it lies in. */
function isExempt(host: string, noProxy: string): boolean {
  return noProxy
    .split(',')
    .map((item) => item.trim().replace(/^\*?\./, ''))
    .some((item) => item === '*' || (item !== '' && (host === item || host.endsWith(`.${item}`))));
}
