import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import * as v from 'valibot';
import type { Dial } from './dial.ts';

const registrationSchema = v.object({
  containerInstance: v.object({ containerInstanceArn: v.string() }),
});
const pollEndpointsSchema = v.object({ endpoint: v.string(), telemetryEndpoint: v.string() });

/** The websocket hosts of this agent, as URLs. */
export type PollEndpoints = v.InferOutput<typeof pollEndpointsSchema>;

/** The two API calls that lead to the websockets. Each dials anew. */
export interface EcsApi {
  /** Resolves with the container instance's ARN. */
  register(cluster: string): Promise<string>;
  discover(cluster: string, containerInstanceArn: string): Promise<PollEndpoints>;
}

export function ecsApi(host: string, dial: Dial, agentProcess: string, timeoutMs: number): EcsApi {
  async function call(operation: string, input: Record<string, unknown>): Promise<unknown> {
    const socket = await dial(host);
    try {
      const outgoing = request({
        method: 'POST',
        path: '/',
        createConnection: () => socket,
        headers: {
          host,
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
          'x-lab-agent-process': agentProcess,
        },
      });
      outgoing.end(JSON.stringify(input));
      const [response] = await once(outgoing, 'response', { signal: AbortSignal.timeout(timeoutMs) });
      const body = await text(response);
      if (response.statusCode !== 200)
        throw new Error(`${operation}: status ${response.statusCode}: ${body}`);
      return JSON.parse(body);
    } finally {
      socket.destroy();
    }
  }

  return {
    register: async (cluster) => {
      const output = v.parse(registrationSchema, await call('RegisterContainerInstance', { cluster }));
      return output.containerInstance.containerInstanceArn;
    },
    discover: async (cluster, containerInstance) =>
      v.parse(pollEndpointsSchema, await call('DiscoverPollEndpoint', { cluster, containerInstance })),
  };
}

/** Upgrades a connection of `dial` to a websocket. Resolves once the server switched protocols. */
export async function openWebsocket(url: URL, dial: Dial, agentProcess: string): Promise<TLSSocket> {
  const socket = await dial(url.host);
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
  outgoing.end();
  try {
    await once(outgoing, 'upgrade');
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.resume();
  return socket;
}
