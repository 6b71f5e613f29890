import type { PeerCertificate, SecureContext } from 'node:tls';
import { messageOf, ProblemError } from '../kit/problem.ts';
import type { TrustSource } from './trust-source.ts';

/** Certificate authorities trusted for an endpoint, ready for use. */
export interface Trust {
  readonly context: SecureContext;
  readonly source: TrustSource;
}

/**
 * The authorities of one source. Only those that were needed are in use: all that a host trusts take 1.4 MB outside the
 * JavaScript heap, which never comes back, and the endpoints need one or two.
 */
export interface TrustStore {
  /** Those that were needed so far: none at first. The same context until one more is, the source changes, or `release`. */
  trust(): Promise<Trust>;
  /**
   * More than `than`, for a certificate that it does not trust: the authorities with these names
   * (`X509Certificate.issuer`), and if that does not help either, all. Undefined when all are in use.
   * @throws {ProblemError} `trust-store-unreadable`
   */
  wider(than: Trust, names: readonly string[]): Promise<Trust | undefined>;
  /** Lets go of them. */
  release(): void;
}

interface Held extends Trust {
  readonly version: string;
  /** PEM texts. */
  readonly authorities: readonly string[];
  readonly all: boolean;
}

/** @param sourceNow where the authorities are taken from now; asked whenever they are needed */
export function createTrustStore(sourceNow: () => TrustSource): TrustStore {
  let held: Held | undefined;

  async function current(): Promise<Held> {
    const { createSecureContext } = await import('node:tls');
    const source = sourceNow();
    const version = `${source.words} ${source.version()}`;
    if (held?.version !== version) {
      held = { context: createSecureContext(trusting([])), source, version, authorities: [], all: false };
    }
    return held;
  }

  async function wider(than: Trust, names: readonly string[]): Promise<Trust | undefined> {
    const { createSecureContext, rootCertificates } = await import('node:tls');
    const now = await current();
    if (now.context !== than.context) return now;
    if (now.all) return undefined;
    try {
      const found: string[] = [];
      for (const text of now.source.texts(rootCertificates)) {
        const certificates = certificatesIn(text);
        const named = certificates.filter((pem) => isNamed(pem, names) && !now.authorities.includes(pem));
        if (named.length > 0) {
          const authorities = [...now.authorities, ...named];
          held = { ...now, authorities, context: createSecureContext(trusting(authorities)) };
          return held;
        }
        found.push(...certificates);
      }
      if (found.length === 0 && now.source.of !== 'agent') throw new Error('it holds no PEM certificate');
      held = { ...now, all: true, context: createSecureContext(trusting(found)) };
      return held;
    } catch (cause) {
      throw unreadable(now.source.words, cause);
    }
  }

  return {
    trust: current,
    wider,
    release: () => {
      held = undefined;
    },
  };
}

/**
 * As Go's crypto/x509, and so the agent: whatever certificate is among the authorities ends a chain, whether it signed itself or
 * another did.
 */
export function trusting(authorities: readonly string[]) {
  return { ca: [...authorities], allowPartialTrustChain: true };
}

/** Node.js takes the common name for want of alternative names; for Go it is no name. */
export function withoutCommonName(certificate: PeerCertificate): PeerCertificate {
  return { ...certificate, subject: { ...certificate.subject, CN: '' } };
}

const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

/** PEM, one by one. */
export function certificatesIn(text: string): string[] {
  return text.split(end).flatMap((piece) => {
    const at = piece.indexOf(begin);
    return at < 0 ? [] : [`${piece.slice(at)}${end}\n`];
  });
}

/**
 * Whether a certificate holds every part of one of the names. It need not be taken apart for that: a part stands in it as it is
 * written, unless it has characters that the name shows escaped.
 */
function isNamed(pem: string, names: readonly string[]): boolean {
  const bytes = Buffer.from(pem.slice(begin.length, -end.length - 1), 'base64');
  return names.some((name) =>
    name.split('\n').every((part) => bytes.includes(part.slice(part.indexOf('=') + 1))),
  );
}

function unreadable(path: string, cause: unknown): ProblemError {
  return new ProblemError(
    {
      code: 'trust-store-unreadable',
      message: `the certificate authorities in ${path} cannot be used: ${messageOf(cause)}`,
      advice: `Install ca-certificates, or set ca-file to a PEM file that the daemon's user can read (ls -lZ ${path}).`,
    },
    { cause },
  );
}
