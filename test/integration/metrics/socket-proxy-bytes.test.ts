import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endChild } from '../../lab/processes.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';
import { startHaproxy } from './haproxy.ts';

// docs/socket-proxy/haproxy.cfg against requests that two parsers may read in two ways. What counts is what arrives
// behind it: an Engine that writes down each byte, and answers by the simplest reading of them.

const agentId = 'a'.repeat(64);
const otherId = 'b'.repeat(64);
const start = `/containers/${agentId}/start`;
const kill = (id: string) => `/containers/${id}/kill?signal=SIGKILL`;

let directory: string;
let socketPath: string;
let engine: Server;
let haproxy: ChildProcess;
/** All bytes that arrived at the Engine since the last attack. */
let arrived = '';

beforeAll(async () => {
  directory = await makeTemporaryDirectory('socket-proxy-bytes');
  socketPath = join(directory, 'docker.sock');
  const engineSocket = join(directory, 'engine.sock');
  const body = JSON.stringify({ Id: agentId });
  engine = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      arrived += data.toString('latin1');
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
  });
  await new Promise<void>((resolve) => {
    engine.listen(engineSocket, resolve);
  });
  haproxy = await startHaproxy(directory, socketPath, engineSocket);
  // From here on the agent is known.
  expect(
    await statuses('GET /containers/ecs-agent/json HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n'),
  ).toEqual([200]);
});

afterAll(async () => {
  if (haproxy) await endChild(haproxy, 5_000);
  engine?.close();
  await rm(directory, { recursive: true });
});

/** Sends the bytes as they are and resolves with the status lines that came, once the proxy closes or is done. */
async function statuses(bytes: string): Promise<number[]> {
  const socket = connect(socketPath);
  let told = '';
  socket.on('data', (data) => {
    told += data.toString('latin1');
  });
  const closed = new Promise<void>((resolve) => {
    socket.on('error', () => resolve()).on('close', () => resolve());
  });
  socket.write(bytes, 'latin1');
  // The proxy gives a request that is not whole 5 s.
  await Promise.race([closed, delay(8_000)]);
  socket.destroy();
  return Array.from(told.matchAll(/HTTP\/1\.[01] (\d{3})/g), ([, status]) => Number(status));
}

/** The request lines that arrived, and whatever else is neither a header nor empty. */
function atTheEngine(): readonly string[] {
  return arrived.split(/\r?\n/).filter((line) => line !== '' && !/^[\w-]+: /.test(line));
}

const close = 'Host: d\r\nConnection: close\r\n';
const smuggled = `POST ${kill(otherId)} HTTP/1.1\r\nHost: d\r\n\r\n`;
const chunk = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
const request = (line: string, headers = '', body = '') => `${line}\r\n${headers}${close}\r\n${body}`;
const post = (headers: string, body = '') => request(`POST ${start} HTTP/1.1`, headers, body);

