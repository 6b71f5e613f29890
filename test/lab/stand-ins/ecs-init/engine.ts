import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** The few Engine calls that ecs-init makes, over the unix socket, without an API version in the path. */
export interface Engine {
  /** Stops the container: SIGTERM, SIGKILL after `timeoutSeconds`. False when there is none of that name. */
  stop(name: string, timeoutSeconds: number): Promise<boolean>;
  /** Removes the container, running or not; none of that name is no error. */
  remove(name: string): Promise<void>;
  /** Creates the container of that name from the body of a create call; resolves with its id. */
  create(name: string, body: string): Promise<string>;
  start(id: string): Promise<void>;
  /** Resolves with the exit code once the container has stopped. */
  wait(id: string): Promise<number>;
}

/** Thrown when the Engine answers a call with an error; says so in the words of ecs-init's own client. */
class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(status: number, body: string) {
    super(`API error (${status}): ${body.trim()}`);
  }
}

/** `dockerHost` is `unix:///path`. */
export function engineAt(dockerHost: string): Engine {
  const socketPath = dockerHost.replace(/^unix:\/\//, '');

  async function call(
    method: string,
    path: string,
    accepted: readonly number[],
    body = '',
  ): Promise<[number, string]> {
    const outgoing = request({
      socketPath,
      method,
      path,
      headers: {
        host: 'docker',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    outgoing.end(body);
    const [response] = await once(outgoing, 'response');
    const answer = await text(response);
    if (!accepted.includes(response.statusCode)) {
      throw new EngineError(response.statusCode, answer);
    }
    return [response.statusCode, answer];
  }

  return {
    stop: async (name, timeoutSeconds) => {
      const [status] = await call('POST', `/containers/${name}/stop?t=${timeoutSeconds}`, [204, 304, 404]);
      return status !== 404;
    },
    remove: async (name) => {
      await call('DELETE', `/containers/${name}?force=true`, [204, 404]);
    },
    create: async (name, body) => {
      const [, answer] = await call('POST', `/containers/create?name=${name}`, [201], body);
      const created: unknown = JSON.parse(answer);
      if (typeof created === 'object' && created !== null && 'Id' in created) return String(created.Id);
      throw new Error(`the Engine created a container without an id: ${answer}`);
    },
    start: async (id) => {
      await call('POST', `/containers/${id}/start`, [204, 304]);
    },
    wait: async (id) => {
      const [, answer] = await call('POST', `/containers/${id}/wait`, [200]);
      const result: unknown = JSON.parse(answer);
      if (typeof result === 'object' && result !== null && 'StatusCode' in result)
        return Number(result.StatusCode);
      throw new Error(`the Engine told no exit code: ${answer}`);
    },
  };
}
