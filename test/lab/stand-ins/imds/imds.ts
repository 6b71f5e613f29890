import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { closeServers, listen } from '../servers.ts';
import { type ImdsFault, playFault, type StandingFault, takeFault } from './fault.ts';
import { exampleInstance, type ImdsInstance, imdsItem } from './instance.ts';
import { type ImdsMode, sessionTokens } from './tokens.ts';

export interface ImdsOptions {
  /** Addresses to listen on, IPv4 and IPv6; all tell of the same instance. */
  readonly addresses: readonly string[];
  readonly port?: number;
  readonly instance?: Partial<ImdsInstance>;
  /** Milliseconds; tokens expire by it. */
  readonly now?: () => number;
}

/** The stand-in for the instance metadata service. Everything can be changed while it runs. */
export interface Imds {
  /** `http://ADDRESS:PORT` of the first address, for `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
  readonly endpoint: string;
  instance(): ImdsInstance;
  change(changes: Partial<ImdsInstance>): void;
  /** Changes the CIDR lists of the primary interface. */
  changeCidrs(ipv4: readonly string[], ipv6?: readonly string[]): void;
  setMode(mode: ImdsMode): void;
  /** Every token given so far is answered with 401 from now on. */
  expireTokens(): void;
  /** Adds a fault; faults are met in the order in which they were added. */
  addFault(fault: ImdsFault): void;
  clearFaults(): void;
  /** Requests so far: `PUT api/token`, `GET meta-data/placement/region`, … */
  readonly requests: ReadonlyMap<string, number>;
  totalRequests(): number;
  close(): Promise<void>;
}

/** Paths and answers: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html */
export async function startImds(options: ImdsOptions): Promise<Imds> {
  const { addresses, port = 80, now = () => performance.now() } = options;
  let instance: ImdsInstance = { ...exampleInstance, ...options.instance };
  let mode: ImdsMode = 'required';
  let faults: StandingFault[] = [];
  const tokens = sessionTokens(now);
  const requests = new Map<string, number>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const path = (request.url ?? '').replace(/^\/latest\//, '');
    requests.set(`${method} ${path}`, (requests.get(`${method} ${path}`) ?? 0) + 1);
    const fault = takeFault(faults, method, path);
    if (fault === undefined || (await playFault(fault, request, response))) {
      answerHealthy(request, response, path);
    }
  }

  /** As IMDS answers where no fault holds. */
  function answerHealthy(request: IncomingMessage, response: ServerResponse, path: string): void {
    const { method } = request;
    const item = imdsItem(instance, path);
    if (mode === 'off') refuse(response, 403);
    else if (method === 'PUT' && path === 'api/token') answerToken(request, response);
    else if (method !== 'GET') refuse(response, 405);
    else if (!isAllowed(request)) refuse(response, 401);
    else if (item === undefined) refuse(response, 404);
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(item);
  }

  function isAllowed({ headers }: IncomingMessage): boolean {
    const token = headers['x-aws-ec2-metadata-token'];
    return token === undefined ? mode === 'optional' : tokens.valid(String(token));
  }

  function answerToken(request: IncomingMessage, response: ServerResponse): void {
    const ttl = String(request.headers['x-aws-ec2-metadata-token-ttl-seconds'] ?? '');
    const token = tokens.issue(ttl === '' ? Number.NaN : Number(ttl));
    if (token === undefined) {
      refuse(response, 400);
      return;
    }
    response
      .writeHead(200, { 'content-type': 'text/plain', 'x-aws-ec2-metadata-token-ttl-seconds': ttl })
      .end(token);
  }

  const servers = await Promise.all(
    addresses.map(async (address): Promise<Server> => {
      const server = createServer((request, response) => {
        answer(request, response).catch((error: unknown) => response.destroy(asError(error)));
      });
      await listen(server, address, port);
      return server;
    }),
  );

  const [first = ''] = addresses;
  return {
    endpoint: `http://${first.includes(':') ? `[${first}]` : first}:${port}`,
    instance: () => instance,
    change: (changes) => {
      instance = { ...instance, ...changes };
    },
    changeCidrs: (ipv4, ipv6 = []) => {
      const [primary, ...others] = instance.interfaces;
      if (primary === undefined) throw new Error('the instance has no network interface');
      const changed = { ...primary, vpcIpv4CidrBlocks: ipv4, vpcIpv6CidrBlocks: ipv6 };
      instance = { ...instance, interfaces: [changed, ...others] };
    },
    setMode: (next) => {
      mode = next;
    },
    expireTokens: () => tokens.expireAll(),
    addFault: (fault) => {
      faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    },
    clearFaults: () => {
      faults = [];
    },
    requests,
    totalRequests: () => [...requests.values()].reduce((sum, count) => sum + count, 0),
    close: () => closeServers(servers),
  };
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/html' }).end(`<h1>${status}</h1>`);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
