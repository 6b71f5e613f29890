import { existsSync, readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import { messageOf, ProblemError } from '../kit/problem.ts';
import { fileVersion } from './watched-file.ts';

/** Certificate authorities trusted for an endpoint, ready for use. */
export interface Trust {
  readonly context: SecureContext;
  /** Where they come from, in words. */
  readonly source: string;
}

/**
 * The authorities of one file. Only those that were needed are in use: all that a host trusts take 1.4 MB outside the
 * JavaScript heap, which never comes back, and the endpoints need one or two.
 */
export interface TrustStore {
  /** Those that were needed so far: none at first. The same context until one more is, the file changes, or `release`. */
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

// Go's crypto/x509/root_linux.go: the agent looks in the same places.
export const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
] as const;

interface Held extends Trust {
  readonly file: string | undefined;
  readonly version: string;
  /** PEM texts. */
  readonly authorities: readonly string[];
  readonly all: boolean;
}

/** The file of authorities that `createTrustStore` would use; none where they are those built into Node.js. */
export function trustFiles(caFile: string | undefined): readonly string[] {
  return [caFile ?? systemBundles.find((path) => existsSync(path)) ?? []].flat();
}

/** The file given, else the first of the system's bundles that exists, else Node.js's built-in roots. */
export function createTrustStore(
  caFile: string | undefined,
  bundles: readonly string[] = systemBundles,
): TrustStore {
  let held: Held | undefined;

  async function current(): Promise<Held> {
    const { createSecureContext } = await import('node:tls');
    const file = caFile ?? bundles.find((path) => existsSync(path));
    const source = file ?? "Node.js's built-in certificate authorities";
    const version = `${source} ${file === undefined ? '' : fileVersion(file)}`;
    if (held?.version !== version) {
      const context = createSecureContext({ ca: [] });
      held = { context, source, file, version, authorities: [], all: false };
    }
    return held;
  }

  async function wider(than: Trust, names: readonly string[]): Promise<Trust | undefined> {
    const { createSecureContext, rootCertificates } = await import('node:tls');
    const now = await current();
    if (now.context !== than.context) return now;
    if (now.all) return undefined;
    const { file } = now;
    try {
      const text = file === undefined ? rootCertificates.join('\n') : readFileSync(file, 'latin1');
      const named = certificatesNamed(text, names).filter((pem) => !now.authorities.includes(pem));
      const authorities = [...now.authorities, ...named];
      held =
        named.length > 0
          ? { ...now, authorities, context: createSecureContext({ ca: authorities }) }
          : { ...now, all: true, context: createSecureContext({ ca: text }) };
      return held;
    } catch (cause) {
      throw unreadable(now.source, cause);
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

const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

/**
 * The certificates of a PEM text that hold every part of one of the names. They need not be taken apart for that: a part
 * stands in them as it is written, unless it has characters that the name shows escaped.
 *
 * @throws Error when the text holds no certificate
 */
function certificatesNamed(text: string, names: readonly string[]): string[] {
  const wanted = names.map((name) => name.split('\n').map((part) => part.slice(part.indexOf('=') + 1)));
  const bodies = text.split(end).flatMap((piece) => {
    const at = piece.indexOf(begin);
    return at < 0 ? [] : [piece.slice(at + begin.length)];
  });
  if (bodies.length === 0) throw new Error('it holds no PEM certificate');
  return bodies
    .filter((body) => {
      const bytes = Buffer.from(body, 'base64');
      return wanted.some((parts) => parts.every((part) => bytes.includes(part)));
    })
    .map((body) => `${begin}${body}${end}\n`);
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
