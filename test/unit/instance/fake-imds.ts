import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** What the fake does instead of answering properly. */
export type Fault =
  | Answer
  /** Never answers. */
  | 'hang'
  /** Sends the headers and half of the body, then nothing. */
  | 'stall'
  /** Breaks the connection within the body. */
  | 'cut'
  /** The same within a chunked body. */
  | 'cut-chunked'
  /** Breaks the connection before the answer. */
  | 'reset'
  | 'oversized'
  | 'not-http';

export interface FakeImds {
  readonly endpoint: string;
  /** Text of each item by what follows `/latest/`; all others are 404. */
  readonly items: Map<string, string>;
  /** `PUT api/token`, `GET meta-data/…`, in order. A `!` follows where no token came with a GET. */
  readonly requests: string[];
  /** Life of the tokens in seconds, as told in the answer. */
  tokenTtlSeconds: number;
  /** Asked before each answer. */
  fault: (request: string) => Fault | undefined;
  /** Tokens issued so far are answered with 401 from now on. */
  expireTokens(): void;
  /** Faults for the next requests that match, in order; then proper answers again. */
  failNext(matching: string, ...faults: Fault[]): void;
  connections(): Promise<number>;
  close(): Promise<void>;
}

/** An IMDSv2 on loopback that accepts requests without token only where `v1` is set. */
export async function startFakeImds({ host = '127.0.0.1', v1 = false } = {}): Promise<FakeImds> {
  let tokens = 0;
  let firstValid = 1;

  const fake: FakeImds = {
    endpoint: '',
    items: new Map(),
    requests: [],
    tokenTtlSeconds: 21_600,
    fault: () => undefined,
    expireTokens: () => {
      firstValid = tokens + 1;
    },
    failNext: (matching, ...faults) => {
      fake.fault = (request) => (request.includes(matching) ? faults.shift() : undefined);
    },
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function proper(name: string, token: string | undefined): Answer {
    if (name === 'PUT api/token') {
      tokens += 1;
      const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(fake.tokenTtlSeconds) };
      return { status: 200, headers, body: `token-${tokens}==` };
    }
    const valid = Number(/^token-(\d+)==$/.exec(token ?? '')?.[1]) >= firstValid;
    if (!valid && !(v1 && token === undefined)) return { status: 401 };
    const text = fake.items.get(name.replace(/^GET /, ''));
    return text === undefined ? { status: 404, body: '<html>Not Found</html>' } : { status: 200, body: text };
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const name = `${request.method} ${(request.url ?? '').replace(/^\/latest\//, '')}`;
    const token = request.headers['x-aws-ec2-metadata-token']?.toString();
    if (request.method === 'PUT') expectTtl(request);
    fake.requests.push(request.method === 'GET' && token === undefined ? `${name}!` : name);
    give(response, fake.fault(name) ?? proper(name, token));
  }

  const server = createServer(serve);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not bound to an address');
  const { address, port, family } = bound;
  return Object.assign(fake, { endpoint: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}` });
}

function expectTtl(request: IncomingMessage): void {
  const ttl = request.headers['x-aws-ec2-metadata-token-ttl-seconds'];
  if (ttl !== '21600') throw new Error(`token asked for ${ttl} seconds`);
}

function give(response: ServerResponse, fault: Fault): void {
  if (typeof fault === 'object') {
    response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    return;
  }
  switch (fault) {
    case 'hang':
      return;
    case 'stall':
      response.writeHead(200, { 'content-length': '20' }).write('us-east');
      return;
    case 'cut':
      response.writeHead(200, { 'content-length': '20' });
      response.write('us-east', () => response.socket?.destroy());
      return;
    case 'cut-chunked':
      response.writeHead(200);
      response.write('us-east-1', () => response.socket?.destroy());
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'oversized':
      response.writeHead(200).end('x'.repeat(64 * 1024 + 1));
      return;
    case 'not-http':
      response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n');
  }
}

/** The items of an instance with one dual-stack interface in us-east-1. */
export function describeInstance(fake: FakeImds, mac = '0e:49:61:0f:c3:11'): void {
  const ofInterface = `meta-data/network/interfaces/macs/${mac}`;
  const items = {
    'meta-data/placement/region': 'us-east-1',
    'meta-data/placement/availability-zone': 'us-east-1a',
    'meta-data/services/domain': 'amazonaws.com',
    'meta-data/services/partition': 'aws',
    'meta-data/instance-id': 'i-0123456789abcdef0',
    'meta-data/mac': mac,
    'meta-data/network/interfaces/macs/': `${mac}/`,
    [`${ofInterface}/vpc-id`]: 'vpc-0a1b2c3d4e5f60718',
    [`${ofInterface}/subnet-id`]: 'subnet-0a1b2c3d4e5f60718',
    [`${ofInterface}/vpc-ipv4-cidr-blocks`]: '10.0.0.0/16\n203.0.113.0/24',
    [`${ofInterface}/vpc-ipv6-cidr-blocks`]: '2600:1f16:abc:de00::/56',
    [`${ofInterface}/subnet-ipv4-cidr-block`]: '10.0.1.0/24',
  };
  for (const [path, text] of Object.entries(items)) fake.items.set(path, text);
}