it.each<[what: string, bytes: string]>([
  ['a length and chunks', post(`Content-Length: 0\r\nTransfer-Encoding: chunked\r\n`, chunk)],
  ['chunks and a length', post(`Transfer-Encoding: chunked\r\nContent-Length: 0\r\n`, chunk)],
  [
    'chunks with an extension',
    post('Transfer-Encoding: chunked\r\n', `2;x="\r\n${smuggled}"\r\n{}\r\n0\r\n\r\n`),
  ],
  ['chunks under another spelling', post('Transfer-Encoding: xchunked\r\n', chunk)],
  ['chunks after a tab', post('Transfer-Encoding:\tchunked\r\n', chunk)],
  ['chunks by two codings', post('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', chunk)],
  ['chunks with a blank before the colon', post('Transfer-Encoding : chunked\r\n', chunk)],
  ['chunks in a folded line', post('Transfer-Encoding:\r\n chunked\r\n', chunk)],
  ['chunks after a bare LF', post('X: y\nTransfer-Encoding: chunked\r\n', chunk)],
  ['chunks after a bare CR', post('X: y\rTransfer-Encoding: chunked\r\n', chunk)],
  ['chunks after a NUL', post('X: y\0\r\nTransfer-Encoding: chunked\r\n', chunk)],
  ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n`, smuggled)],
  ['two lengths in one', post(`Content-Length: 0, ${smuggled.length}\r\n`, smuggled)],
  ['a length with a sign', post(`Content-Length: +${smuggled.length}\r\n`, smuggled)],
  ['a length of nothing', post('Content-Length:\r\n', smuggled)],
  ['a length in another case', post(`content-LENGTH: ${smuggled.length}\r\n`, smuggled)],
  ['a length behind Connection', post(`Connection: Content-Length\r\nContent-Length: 5\r\n`, '{"a"}')],
  ['a body that waits to be asked for', post('Expect: 100-continue\r\nContent-Length: 2\r\n', '{}')],
  ['an absolute URL', request('GET http://d/containers/json HTTP/1.1')],
  ['an absolute URL of what may be asked', request('GET http://x/version HTTP/1.1')],
  ['dots', request(`POST /containers/${agentId}/../${otherId}/start HTTP/1.1`)],
  ['dots that are escaped', request(`POST /containers/${agentId}/%2e%2e/${otherId}/start HTTP/1.1`)],
  ['a slash that is escaped', request(`POST /containers%2F${otherId}/start HTTP/1.1`)],
  ['two slashes', request(`POST //containers/${otherId}/start HTTP/1.1`)],
  ['the id twice', request(`POST /containers/${agentId}//${otherId}/start HTTP/1.1`)],
  ['a parameter of the path', request(`POST ${start};x=1 HTTP/1.1`)],
  ['a fragment', request(`POST ${start}#x HTTP/1.1`)],
  ['a version', request(`POST /v1.24${start} HTTP/1.1`)],
  ['a method in small letters', request(`post ${start} HTTP/1.1`)],
  ['another method of that path', request(`PUT ${start} HTTP/1.1`)],
  ['HEAD', request('HEAD /containers/ecs-agent/json HTTP/1.1')],
  ['CONNECT', request('CONNECT /version HTTP/1.1')],
  ['a blank in the URL', request('GET /version /containers/json HTTP/1.1')],
  ['HTTP/0.9', 'GET /containers/json\r\n\r\n'],
  ['a second signal', request(`POST ${kill(agentId)}&signal=15 HTTP/1.1`)],
  ['a signal by its number', request(`POST /containers/${agentId}/kill?signal=9 HTTP/1.1`)],
  ['a NUL after the signal', request(`POST ${kill(agentId)}%00 HTTP/1.1`)],
  ['the beginning of an id', request(`POST /containers/${agentId.slice(0, 12)}/start HTTP/1.1`)],
  ['the id and more', request(`POST /containers/${agentId}a/start HTTP/1.1`)],
  ['the id in capitals', request(`POST /containers/${agentId.toUpperCase()}/start HTTP/1.1`)],
  ['another id', request(`POST ${kill(otherId)} HTTP/1.1`)],
])('nothing arrives of what two may read in two ways: %s', async (_, bytes) => {
  arrived = '';
  const answered = await statuses(bytes);
  expect({ answered, arrived }).toEqual({
    answered: [expect.toSatisfy((status: number) => [400, 403, 422, 501].includes(status))],
    arrived: '',
  });
});

const started = `POST ${start} HTTP/1.1`;

it.each<[what: string, bytes: string, arriving: string]>([
  ['chunks in a line folded to another', post('X: y\r\n Transfer-Encoding: chunked\r\n', chunk), started],
  ['a name with an underline', post('Transfer_Encoding: chunked\r\n', chunk), started],
  ['two blanks', request('GET  /version HTTP/1.1'), 'GET /version HTTP/1.1'],
  ['a blank after the URL', request(`POST ${start}  HTTP/1.1`), started],
  ['HTTP/2.0 in words', request('GET /version HTTP/2.0'), 'GET /version HTTP/1.1'],
  ['Host twice', post('Host: e\r\n'), started],
  ['no body, which waits to be asked for', post('Expect: 100-continue\r\nContent-Length: 0\r\n'), started],
])(
  'what the proxy has an opinion of arrives rewritten by it, whole and alone: %s',
  async (_, bytes, arriving) => {
    arrived = '';
    await statuses(bytes);
    expect(arrived).not.toMatch(/^transfer-encoding/im);
    // Its first line, its headers, and an end.
    expect(atTheEngine()).toEqual(arrived === '' ? [] : [arriving]);
    expect(arrived.split('\r\n\r\n').slice(1).join('')).toBe('');
  },
);

it('of two requests on one connection each is judged by itself', async () => {
  arrived = '';
  const first = `POST ${start} HTTP/1.1\r\nHost: d\r\n\r\n`;
  expect(await statuses(`${first}${request(`POST ${kill(otherId)} HTTP/1.1`)}`)).toEqual([200, 403]);
  expect(atTheEngine()).toEqual([`POST ${start} HTTP/1.1`]);
});
