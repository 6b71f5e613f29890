import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endChild } from '../../lab/processes.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';
import { createEndpoints, describeOnEngine, expectSettled } from '../daemon/stage.ts';
import { startHaproxy } from './haproxy.ts';

describeOnEngine('docs/socket-proxy/haproxy.cfg', (newHost) => {
  let directory: string;
  let socketPath: string;
  let haproxy: ChildProcess | undefined;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory('socket-proxy');
    socketPath = join(directory, 'docker.sock');
  });
  afterEach(async () => {
    if (haproxy) await endChild(haproxy, 5_000);
    haproxy = undefined;
    await rm(directory, { recursive: true });
  });

  async function startProxy(engineSocket: string): Promise<void> {
    haproxy = await startHaproxy(directory, socketPath, engineSocket);
  }

  /** HTTP status of one call through the proxy; the answer's body is not waited for. */
  async function call(
    method: string,
    path: string,
    body = '',
    headers: Record<string, string> = {},
  ): Promise<number | undefined> {
    const outgoing = request({ socketPath, method, path, agent: false, headers });
    outgoing.end(body);
    // A connection that is handed over (101) has no answer of its own.
    const [response] = await Promise.race([once(outgoing, 'response'), once(outgoing, 'upgrade')]);
    response.destroy();
    return response.statusCode;
  }

  /** The same over HTTP/2 without asking for it first; undefined when the proxy does not speak it. */
  async function callHttp2(method: string, path: string, body: string): Promise<number | undefined> {
    const session = connectHttp2('http://localhost', { createConnection: () => connect(socketPath) });
    session.on('error', () => {});
    try {
      const stream = session.request({ ':method': method, ':path': path });
      stream.end(body);
      const [headers] = await once(stream, 'response');
      return headers[':status'];
    } catch {
      return undefined;
    } finally {
      session.destroy();
    }
  }

  /** Those calls that the proxy did not refuse. */
  async function passing(
    calls: readonly (readonly [what: unknown, act: () => Promise<number | undefined>])[],
  ) {
    const passed: unknown[] = [];
    for (const [what, act] of calls) {
      const status = await act();
      if (status !== 403) passed.push([what, status]);
    }
    return passed;
  }

  it('lets the whole migration through', async () => {
    const host = await newHost();
    await startProxy(host.engine.socketPath);
    const daemon = host.startDaemon({ 'docker-host': `unix://${socketPath}` });
    await daemon.looks(2);
    await createEndpoints(host);
    await expectSettled(host, daemon);
    const refused = daemon.events.filter(({ problem }) => String(problem).startsWith('engine-'));
    expect(refused).toEqual([]);
  });

  it('lets nothing else through', async () => {
    const host = await newHost();
    const { Id: id, Image: image } = await host.agent();
    const other = await host.engine.docker.createContainer({ name: 'other', Image: image, Cmd: ['/none'] });
    try {
      await startProxy(host.engine.socketPath);
      const events = (filters: string) => `/events?filters=${encodeURIComponent(filters)}`;
      const ownEvents = events(
        '{"type":["container"],"container":["ecs-agent"],"event":["start","die","destroy"]}',
      );
      const kill = (container: string) => `/containers/${container}/kill?signal=SIGKILL`;
      // Until the agent has been looked at, no container is known to be its.
      expect(await call('POST', kill(id))).toBe(403);
      expect(await call('GET', '/containers/ecs-agent/json')).toBe(200);

      expect(await call('GET', '/version')).toBe(200);
      const refused: [method: string, path: string, body?: string, headers?: Record<string, string>][] = [
        ['GET', '/containers/json'],
        ['GET', '/v1.41/containers/ecs-agent/json'],
        ['GET', '/containers/other/json'],
        ['GET', '/containers/ecs-agent/../other/json'],
        ['GET', '/containers/ecs-agent/logs?stdout=1'],
        ['GET', '/containers/ecs-agent/archive?path=/'],
        ['GET', '/events'],
        ['GET', '/info'],
        ['GET', '/images/json'],
        ['POST', '/containers/create', '{"Image":"x"}'],
        ['POST', `/containers/${id}/exec`, '{"Cmd":["sh"]}'],
        ['POST', `/containers/${id}/start`, '{"Binds":["/:/host"]}'],
        // A length that is none as a number of 63 bits.
        [
          'POST',
          `/containers/${id}/start`,
          '{"Binds":["/:/host"]}',
          { 'Content-Length': '9223372036854775807' },
        ],
        ['POST', `/containers/${id}/stop`],
        ['POST', `/containers/${id}/kill?signal=SIGTERM`],
        ['POST', `/containers/${id}/restart?t=0`],
        ['POST', kill('ecs-agent')],
        ['POST', kill(other.id)],
        ['POST', `/containers/${other.id}/start`],
        ['POST', `/containers/${other.id}/restart?t=30`],
        ['DELETE', `/containers/${id}`],
        ['POST', '/build'],
        ['POST', '/images/create?fromImage=x'],
        // Parameters beside the one that is let through.
        ['POST', `/containers/${id}/start?checkpoint=x&checkpoint-dir=/tmp`],
        ['POST', `/containers/${id}/start?`],
        ['POST', `${kill(id)}&signal=SIGTERM`],
        ['POST', `/containers/${id}/restart?t=30&signal=SIGSTOP`],
        ['GET', '/containers/ecs-agent/json?size=1'],
        ['GET', '/version?x=1'],
        ['HEAD', '/version'],
        // The Engine takes the last of two keys, or both.
        ['GET', events('{"container":["ecs-agent"],"container":["other"]}')],
        ['GET', events('{"container":["other"],"x":"\\"container\\":[\\"ecs-agent\\"]"}')],
        ['GET', events('{"type":["image"],"container":["ecs-agent"]}')],
        ['GET', `${ownEvents}&filters=%7B%7D`],
        ['GET', `${ownEvents}&since=0`],
        ['GET', 'http://localhost/containers/json'],
      ];
      expect(await passing(refused.map((what) => [what, () => call(...what)]))).toEqual([]);
      // A body that no header announces; a connection that is handed over.
      const through: [method: string, path: string][] = [
        ['POST', `/containers/${id}/start`],
        ['GET', '/version'],
      ];
      for (const [method, path] of through) {
        expect(await callHttp2(method, path, '{"Binds":["/:/host"]}')).toBeUndefined();
        const upgrading = (to: string) => () =>
          call(method, path, '', {
            Upgrade: to,
            Connection: 'Upgrade',
            'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
          });
        expect(await passing(['tcp', 'websocket'].map((to) => [to, upgrading(to)]))).toEqual([]);
        // HAProxy 3.0 takes this one away, and lets the call through that is left.
        expect([403, await call(method, path)]).toContain(await upgrading('h2c')());
      }
      expect(await call('GET', ownEvents)).toBe(200);
      expect(await host.restarts()).toBe(0);

      // The look at the agent above has made it known.
      expect(await call('POST', kill(id))).toBe(204);
      // ecs-init has a new one soon; the old id is then refused.
      for (let tries = 0; tries < 200; tries += 1) {
        await call('GET', '/containers/ecs-agent/json');
        if ((await call('POST', kill(id))) === 403) return;
        await delay(50);
      }
      throw new Error('the old id is still let through');
    } finally {
      await other.remove({ force: true });
    }
  });
});
