import { isIPv6 } from 'node:net';

/** A dial that failed, in the words of a Go program: what the real agent's log says of it. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** `address:port` as Go writes it. */
export function hostPort(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

/** A TCP connection that was not made. */
export function connectError(target: string, cause: unknown): NetworkError {
  const reason = isTimeout(cause) ? 'i/o timeout' : `connect: ${systemReason(codeOf(cause), cause)}`;
  return new NetworkError(`dial tcp ${target}: ${reason}`, { cause });
}

/** A TLS handshake that failed on a connection that was made. */
export function handshakeError(host: string, cause: unknown): NetworkError {
  return new NetworkError(handshakeReason(host, cause), { cause });
}

/** A name that was not resolved, by the nameserver that was asked. */
export function lookupError(host: string, nameserver: string, cause: unknown): NetworkError {
  const server = hostPort(nameserver, 53);
  const prefix = `dial tcp: lookup ${host} on ${server}`;
  switch (codeOf(cause)) {
    case 'ETIMEOUT':
      return new NetworkError(`${prefix}: read udp 10.0.0.9:40053->${server}: i/o timeout`, { cause });
    case 'ESERVFAIL':
    case 'EREFUSED':
      return new NetworkError(`${prefix}: server misbehaving`, { cause });
    case 'ECONNREFUSED':
      return new NetworkError(`${prefix}: read udp 10.0.0.9:40053->${server}: read: connection refused`, {
        cause,
      });
    default:
      return new NetworkError(`${prefix}: no such host`, { cause });
  }
}

function handshakeReason(host: string, cause: unknown): string {
  const distrusted = 'tls: failed to verify certificate: x509: ';
  switch (codeOf(cause)) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `${distrusted}certificate signed by unknown authority`;
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `${distrusted}certificate has expired or is not yet valid: current time ${now()} is out of its range`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `${distrusted}certificate is valid for ${namesOf(cause)}, not ${host}`;
    default:
      return isTimeout(cause) ? 'net/http: TLS handshake timeout' : systemReason(codeOf(cause), cause);
  }
}

function systemReason(code: string | undefined, cause: unknown): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ECONNRESET':
      return 'connection reset by peer';
    case 'ENETUNREACH':
      return 'network is unreachable';
    case 'EHOSTUNREACH':
      return 'no route to host';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
}

function isTimeout(cause: unknown): boolean {
  // What `AbortSignal.timeout` brings about, or the kernel that gave up.
  return codeOf(cause) === 'ETIMEDOUT' || (cause instanceof Error && /abort|timeout/i.test(cause.name));
}

function namesOf(cause: unknown): string {
  const certificate = cause instanceof Error && 'cert' in cause ? cause.cert : undefined;
  const names =
    typeof certificate === 'object' && certificate !== null && 'subjectaltname' in certificate
      ? String(certificate.subjectaltname)
      : '';
  return names.replaceAll('DNS:', '');
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+/, '');
}
