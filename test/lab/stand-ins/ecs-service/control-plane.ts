import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { PublicGroup } from '../../hosts/topology.ts';
import type { ConnectionRecord, Scope, ServiceConnection } from './connection-record.ts';
import { endpointHosts, numberedHosts, type Place } from './hosts.ts';
import {
  type AgentAction,
  agentActions,
  containerInstanceArn,
  type Policies,
  type Refusal,
} from './policies.ts';

/** How API calls are treated: answered, answered with 500 and an AWS error, or never answered. */
export type ApiMode = 'answer' | 'error' | 'hang';

/**
 * How callers are treated that are not the agent: as it is; throttled; never answered; refused, as a role that lacks the
 * permission; told that their signature is wrong, with the request quoted as AWS does, session token and all; or refused
 * with it quoted (`echo`). Then what only an attacker does: an answer without end, or one of a byte now and then; a
 * redirect to wherever its text says; "go on" without end; and whatever endpoint it likes.
 */
export type OthersMode =
  | 'answer'
  | 'throttle'
  | 'hang'
  | 'refuse'
  | 'distrust'
  | 'echo'
  | 'flood'
  | 'trickle'
  | 'go-on'
  | { readonly redirect: string }
  | { readonly endpoint: string };

/** The address that a request came in on. */
export interface Site {
  readonly address: string;
  readonly group: PublicGroup;
  readonly scope: Scope;
}

const targetPrefix = 'AmazonEC2ContainerServiceV20141113.';

/**
 * What DiscoverPollEndpoint answers: numbered hosts over the public path, un-numbered ones through the interface
 * endpoint. The names were measured; the number in the path is any.
 */
function pollEndpoints(place: Place, scope: Scope): Record<string, string> {
  const hosts = endpointHosts(place);
  const numbered = numberedHosts(place);
  return {
    endpoint: scope === 'public' ? `https://${numbered.agent}/` : `https://${hosts['ecs-agent']}/acs/3/`,
    telemetryEndpoint:
      scope === 'public' ? `https://${numbered.telemetry}/` : `https://${hosts['ecs-telemetry']}/`,
    serviceConnectEndpoint: `https://ecs-sc.${place.region}.api.aws`,
  };
}

export interface Api {
  readonly place: Place;
  readonly record: ConnectionRecord;
  readonly policies: Policies;
  readonly mode: ApiMode;
  readonly othersMode: OthersMode;
  /** It does not see that a request came through an interface endpoint, and names numbered hosts to everybody. */
  readonly isBlind: boolean;
}

/** A websocket that is refused is established for about this long. */
const refusesAfterMs = 35;

/** Answers one API call. The connection stays open for the next one. */
export async function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  site: Site,
  { place, record, policies, mode, othersMode, isBlind }: Api,
): Promise<void> {
  const body = await text(request);
  const target = String(request.headers['x-amz-target'] ?? '');
  const operation = target.startsWith(targetPrefix) ? target.slice(targetPrefix.length) : target;
  record.call({
    operation,
    host: hostOf(request),
    address: site.address,
    scope: site.scope,
    agentProcess: agentProcessOf(request),
    authorization: request.headers.authorization,
    securityToken: headerOf(request, 'x-amz-security-token'),
    body,
    at: Date.now(),
  });
  if (mode === 'hang') return;
  if (agentProcessOf(request) === '' && othersMode !== 'answer')
    return answerOthers(request, response, othersMode);
  const known = site.group === 'ecs' && request.method === 'POST' && mode === 'answer';
  const action = agentActions.find((one) => one === `ecs:${operation}`);
  const refusal = known && action !== undefined ? policies.refusalOf(action, site.scope) : undefined;
  const result = known ? resultOf(operation, place, isBlind ? 'public' : site.scope) : undefined;
  if (refusal !== undefined) {
    noteRefusal(request, site, refusal, record);
    sendJson(response, 400, { __type: refusal.type, message: refusal.message });
  } else if (result !== undefined) {
    sendJson(response, 200, result);
  } else if (mode === 'error') {
    sendJson(response, 500, {
      __type: 'ServerException',
      message: 'Service Unavailable. Please try again later.',
    });
  } else {
    sendJson(response, 400, { __type: 'UnknownOperationException', message: operation });
  }
}

