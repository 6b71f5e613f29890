import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpGet } from '../../../src/kit/http-get.ts';

const never = new AbortController().signal;
const limits = { limitMs: 10_000, largestBytes: 100 };
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serving(answer: (response: ServerResponse) => void) {
  server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, path: '/what' };
}

describe('httpGet', () => {
  it('gives status, headers and body of any answer', async () => {
    const target = await serving((response) => response.writeHead(404, { 'x-told': 'yes' }).end('none'));
    expect(await httpGet(target, limits, never)).toMatchObject({
      status: 404,
      headers: { 'x-told': 'yes' },
      body: 'none',
    });
  });

  it('does not read a body that nobody wants', async () => {
    const target = await serving((response) => response.writeHead(200).write('never ends'));
    expect(await httpGet(target, { ...limits, largestBytes: 0 }, never)).toMatchObject({
      status: 200,
      body: '',
    });
  });

  it('refuses an answer that is too long', async () => {
    const target = await serving((response) => response.end('x'.repeat(101)));
    await expect(httpGet(target, limits, never)).rejects.toThrow('the answer is too long');
  });

  it('rejects when the answer breaks off', async () => {
    const target = await serving((response) => {
      response.writeHead(200, { 'content-length': '50' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    await expect(httpGet(target, limits, never)).rejects.toThrow('aborted');
  });

  it('counts the time over all, however the answer trickles', async () => {
    let trickle: NodeJS.Timeout | undefined;
    const target = await serving((response) => {
      trickle = setInterval(() => response.write('.'), 20);
    });
    await expect(httpGet(target, { ...limits, limitMs: 100 }, never)).rejects.toThrow(
      'GET /what did not finish within 0.1 s',
    );
    clearInterval(trickle);
  });

  it('tells that nothing listens', async () => {
    const target = await serving(() => {});
    const closed = once(server as Server, 'close');
    server?.close();
    await closed;
    await expect(httpGet(target, limits, never)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
