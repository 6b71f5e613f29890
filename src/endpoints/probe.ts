import { connect, isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { budgets } from '../kit/budgets.ts';
import { LateError, within } from '../kit/deadline.ts';
import { printable } from '../kit/printable.ts';
import { errorCodeOf, messageOf, type Problem, ProblemError } from '../kit/problem.ts';
import type { EndpointName } from './endpoint-names.ts';
import type { EndpointProbe } from './endpoint-observation.ts';
import { describeProbeFailure, type ProbeFailure, wrongName } from './probe-problem.ts';
import { type Trust, type TrustStore, withoutCommonName } from './trust-store.ts';

export interface ProbeOptions {
  readonly port: number;
  /** For TCP and TLS together, in milliseconds. */
  readonly timeoutMs: number;
  readonly trustStore: TrustStore;
  readonly monotonicMs: () => number;
}

/**
 * Connects to one address of an endpoint as the agent would: TCP, then TLS with the endpoint's name, whose
 * certificate must be valid for the name and trusted by the trust store. The connection is closed at once.
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
  // Loading node:tls and the trust store is no delay of the endpoint's.
  let ownMs = 0;
  const leftMs = () => Math.max(1, timeoutMs - (monotonicMs() - startedMs - ownMs));
  let stage: 'tcp' | 'tls' = 'tcp';
  let issuer: string | undefined;
  const result = (problem?: Problem): EndpointProbe => ({
    address,
    ok: problem === undefined,
    durationMs: Math.round(monotonicMs() - startedMs),
    issuer,
    problem,
  });
  const describe = (failure: ProbeFailure) => describeProbeFailure(failure, { name, address, port });

  /** What the certificate shown on a connection of its own is worth. */
  async function judge(given?: Trust): Promise<Verdict> {
    stage = 'tcp';
    let socket = connect({ host: address, port });
    try {
      await happened(socket, 'connect', leftMs(), signal);
      // Only now: where nothing listens, neither node:tls nor the trust store is ever loaded.
      const preparingMs = monotonicMs();
      const trust = given ?? (await trustStore.trust());
      const secured = await secure(socket, name.host, trust);
      ownMs += monotonicMs() - preparingMs;
      stage = 'tls';
      socket = secured;
      await happened(secured, 'secureConnect', leftMs(), signal);
      const verdict = verdictOf(secured, trust);
      secured.end();
      secured.destroySoon();
      return verdict;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  try {
    let verdict = await judge();
    while (verdict.refusal !== undefined && verdict.refusal !== wrongName) {
      const preparingMs = monotonicMs();
      const wider = await trustStore.wider(verdict.trust, verdict.issuers);
      ownMs += monotonicMs() - preparingMs;
      if (wider === undefined) break;
      verdict = await judge(wider);
    }
    issuer = verdict.issuer;
    const { refusal: code, names, trust } = verdict;
    return result(
      code === undefined
        ? undefined
        : describe({ stage: 'certificate', code, issuer, names, trust: trust.source }),
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProblemError) return result(error.problem);
    if (error instanceof LateError) return result(describe({ stage, code: 'TIMEOUT', timeoutMs }));
    return result(
      describe({
        stage,
        code: errorCodeOf(error) ?? '',
        detail: printable(messageOf(error), budgets.quoteLength),
      }),
    );
  }
}

/** A certificate, as judged with the authorities in use. */
interface Verdict {
  readonly trust: Trust;
  /** Node.js's code; undefined when it is valid for the name and trusted. */
  readonly refusal: string | undefined;
  readonly issuer: string | undefined;
  /** The certificate's names, as OpenSSL writes them. */
  readonly names: string | undefined;
  /** The issuers of all certificates that were shown with it, the authority's name among them. */
  readonly issuers: readonly string[];
}

function verdictOf(socket: TLSSocket, trust: Trust): Verdict {
  const { issuer, subjectaltname } = socket.getPeerCertificate();
  const issuers: string[] = [];
  for (let shown = socket.getPeerX509Certificate(); shown !== undefined; shown = shown.issuerCertificate) {
    issuers.push(shown.issuer);
  }
  return {
    trust,
    refusal: socket.authorized ? undefined : verificationCode(socket),
    issuer: shown(issuer?.CN ?? issuer?.O),
    names: shown(subjectaltname),
    issuers,
  };
}

/** A field of a certificate that anybody may have made. One that occurs more than once is a list. */
function shown(field: string | readonly string[] | undefined): string | undefined {
  return field === undefined ? undefined : printable(String(field), budgets.nameLength);
}

async function secure(socket: Socket, host: string, trust: Trust): Promise<TLSSocket> {
  const tls = await import('node:tls');
  return tls.connect({
    socket,
    // The name that the certificate is checked against; an address cannot be sent as a server name.
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    secureContext: trust.context,
    checkServerIdentity: (name, shown) => tls.checkServerIdentity(name, withoutCommonName(shown)),
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
  await within(
    event,
    timeoutMs,
    signal,
    () =>
      new Promise<void>((resolve, reject) => {
        socket.once(event, () => resolve());
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('the connection was closed')));
      }),
  );
}

function verificationCode({ authorizationError }: TLSSocket): string {
  return errorCodeOf(authorizationError) ?? String(authorizationError);
}
