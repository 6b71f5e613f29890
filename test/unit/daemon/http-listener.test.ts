import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type HttpListener, listenHttp, plain } from '../../../src/daemon/http-listener.ts';

let listener: HttpListener;
let port: number;
let asked: number;
const clients: Socket[] = [];
const routes = new Map([
  [
    '/metrics',
    () => {
      asked += 1;
      return Promise.resolve(plain(200, 'x'.repeat(100_000)));
    },
  ],
]);

beforeEach(async () => {
  const taker = createServer().listen(0, '127.0.0.1');
  await once(taker, 'listening');
  const address = taker.address();
  port = typeof address === 'object' && address ? address.port : 0;
  taker.close();
  await once(taker, 'close');
  asked = 0;
  listener = await listenHttp(`127.0.0.1:${port}`, routes);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await listener.close();
});

/** A client that sends this and then neither sends nor reads anything more. */
async function stalled(sent: string): Promise<Socket> {
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {});
  clients.push(client);
  client.pause();
  await once(client, 'connect');
  if (sent !== '') client.write(sent);
  return client;
}

async function ask(headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  const request = get({ port, host: '127.0.0.1', path: '/metrics', agent: false, headers });
  const [response] = await once(request, 'response');
  return { status: response.statusCode, body: await text(response) };
}

const begun = `GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n`;

describe('the listener of metrics', () => {
  it.each([
    ['say nothing', ''],
    ['begin a request', begun],
    ['owe a body', `${begun}Content-Length: 9\r\n\r\n`],
    ['do not read the answer', `${begun}\r\n`],
    ['ask and ask, and read no answer', `${begun}\r\n`.repeat(100)],
  ])('answers a scrape while 64 clients %s', async (_, sent) => {
    for (let client = 0; client < 64; client += 1) await stalled(sent);
    expect(await ask()).toMatchObject({ status: 200, body: expect.stringMatching(/^x{100000}\n$/) });
  });

  it('keeps no more than 16 connections open', async () => {
    await listener.close();
    listener = await listenHttp(`127.0.0.1:${port}`, routes, 600_000);
    const ended = new Set<Socket>();
    const all: Socket[] = [];
    for (let client = 0; client < 64; client += 1) {
      const socket = await stalled('');
      socket.resume().once('close', () => ended.add(socket));
      all.push(socket);
    }
    await vi.waitFor(() => expect(ended.size).toBe(48), { timeout: 10_000 });
    expect(all.slice(48).filter((socket) => ended.has(socket))).toEqual([]);
  });

  it('answers one request for each connection, however many are sent at once', async () => {
    const client = await stalled(`${begun}\r\n`.repeat(1_000));
    client.resume();
    await once(client, 'close');
    expect(asked).toBe(1);
  });

  it.each([
    ['says nothing', ''],
    ['trickles a request', begun],
    ['does not read', `${begun}\r\n`.repeat(100)],
  ])('ends a connection that %s', async (_, sent) => {
    await listener.close();
    listener = await listenHttp(`127.0.0.1:${port}`, routes, 300);
    const client = await stalled(sent);
    // What is written after the end is answered by a reset, which is an end too.
    const ended = new Promise((resolve) => client.once('close', resolve));
    const trickle = setInterval(() => client.write('X: y\r\n'), 20);
    client.resume();
    await ended;
    clearInterval(trickle);
  });

  // DNS rebinding: a page's own name is made to lead to 127.0.0.1 once the page is loaded.
  it.each([
    'evil.example',
    'evil.example:9750',
    '127.0.0.1.evil.example',
    'localhost.evil.example:1',
    '10.0.0.1',
    '[::2]:9750',
    'x@localhost',
  ])('tells nothing to who asks for the host %s', async (host) => {
    expect(await ask({ host })).toEqual({
      status: 403,
      body: 'The Host header must be localhost or a loopback address.\n',
    });
    expect(asked).toBe(0);
  });

  it.each(['localhost', 'LOCALHOST:9750', '127.0.0.1', '127.1.2.3:80', '[::1]:9750'])(
    'answers to the host %s',
    async (host) => {
      expect((await ask({ host })).status).toBe(200);
    },
  );

  // A check by HTTP/1.0 has none; every browser sends one.
  it('answers to no host at all', async () => {
    const client = await stalled('GET /metrics HTTP/1.0\r\n\r\n');
    expect(await text(client)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});
