import { existsSync, readFileSync } from 'node:fs';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { messageOf, ProblemError } from '../system/problem.ts';
import { fileVersion } from './watched-file.ts';

/** The certificate authorities that may vouch for an endpoint, ready for use. */
export interface Trust {
  readonly context: SecureContext;
  /** Where they come from, in words. */
  readonly source: string;
}

export interface TrustStore {
  /**
   * The same context until the file changes or `release`: building one takes some 30 ms of CPU.
   * @throws {ProblemError} `trust-store-unreadable`
   */
  trust(): Promise<Trust>;
  /** Lets go of the context, about 1 MB outside the JavaScript heap. */
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

/** The file given, else the first of the system's bundles that exists, else Node.js's built-in roots. */
export function createTrustStore(
  caFile: string | undefined,
  bundles: readonly string[] = systemBundles,
): TrustStore {
  let held: (Trust & { readonly version: string }) | undefined;

  async function trust(): Promise<Trust> {
    const { createSecureContext } = await import('node:tls');
    const file = caFile ?? bundles.find((path) => existsSync(path));
    const source = file ?? "Node.js's built-in certificate authorities";
    const version = `${source} ${file === undefined ? '' : fileVersion(file)}`;
    if (held?.version !== version) {
      const context = file === undefined ? createSecureContext() : contextFrom(file, createSecureContext);
      held = { context, source, version };
    }
    return held;
  }

  return {
    trust,
    release: () => {
      held = undefined;
    },
  };
}

function contextFrom(
  path: string,
  createSecureContext: (options: SecureContextOptions) => SecureContext,
): SecureContext {
  try {
    const ca = readFileSync(path, 'latin1');
    if (!ca.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it holds no PEM certificate');
    return createSecureContext({ ca });
  } catch (cause) {
    throw new ProblemError(
      {
        code: 'trust-store-unreadable',
        message: `the certificate authorities in ${path} cannot be used: ${messageOf(cause)}`,
        advice: `Install ca-certificates, or set ca-file to a PEM file that the daemon's user can read (ls -lZ ${path}).`,
      },
      { cause },
    );
  }
}
