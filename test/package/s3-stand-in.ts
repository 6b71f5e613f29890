import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const region = 'us-east-1';
const role = 'container-instance';
const sessionToken = 'session-1';
const credentials = {
  Code: 'Success',
  AccessKeyId: 'ASIATEST',
  SecretAccessKey: 'a secret/with+signs',
  Token: 'role token/with+signs==',
};

/** S3 and IMDS on one loopback port, and the same files over plain HTTP below /plain/. */
export interface S3StandIn {
  /** For the variables by which AWS's own tools are told where S3 and IMDS are. */
  readonly address: string;
  /** Paths that S3 gave out. */
  readonly given: readonly string[];
  close(): Promise<void>;
}

/** S3 with `directory` as the bucket `bucket`, whose objects the instance's role alone may read. */
export async function startS3(directory: string): Promise<S3StandIn> {
  const given: string[] = [];
  const server = createServer((request, response) => {
    const [status, body] = answer(request, directory, given);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    given,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function answer(request: IncomingMessage, directory: string, given: string[]): [number, string | Buffer] {
  const path = request.url ?? '';
  if (path === '/latest/api/token') return request.method === 'PUT' ? [200, sessionToken] : [405, ''];
  if (path.startsWith('/latest/')) {
    if (request.headers['x-aws-ec2-metadata-token'] !== sessionToken) return [401, ''];
    const item = metadata[path.slice('/latest/meta-data/'.length)];
    return item === undefined ? [404, ''] : [200, item];
  }
  const [, place, file = ''] = /^\/(plain|bucket)\/(?:packages\/)?([\w.-]+)$/.exec(path) ?? [];
  if (place === undefined) return [404, 'NoSuchKey'];
  if (place === 'bucket') {
    if (!isSigned(request)) return [403, 'AccessDenied'];
    given.push(path);
  }
  return [200, readFileSync(join(directory, file))];
}

const metadata: Readonly<Record<string, string>> = {
  'iam/security-credentials/': role,
  [`iam/security-credentials/${role}`]: JSON.stringify(credentials, undefined, 2),
  'placement/region': region,
  'services/domain': 'amazonaws.com',
};

/** Signature Version 4, as S3 checks it. */
function isSigned(request: IncomingMessage): boolean {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=ASIATEST\/((\d{8})\/us-east-1\/s3\/aws4_request), ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/;
  const [, scope = '', day = '', names = '', signature] =
    pattern.exec(request.headers.authorization ?? '') ?? [];
  const header = (name: string) => String(request.headers[name] ?? '').trim();
  if (header('x-amz-security-token') !== credentials.Token) return false;
  const canonical = [
    request.method,
    request.url,
    '',
    ...names.split(';').map((name) => `${name}:${header(name)}`),
    '',
    names,
    header('x-amz-content-sha256'),
  ].join('\n');
  const toSign = [
    'AWS4-HMAC-SHA256',
    header('x-amz-date'),
    scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.SecretAccessKey}`,
  );
  return hmac(key, toSign).toString('hex') === signature;
}
