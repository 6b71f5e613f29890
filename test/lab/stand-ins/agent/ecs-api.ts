import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import * as v from 'valibot';
import type { Dial } from './dial.ts';
import { NetworkError } from './network-error.ts';
import type { CallTimes, SdkCall } from './sdk-client.ts';

const registrationSchema = v.object({
  containerInstance: v.object({ containerInstanceArn: v.string() }),
});
const pollEndpointsSchema = v.object({ endpoint: v.string(), telemetryEndpoint: v.string() });
/** How ACS and TCS refuse a websocket. */
const refusalSchema = v.object({ type: v.string(), message: v.object({ message: v.string() }) });

/** The websocket hosts of this agent, as URLs. */
export type PollEndpoints = v.InferOutput<typeof pollEndpointsSchema>;

/** The two API calls that lead to the websockets. They reject with a `CallError`. */
export interface EcsApi {
  /** Resolves with the container instance's ARN. */
  register(cluster: string, times: CallTimes): Promise<string>;
  discover(cluster: string, containerInstanceArn: string, times: CallTimes): Promise<PollEndpoints>;
}

export function ecsApi(call: SdkCall): EcsApi {
  return {
    register: async (cluster, times) => {
      const output = await call('RegisterContainerInstance', { cluster }, times);
      return v.parse(registrationSchema, output).containerInstance.containerInstanceArn;
    },
    discover: async (cluster, containerInstance, times) =>
      v.parse(pollEndpointsSchema, await call('DiscoverPollEndpoint', { cluster, containerInstance }, times)),
  };
}

export interface WebsocketOptions {
  readonly dial: Dial;
  readonly agentProcess: string;
  readonly timeoutMs: number;
}

/**
 * Upgrades a connection of `dial` to a websocket. Resolves once the server switched protocols.
 * @throws Error in the agent's words: `AccessDeniedException: …` where the service refuses it
 */
export async function openWebsocket(url: URL, options: WebsocketOptions): Promise<TLSSocket> {
  const { dial, agentProcess, timeoutMs } = options;
  try {
    const socket = await dial(url.host, timeoutMs);
    await upgrade(socket, url, agentProcess, timeoutMs);
    return socket.resume();
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw new Error(`websocket client: unable to dial ${url.host} response: : ${error.message}`, {
      cause: error,
    });
  }
}

async function upgrade(socket: TLSSocket, url: URL, agentProcess: string, timeoutMs: number): Promise<void> {
  const outgoing = request({
    path: `${url.pathname}${url.search}`,
    createConnection: () => socket,
    headers: {
      host: url.host,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'bGFiIHdlYnNvY2tldCBrZXk=',
      'x-lab-agent-process': agentProcess,
    },
  });
  const signal = AbortSignal.timeout(timeoutMs);
  const refused = once(outgoing, 'response', { signal }).then(async ([response]) => {
    throw await refusalOf(response);
  });
  outgoing.end();
  try {
    await Promise.race([once(outgoing, 'upgrade', { signal }), refused]);
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw new NetworkError(`read tcp ${url.host}: i/o timeout`, { cause: error });
    throw error instanceof Error && 'code' in error ? new NetworkError('EOF', { cause: error }) : error;
  }
}

async function refusalOf(response: IncomingMessage): Promise<Error> {
  const { type, message } = v.parse(refusalSchema, JSON.parse(await text(response)));
  return new Error(`${type}: ${message.message}`);
}
