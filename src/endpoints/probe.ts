import { connect, isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { errorCodeOf, messageOf, type Problem, ProblemError } from '../system/problem.ts';
import type { EndpointName } from './endpoint-names.ts';
import type { EndpointProbe } from './endpoint-observation.ts';
import { describeProbeFailure, type ProbeFailure } from './probe-problem.ts';
import type { Trust, TrustStore } from './trust-store.ts';

export interface ProbeOptions {
  readonly port: number;
  /** For TCP and TLS together, in milliseconds. */
  readonly timeoutMs: number;
  readonly trustStore: TrustStore;
  readonly monotonicMs: () => number;
}

/**
 * Connects to one address of an endpoint as the agent would: TCP, then TLS with the endpoint's name, whose
 * certificate must be valid for the name and vouched for by the trust store. The connection is closed at once.
 * Rejects only with the signal's reason.
 */
export async function probeEndpoint(
  name: EndpointName,
  address: string,
  { port, timeoutMs, trustStore, monotonicMs }: ProbeOptions,
  signal: AbortSignal,
): Promise<EndpointProbe> {
  signal.throwIfAborted();
  const startedMs = monotonicMs();
  let issuer: string | undefined;
  const result = (problem?: Problem): EndpointProbe => ({
    address,
    ok: problem === undefined,
    durationMs: Math.round(monotonicMs() - startedMs),
    issuer,
    problem,
  });
  const describe = (failure: ProbeFailure) => describeProbeFailure(failure, { name, address, port });

  const socket = connect({ host: address, port });
  let secured: TLSSocket | undefined;
  try {
    await happened(socket, 'connect', timeoutMs, signal);
    // Only now: where nothing listens, neither node:tls nor the trust store is ever loaded.
    const trust = await trustStore.trust();
    secured = await secure(socket, name.host, trust);
    const leftMs = Math.max(1, timeoutMs - (monotonicMs() - startedMs));
    await happened(secured, 'secureConnect', leftMs, signal);
    issuer = issuerOf(secured);
    const names = secured.getPeerCertificate().subjectaltname;
    const problem = secured.authorized
      ? undefined
      : describe({
          stage: 'certificate',
          code: verificationCode(secured),
          issuer,
          names,
          trust: trust.source,
        });
    secured.end();
    secured.destroySoon();
    return result(problem);
  } catch (error) {
    (secured ?? socket).destroy();
    signal.throwIfAborted();
    if (error instanceof ProblemError) return result(error.problem);
    const stage = secured === undefined ? 'tcp' : 'tls';
    if (error instanceof ProbeTimeout) return result(describe({ stage, code: 'TIMEOUT', timeoutMs }));
    return result(describe({ stage, code: errorCodeOf(error) ?? '', detail: messageOf(error) }));
  }
}

class ProbeTimeout extends Error {}

async function secure(socket: Socket, host: string, trust: Trust): Promise<TLSSocket> {
  const tls = await import('node:tls');
  return tls.connect({
    socket,
    // The name that the certificate is checked against; an address cannot be sent as a server name.
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    secureContext: trust.context,
    // A certificate that does not pass is looked at, for its issuer and names, and then refused here.
    rejectUnauthorized: false,
  });
}

/** Resolves at the event; rejects at an error, the end of the connection, the time-out or an abort. */
async function happened(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  // Stays on: a late error must not end the process.
  socket.on('error', () => {});
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => settle(new ProbeTimeout()), timeoutMs);
    function settle(error?: unknown): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) resolve();
      else reject(error);
    }
    function onAbort(): void {
      settle(signal.reason);
    }
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once(event, () => settle());
    socket.once('error', settle);
    socket.once('close', () => settle(new Error('the connection was closed')));
  });
}

function verificationCode({ authorizationError }: TLSSocket): string {
  return errorCodeOf(authorizationError) ?? String(authorizationError);
}

function issuerOf(socket: TLSSocket): string | undefined {
  const { issuer } = socket.getPeerCertificate();
  return (issuer?.CN ?? issuer?.O)?.toString();
}
