import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { agentImage, importEmptyImage } from '../../lab/hosts/agent-container.ts';
import { identify } from '../../lab/processes.ts';
import {
  type EmbeddedEngine,
  startEmbeddedEngine,
} from '../../lab/stand-ins/embedded-engine/embedded-engine.ts';
import { EventRecorder } from './event-recorder.ts';

describe('embedded Engine', () => {
  const announced: string[] = [];
  let engine: EmbeddedEngine;

  beforeEach(async () => {
    announced.length = 0;
    engine = await startEmbeddedEngine({ announce: (line) => announced.push(line) });
  });
  afterEach(() => engine.close());

  interface Answer {
    readonly status: number;
    readonly type: string | undefined;
    readonly text: string;
    readonly complete: boolean;
  }

  function get(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      request({ socketPath: engine.socketPath, path, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', () => {});
        response.on('close', () => {
          const { statusCode: status = 0, headers, complete } = response;
          resolve({ status, type: headers['content-type'], text, complete });
        });
      })
        .on('error', reject)
        .end();
    });
  }

  it('says that it is not Docker', async () => {
    expect(announced).toEqual([expect.stringContaining('not Docker')]);
    expect(JSON.parse((await get('/version')).text)).toMatchObject({
      Platform: { Name: expect.stringMatching(/embedded.*not Docker/) },
      ApiVersion: '1.41',
    });
  });

  it('refuses versions as Docker 29 does', async () => {
    engine.faults.setApiVersions({ minimum: '1.44', maximum: '1.52' });
    const old = await get('/v1.41/version');
    expect(old).toMatchObject({
      status: 400,
      text: expect.stringContaining('client version 1.41 is too old'),
    });
    expect(await get('/v1.53/version')).toMatchObject({
      status: 400,
      text: expect.stringContaining('too new'),
    });
    expect((await get('/v1.44/version')).status).toBe(200);
    expect((await get('/version')).status).toBe(200);
  });

  it('leaves out what API 1.24 did not have', async () => {
    engine.faults.setApiVersions({ minimum: '1.12', maximum: '1.24' });
    expect(JSON.parse((await get('/version')).text)).not.toHaveProperty('MinAPIVersion');
    expect((await get('/v1.24/_ping')).text).toBe('OK');
    expect((await get('/v1.25/_ping')).status).toBe(400);
  });

  it('answers wrongly on command', async () => {
    const whole = (await get('/version')).text;
    await engine.faults.set('html');
    expect(await get('/version')).toMatchObject({ status: 200, type: 'text/html' });
    await engine.faults.set('half-json');
    const half = await get('/version');
    expect(half).toMatchObject({ status: 200, type: 'application/json', complete: true });
    expect(whole.startsWith(half.text) && half.text.length < whole.length).toBe(true);
    await engine.faults.set('cut');
    expect(await get('/version')).toMatchObject({ status: 200, complete: false });
    await engine.faults.set(undefined);
    expect((await get('/version')).text).toBe(whole);
  });

  it('limits a fault to some paths', async () => {
    await engine.faults.set('html', /^\/version$/);
    expect((await get('/v1.40/version')).type).toBe('text/html');
    expect((await get('/_ping')).text).toBe('OK');
  });

  it('is not to be reached on command', async () => {
    await engine.faults.set('refuse');
    await expect(get('/_ping')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await engine.faults.set('absent');
    await expect(get('/_ping')).rejects.toMatchObject({ code: 'ENOENT' });
    await engine.faults.set(undefined);
    expect((await get('/_ping')).text).toBe('OK');
  });

  it('answers all it held back once it no longer hangs', async () => {
    await engine.faults.set('hang');
    const answers = [get('/_ping'), get('/version')];
    await engine.faults.set(undefined);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('ends event streams on command', async () => {
    const events = await engine.docker.getEvents();
    const ended = new Promise((resolve) => events.on('end', resolve));
    events.resume();
    engine.faults.closeEventStreams();
    await ended;
    expect((await get('/_ping')).text).toBe('OK');
  });

  it.each([
    ['die-stop', ['die', 'stop']],
    ['stop-die', ['stop', 'die']],
  ] as const)('tells of a stop in the order %s, and says so', async (stopOrder, order) => {
    await engine.close();
    engine = await startEmbeddedEngine({ stopOrder, announce: () => {} });
    expect(JSON.parse((await get('/version')).text)).toMatchObject({
      Components: [{ Details: { StopOrder: stopOrder } }],
    });
    await importEmptyImage(engine.docker);
    const events = await EventRecorder.listen(engine.docker, 'subject');
    onTestFinished(() => events.close());
    const container = await engine.docker.createContainer({
      name: 'subject',
      Image: agentImage,
      Cmd: ['/usr/bin/sleep', '60'],
      HostConfig: { Init: true },
    });
    await container.start();
    await container.restart({ t: 10 });
    await container.stop({ t: 10 });
    await expect
      .poll(() => events.written(), { timeout: 10_000 })
      .toEqual(['create', 'start', 'kill', ...order, 'start', 'restart', 'kill', ...order]);
  });

  it('takes its containers with it', async () => {
    await importEmptyImage(engine.docker);
    const container = await engine.docker.createContainer({
      Image: agentImage,
      Cmd: ['/usr/bin/sleep', '60'],
    });
    await container.start();
    const { Pid } = (await container.inspect()).State;
    expect(identify(Pid)).toBeDefined();
    await engine.close();
    expect(identify(Pid)).toBeUndefined();
    await expect(get('/_ping')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
