import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { endChild } from '../../lab/processes.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';
import { createEndpoints, describeOnEngine, expectSettled } from '../daemon/stage.ts';

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
    const file = join(directory, 'haproxy.cfg');
    const config = readFileSync(inCheckout('docs/socket-proxy/haproxy.cfg'), 'utf8')
      .replace('/run/ecs-privatelinkd-docker/docker.sock', socketPath)
      .replace('/var/run/docker.sock', engineSocket);
    writeFileSync(file, config);
    haproxy = spawn('setpriv', ['--pdeathsig=KILL', 'haproxy', '-db', '-f', file], {
      stdio: 'inherit',
      env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
    for (let tries = 0; tries < 200 && !existsSync(socketPath); tries += 1) await delay(25);
  }

  /** HTTP status of one call through the proxy; the answer's body is not waited for. */
  async function call(method: string, path: string, body = ''): Promise<number | undefined> {
    const outgoing = request({ socketPath, method, path, agent: false });
    outgoing.end(body);
    const [response] = await once(outgoing, 'response');
    response.destroy();
    return response.statusCode;
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
      const kill = (container: string) => `/containers/${container}/kill?signal=SIGKILL`;
      // Until the agent has been looked at, no container is known to be its.
      expect(await call('POST', kill(id))).toBe(403);
      expect(await call('GET', '/containers/ecs-agent/json')).toBe(200);

      expect(await call('GET', '/version')).toBe(200);
      for (const [method, path, body] of [
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
      ]) {
        expect([method, path, await call(method ?? '', path ?? '', body)]).toEqual([method, path, 403]);
      }
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
