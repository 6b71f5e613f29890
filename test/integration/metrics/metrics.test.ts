import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createEndpoints, describeOnEngine, expectSettled } from '../daemon/stage.ts';
import { promtool } from './promtool.ts';

const address = '127.0.0.1:9750';

async function ask(path: string): Promise<{ status: number | undefined; body: string }> {
  const request = get(`http://${address}${path}`, { agent: false });
  const [response] = await once(request, 'response');
  return { status: response.statusCode, body: await text(response) };
}

describeOnEngine('metrics', (newHost) => {
  it('tell of a migration, by file and by listener, as promtool likes them', async () => {
    const host = await newHost();
    const directory = join(host.lab.directory, 'textfile');
    const textfile = join(directory, 'ecs-privatelinkd.prom');
    mkdirSync(directory);
    const daemon = host.startDaemon({ 'metrics-listen': address, 'metrics-textfile': textfile });
    await daemon.looks(2);

    expect(await ask('/healthz')).toMatchObject({ status: 200, body: expect.stringMatching(/^ok: /) });
    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      body: expect.stringMatching(/^waiting: 0 of 3 names are private/),
    });
    expect((await ask('/')).status).toBe(404);
    const before = await ask('/metrics');
    expect(before.body).toContain('ecs_privatelinkd_phase{phase="waiting"} 1\n');
    expect(before.body).toContain('ecs_privatelinkd_endpoint_class{service="ecs",class="public"} 1\n');
    expect(before.body).toContain('ecs_privatelinkd_agent_path{path="public"} 1\n');
    expect(before.body).toContain('ecs_privatelinkd_restarts_total{outcome="private"} 0\n');
    expect(before.body).not.toMatch(/^ecs_privatelinkd_last_restart/m);

    await createEndpoints(host);
    await expectSettled(host, daemon);
    expect(await ask('/readyz')).toMatchObject({
      status: 200,
      body: expect.stringMatching(/^settled: /),
    });
    const after = await ask('/metrics');
    for (const { body } of [after, { body: readFileSync(textfile, 'utf8') }]) {
      expect(promtool(['check', 'metrics'], body)).toBe('');
      expect(body).toContain('ecs_privatelinkd_phase{phase="settled"} 1\n');
      expect(body).toContain('ecs_privatelinkd_endpoint_reachable{service="ecs-agent"} 1\n');
      expect(body).toContain('ecs_privatelinkd_agent_path{path="private"} 1\n');
      expect(body).toContain('ecs_privatelinkd_agent_registered 1\n');
      expect(body).toContain('ecs_privatelinkd_restarts_total{outcome="private"} 1\n');
      expect(body).toMatch(/^ecs_privatelinkd_last_restart_reconnect_seconds \d/m);
      expect(body).toMatch(/^ecs_privatelinkd_time_to_private_seconds \d/m);
      expect(body).toMatch(/^ecs_privatelinkd_look_duration_seconds_count [1-9]/m);
    }

    daemon.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);
  });

  it('that cannot be shown are said once, and keep nothing else from its work', async () => {
    const host = await newHost();
    const taker = createServer().listen({ host: '127.0.0.1', port: 9750 });
    await once(taker, 'listening');
    try {
      const textfile = join(host.lab.directory, 'no-such-directory/a.prom');
      const daemon = host.startDaemon({ 'metrics-listen': address, 'metrics-textfile': textfile });
      await createEndpoints(host);
      await expectSettled(host, daemon);
      const told = daemon.events
        .filter(({ event, where }) => event === 'problem' && where === 'metrics')
        .map(({ problem }) => problem);
      expect(told.toSorted()).toEqual(['metrics-listen-failed', 'metrics-textfile-unwritable']);

      taker.close();
      await daemon.event('problem-cleared', (event) => event['problem'] === 'metrics-listen-failed');
      expect((await ask('/readyz')).status).toBe(200);
    } finally {
      taker.close();
    }
  });

  it('are refused on any other address than a loopback one', async () => {
    const host = await newHost();
    const refused = await host.command(['run'], { 'metrics-listen': '0.0.0.0:9750' });
    expect(refused).toMatchObject({
      exitCode: 78,
      stderr: expect.stringMatching(/nothing here listens on a network.*Did you mean 127\.0\.0\.1:9750\?/),
    });
  });
});
