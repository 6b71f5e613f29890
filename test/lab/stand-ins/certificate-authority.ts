import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

/** PEM texts, as `tls.createServer` takes them. */
export interface LeafCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface LeafRequest {
  /** DNS names of the certificate; the first is also its common name. */
  readonly names: readonly [string, ...string[]];
  /** True for a certificate that ended yesterday. */
  readonly expired?: boolean;
  /** True for one of old: its common name is all that names it. */
  readonly commonNameOnly?: boolean;
}

/** A certificate authority that lives as long as the lab. */
export interface CertificateAuthority {
  readonly commonName: string;
  /** The authority's own certificate. */
  readonly pem: string;
  issue(request: LeafRequest): Promise<LeafCertificate>;
  /** An authority whose own certificate this one has signed. */
  subordinate(commonName: string): Promise<CertificateAuthority>;
  /** Writes `pem` for `NODE_EXTRA_CA_CERTS` or a trust setting. */
  writeTo(path: string): Promise<void>;
}

export async function createCertificateAuthority(
  commonName = 'ecs-privatelinkd lab CA',
): Promise<CertificateAuthority> {
  x509.cryptoProvider.set(webcrypto);
  return await authority(commonName, undefined);
}

interface Signer {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

/** @param signer undefined for one that signs itself */
async function authority(commonName: string, signer: Signer | undefined): Promise<CertificateAuthority> {
  const keys = await newKeys();
  const now = Date.now();
  const name = [{ CN: [commonName] }];
  const root = await x509.X509CertificateGenerator.create({
    subject: name,
    issuer: signer?.certificate.subject ?? name,
    notBefore: new Date(now - 400 * dayMs),
    notAfter: new Date(now + 400 * dayMs),
    publicKey: keys.publicKey,
    signingKey: signer?.key ?? keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, signer ? 0 : 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pem = root.toString('pem');

  async function issue({
    names,
    expired = false,
    commonNameOnly = false,
  }: LeafRequest): Promise<LeafCertificate> {
    const leafKeys = await newKeys();
    const cert = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [names[0]] }],
      issuer: root.subject,
      notBefore: new Date(now - 300 * dayMs),
      notAfter: new Date(now + (expired ? -1 : 300) * dayMs),
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        ...(commonNameOnly
          ? []
          : [
              new x509.SubjectAlternativeNameExtension(
                names.map((value) => ({ type: 'dns' as const, value })),
                false,
              ),
            ]),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return { key: await privateKeyPem(leafKeys.privateKey), cert: cert.toString('pem') };
  }

  return {
    commonName,
    pem,
    issue,
    subordinate: (below) => authority(below, { certificate: root, key: keys.privateKey }),
    writeTo: (path) => writeFile(path, `${pem}\n`),
  };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
