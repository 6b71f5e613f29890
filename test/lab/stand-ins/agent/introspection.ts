import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface IntrospectionOptions {
  readonly host: string;
  readonly port: number;
  readonly version: string;
  readonly cluster: string;
  readonly containerInstanceArn: string;
  /** File served as /v1/tasks; read for every request. */
  readonly tasks: string | undefined;
}

/** Opens the introspection API, waiting for the port as long as the last agent's is still held. */
export async function openIntrospection(options: IntrospectionOptions, signal: AbortSignal): Promise<void> {
  const bodies: Record<string, () => string> = {
    '/v1/metadata': () =>
      JSON.stringify({
        Cluster: options.cluster,
        ContainerInstanceArn: options.containerInstanceArn,
        Version: `Amazon ECS Agent - v${options.version} (*7d5ec06f)`,
      }),
    '/v1/tasks': () => (options.tasks === undefined ? '{"Tasks":[]}' : readFileSync(options.tasks, 'utf8')),
  };
  const server = createServer((request, response) => {
    const body = bodies[(request.url ?? '').split('?')[0] ?? ''];
    if (body === undefined) {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ AvailableCommands: ['/v1/metadata', '/v1/tasks', '/license'] }));
      return;
    }
    try {
      response.writeHead(200, { 'content-type': 'application/json' }).end(body());
    } catch {
      response.writeHead(500).end();
    }
  });
  for (;;) {
    server.listen({ host: options.host, port: options.port });
    try {
      await once(server, 'listening');
      return;
    } catch {
      await delay(100, undefined, { signal });
    }
  }
}
