import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { closeServers, listen } from '../servers.ts';

export interface RestServices {
  readonly url: string;
  /** Requests so far: `s3 PUT /my-bucket/file`, `imagebuilder PUT /CreateComponent`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** S3 and EC2 Image Builder on loopback, as far as the documents ask them: any bucket, empty, that takes every file. */
export async function startRestServices(): Promise<RestServices> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    requests.push(`${service} ${request.method} ${pathname}`);
    const body = await text(request);
    if (service === 's3') answerS3(request, response);
    else if (service === 'imagebuilder' && pathname === '/CreateComponent') createComponent(body, response);
    else response.writeHead(404).end();
  });
  await listen(server, '127.0.0.1', 0);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close: () => closeServers([server]) };
}

function answerS3({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
  if (method === 'PUT') {
    response.writeHead(200, { etag: '"d41d8cd98f00b204e9800998ecf8427e"' }).end();
  } else if (method === 'GET' && url.includes('list-type=2')) {
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end('<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>');
  } else {
    response.writeHead(404).end();
  }
}

function createComponent(body: string, response: ServerResponse): void {
  const { name, semanticVersion, platform, data, clientToken } = JSON.parse(body);
  const complete = [name, semanticVersion, platform, data, clientToken].every(
    (one) => typeof one === 'string',
  );
  response.writeHead(complete ? 200 : 400, { 'content-type': 'application/json' }).end(
    JSON.stringify({
      requestId: '1',
      clientToken,
      componentBuildVersionArn: `arn:aws:imagebuilder:us-east-1:111122223333:component/${name}/${semanticVersion}/1`,
    }),
  );
}
