import { once } from 'node:events';
import { request } from 'node:http';
import type { Log } from './log.ts';
import { connectError, hostPort } from './network-error.ts';

const withinMs = 25_000;

/** What the image's HEALTHCHECK runs: resolves with 0 where introspection answers, and 1 where it does not. */
export async function checkHealth(address: { host: string; port: number }, log: Log): Promise<number> {
  const { host, port } = address;
  const call = request({ host, port, method: 'HEAD', path: '/v1/metadata', agent: false });
  call.end();
  try {
    await once(call, 'response', { signal: AbortSignal.timeout(withinMs) });
    call.destroy();
    return 0;
  } catch (error) {
    const url = `http://localhost:${port}/v1/metadata`;
    const reason = connectError(hostPort(host, port), error).message;
    log('error', `health check [HEAD ${url}] failed with error: Head "${url}": ${reason}`, {
      module: 'healthcheck.go',
    });
    return 1;
  }
}
