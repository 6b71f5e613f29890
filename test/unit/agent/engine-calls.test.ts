import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createEngineClient, type EngineClient } from '../../../src/agent/engine-client.ts';
import { containerId, inspectAnswer, startEngine } from './engine-fake.ts';

/** `METHOD PATH`, without the filters of the events, for a call on the agent. */
function inShort(request: string): string {
  return request.replace(containerId, 'ID').replace(/(filters)=.*$/, '$1=…');
}

it('docs/operations.md lists every call to the Engine that there is, and no other', async () => {
  const engine = await startEngine((request, response) => {
    const inspect = request.url?.endsWith('/json') === true;
    response.writeHead(inspect || request.method === 'GET' ? 200 : 204);
    response.end(
      inspect
        ? JSON.stringify(inspectAnswer({}))
        : '{"Version":"25","ApiVersion":"1.44","MinAPIVersion":"1.24"}',
    );
  });
  const { signal } = new AbortController();
  try {
    const client = createEngineClient({ socketPath: engine.socketPath, answerTimeoutMs: 5_000 });
    // A row for each call: one more in the client does not compile without.
    const calls = {
      version: () => client.version(signal),
      inspect: () => client.inspect('ecs-agent', signal),
      kill: () => client.kill(containerId, signal),
      restart: () => client.restart(containerId, signal),
      start: () => client.start(containerId, signal),
      events: async () => (await client.events('ecs-agent', signal)).destroy(),
    } satisfies Record<keyof EngineClient, () => Promise<unknown>>;
    for (const call of Object.values(calls)) await call();

    const text = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const documented = [...text.matchAll(/^\| `((?:GET|POST|PUT|DELETE|HEAD) [^`]+)`/gm)].map(
      ([, row]) => row,
    );
    expect(documented.toSorted()).toEqual(engine.requests.map(inShort).toSorted());
  } finally {
    await engine.close();
  }
});
