import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { closeServers, listen } from '../servers.ts';

/** One call as a service sees it. */
export interface AwsCall {
  /** The name of the service in the signature: `ecs`, `ssm`, `cloudtrail`, `monitoring`, `ec2`. */
  readonly service: string;
  readonly action: string;
  readonly accessKeyId: string;
  readonly region: string;
}

/** JSON 1.0 and 1.1: the input is the body. */
export interface JsonCall extends AwsCall {
  readonly input: Readonly<Record<string, unknown>>;
}

/** The query protocol: the input is a form. */
export interface QueryCall extends AwsCall {
  readonly form: URLSearchParams;
}

/** REST with XML: the input is in the address. */
export interface RestCall extends AwsCall {
  readonly query: URLSearchParams;
}

/** Services by their name in the signature. What is not here answers as AWS does to an action that is unknown. */
export interface AwsService {
  /** Before each call: throttling, permissions. Throws an AwsFault. */
  readonly admit?: (call: AwsCall) => void;
  readonly json?: Readonly<Record<string, (call: JsonCall) => object | Promise<object>>>;
  /** What stands within `<ACTIONResponse>`. */
  readonly query?: Readonly<Record<string, (call: QueryCall) => string | Promise<string>>>;
  /** By method and path, `GET /2013-04-01/hostedzonesbyvpc`: the action, and the whole answer. */
  readonly rest?: Readonly<
    Record<string, { readonly action: string; readonly answer: (call: RestCall) => string }>
  >;
  readonly xmlNamespace?: string;
  /** EC2's errors have another form than those of all others. */
  readonly errorForm?: 'ec2';
}

/** What AWS refuses, with the name that clients see. */
export class AwsFault extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsFault';
    this.code = code;
    this.status = status;
  }
}

export interface AwsApi {
  readonly url: string;
  /** Calls so far, those that were refused included: `ecs:ListClusters`. */
  readonly calls: readonly string[];
  /** Answered so far with a throttling error. */
  readonly throttled: () => number;
  close(): Promise<void>;
}

/** AWS on loopback: the SDK and the AWS CLI come here by AWS_ENDPOINT_URL or --endpoint-url. */
export async function startAwsApi(services: Readonly<Record<string, AwsService>>): Promise<AwsApi> {
  const calls: string[] = [];
  let throttled = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const signed = callOf(request, body);
    const service = services[signed.service] ?? {};
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const rest = service.rest?.[`${request.method} ${pathname}`];
    const call = rest === undefined ? signed : { ...signed, action: rest.action };
    calls.push(`${call.service}:${call.action}`);
    try {
      if (rest === undefined) await answer(service, call, body, response);
      else sendXml(response, 200, rest.answer({ ...call, query }));
    } catch (thrown) {
      const fault =
        thrown instanceof AwsFault ? thrown : new AwsFault('InternalFailure', `stand-in: ${thrown}`, 500);
      if (/Throttling|RequestLimit/.test(fault.code)) throttled += 1;
      refuse(service, isJson(request), fault, response);
    }
  });
  await listen(server, '127.0.0.1', 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    throttled: () => throttled,
    close: () => closeServers([server]),
  };
}

function isJson(request: IncomingMessage): boolean {
  return request.headers['x-amz-target'] !== undefined;
}

/** `Credential=AKID/20261127/us-east-1/ecs/aws4_request` names who asks, where and whom. */
function callOf(request: IncomingMessage, body: string): AwsCall & { readonly target: string } {
  const credential = /Credential=([^/,]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '');
  const target = String(request.headers['x-amz-target'] ?? '');
  const action = isJson(request)
    ? (target.split('.').at(-1) ?? '')
    : (new URLSearchParams(body).get('Action') ?? '');
  const [, accessKeyId = '', region = '', service = ''] = credential ?? [];
  return { service, action, accessKeyId, region, target };
}

async function answer(
  service: AwsService,
  call: AwsCall & { readonly target: string },
  body: string,
  response: ServerResponse,
): Promise<void> {
  if (call.accessKeyId === '') {
    throw new AwsFault('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  service.admit?.(call);
  const { action } = call;
  if (call.target !== '') {
    const act = service.json?.[action];
    if (act === undefined) throw new AwsFault('UnknownOperationException', '');
    const output = await act({ ...call, input: JSON.parse(body || '{}') });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(output));
    return;
  }
  const act = service.query?.[action];
  if (act === undefined) {
    throw new AwsFault('InvalidAction', `The action ${action} is not valid for this web service.`);
  }
  const output = await act({ ...call, form: new URLSearchParams(body) });
  sendXml(
    response,
    200,
    `<${action}Response xmlns="${service.xmlNamespace ?? ''}">${output}</${action}Response>`,
  );
}

function refuse(service: AwsService, json: boolean, fault: AwsFault, response: ServerResponse): void {
  const { code, message, status } = fault;
  if (json) {
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': '1' })
      // CloudTrail and SSM say Message in some errors, ECS says message; clients take both.
      .end(JSON.stringify({ __type: code, message }));
    return;
  }
  const error = `<Code>${code}</Code><Message>${escapeXml(message)}</Message>`;
  sendXml(
    response,
    status,
    service.errorForm === 'ec2'
      ? `<Response><Errors><Error>${error}</Error></Errors><RequestID>1</RequestID></Response>`
      : `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>1</RequestId></ErrorResponse>`,
  );
}

/** Text as it may stand in XML. */
export function escapeXml(plain: string): string {
  return plain
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function sendXml(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'content-type': 'text/xml;charset=UTF-8' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
}