function resultOf(operation: string, place: Place, scope: Scope): Record<string, unknown> | undefined {
  if (operation === 'DiscoverPollEndpoint') return pollEndpoints(place, scope);
  if (operation !== 'RegisterContainerInstance') return undefined;
  return { containerInstance: { containerInstanceArn: containerInstanceArn(place), status: 'ACTIVE' } };
}

function answerOthers(request: IncomingMessage, response: ServerResponse, mode: OthersMode): void {
  if (mode === 'throttle') {
    sendJson(response, 400, { __type: 'ThrottlingException', message: 'Rate exceeded' });
  } else if (mode === 'refuse') {
    const message =
      'User: ecsInstanceRole is not authorized to perform: ecs:DiscoverPollEndpoint on resource: * because no ' +
      'identity-based policy allows the ecs:DiscoverPollEndpoint action';
    sendJson(response, 400, { __type: 'AccessDeniedException', message });
  } else if (mode === 'distrust') {
    const quoted = `x-amz-security-token:${headerOf(request, 'x-amz-security-token')}`;
    const message = `The request signature we calculated does not match. The Canonical String should have been 'POST ${quoted}'`;
    sendJson(response, 403, { __type: 'InvalidSignatureException', message });
  } else if (mode === 'echo') {
    // What stands between the host and the endpoint, and tells of the request that it refuses.
    const quoted = ['x-amz-security-token', 'authorization'].map((name) => headerOf(request, name));
    const message = `not authorized to perform: ecs:DiscoverPollEndpoint; ${quoted.join(' ')}`;
    sendJson(response, 400, { __type: 'AccessDeniedException', message });
  } else if (mode === 'flood') {
    response.writeHead(200);
    pipeline(endless(), response, () => {});
  } else if (mode === 'trickle' || mode === 'go-on') {
    if (mode === 'trickle') response.writeHead(200);
    const act = () => (mode === 'trickle' ? response.write(' ') : response.writeContinue());
    const timer = setInterval(act, 50);
    response.once('close', () => clearInterval(timer));
  } else if (typeof mode === 'object') {
    if ('redirect' in mode) response.writeHead(307, { location: mode.redirect }).end();
    else sendJson(response, 200, { endpoint: mode.endpoint });
  }
}

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024, ' ');
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  return headers[name]?.toString();
}

/** Accepts a websocket-like connection and keeps it in the record until it ends, or refuses it with 403. */
export async function holdConnection(
  request: IncomingMessage,
  socket: TLSSocket,
  site: Site,
  { record, policies }: Pick<Api, 'record' | 'policies'>,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  const action = actionOf(kindOf(site.group));
  const refusal = action && policies.refusalOf(action, site.scope);
  if (refusal !== undefined) {
    noteRefusal(request, site, refusal, record);
    await delay(refusesAfterMs);
    const body = JSON.stringify({ type: refusal.type, message: { message: refusal.message } });
    socket.end(
      `HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    return;
  }
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  const connection: ServiceConnection = {
    kind: kindOf(site.group),
    host: hostOf(request),
    ...site,
    peer: `${socket.remoteAddress}:${socket.remotePort}`,
    agentProcess: agentProcessOf(request),
    openedAt: Date.now(),
    closedAt: undefined,
  };
  record.open(connection);
  socket.once('close', () => record.close(connection));
  socket.on('end', () => socket.end());
  socket.resume();
}

function noteRefusal(
  request: IncomingMessage,
  { address, scope }: Site,
  { action }: Refusal,
  record: ConnectionRecord,
): void {
  const agentProcess = agentProcessOf(request);
  record.refuse({ action, host: hostOf(request), address, scope, agentProcess, at: Date.now() });
}

/** What one must be allowed to for a websocket of that kind. */
function actionOf(kind: ServiceConnection['kind']): AgentAction | undefined {
  if (kind === 'acs') return 'ecs:Poll';
  return kind === 'tcs' ? 'ecs:StartTelemetrySession' : undefined;
}

function kindOf(group: PublicGroup): ServiceConnection['kind'] {
  if (group.startsWith('ecs-agent')) return 'acs';
  return group.startsWith('ecs-telemetry') ? 'tcs' : 'other';
}

function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '');
}

function agentProcessOf(request: IncomingMessage): string {
  return String(request.headers['x-lab-agent-process'] ?? '');
}

function sendJson(response: ServerResponse, status: number, body: Record<string, unknown>): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
