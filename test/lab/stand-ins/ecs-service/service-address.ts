import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { LeafCertificate } from '../certificate-authority.ts';
import { listen } from '../servers.ts';
import { type BlackHole, openBlackHole } from './black-hole.ts';
import type { ConnectionRecord } from './connection-record.ts';
import type { Site } from './control-plane.ts';
import { type Api, answerCall, holdConnection } from './control-plane.ts';
import type { Place } from './hosts.ts';
import type { Policies } from './policies.ts';

/**
 * What port 443 of an address does with a new connection.
 * - `open`: answers
 * - `refused`: nothing listens
 * - `blackhole`: connection attempts are dropped; the client stays in SYN_SENT (a closed security group, no NAT)
 * - `mute`: accepts and never says a word of TLS
 */
export type AddressMode = 'open' | 'refused' | 'blackhole' | 'mute';

/** One address of the service. */
export interface ServiceAddress extends Site {
  mode(): AddressMode;
  /** Changes what new connections meet. Connections that are open stay. */
  setMode(mode: AddressMode): Promise<void>;
  /** Presents another certificate from the next handshake on. */
  setCertificate(certificate: LeafCertificate): void;
  /** Ends every open connection at once, as when NAT goes away under it. */
  dropConnections(): void;
  close(): Promise<void>;
}

export interface ServiceAddressOptions {
  readonly site: Site;
  readonly port: number;
  readonly certificate: LeafCertificate;
  readonly place: Place;
  readonly record: ConnectionRecord;
  readonly policies: Policies;
  readonly modes: () => Pick<Api, 'mode' | 'othersMode' | 'isBlind'>;
}

export async function openServiceAddress(options: ServiceAddressOptions): Promise<ServiceAddress> {
  const { site, port, certificate, place, record, policies, modes } = options;
  const sockets = new Set<Socket>();
  let mode: AddressMode = 'refused';
  let hole: BlackHole | undefined;

  // The TLS part never listens itself: closing the listener then leaves open connections alone.
  const tls: Server = createServer(certificate, (request, response) => {
    const api = { place, record, policies, ...modes() };
    answerCall(request, response, site, api).catch(() => response.destroy());
  });
  // An idle connection of a client stays until the client, or a test, ends it.
  tls.keepAliveTimeout = 0;
  tls.on('upgrade', (request, socket) => {
    if (!(socket instanceof TLSSocket)) return;
    holdConnection(request, socket, site, { record, policies }).catch(() => socket.destroy());
  });
  tls.on('tlsClientError', () => undefined);

  function accept(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (mode !== 'mute') tls.emit('connection', socket);
  }
  let listener: TcpServer | undefined;

  async function closeDoor(): Promise<void> {
    // Not awaited until its connections end: `close` stops listening at once.
    listener?.close();
    listener = undefined;
    await hole?.close();
    hole = undefined;
  }

  async function setMode(next: AddressMode): Promise<void> {
    if (next === mode) return;
    await closeDoor();
    mode = next;
    if (next === 'blackhole') {
      hole = await openBlackHole(site.address, port);
    } else if (next !== 'refused') {
      listener = createTcpServer(accept);
      await listen(listener, site.address, port);
    }
  }

  function dropConnections(): void {
    for (const socket of sockets) socket.destroy();
  }

  await setMode('open');
  return {
    ...site,
    mode: () => mode,
    setMode,
    setCertificate: (next) => tls.setSecureContext(next),
    dropConnections,
    close: async () => {
      await closeDoor();
      dropConnections();
    },
  };
}
