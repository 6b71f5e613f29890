import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  countTasksStarting,
  type IntrospectionAddress,
  readMetadata,
} from '../../../src/agent/introspection.ts';
import { parseAgentVersion } from '../../../src/agent/introspection-answers.ts';
import { createTaskCounter } from '../../../src/agent/task-counter.ts';

const signal = new AbortController().signal;
let server: Server | undefined;

async function answering(
  answer: (path: string, response: ServerResponse) => void,
): Promise<IntrospectionAddress> {
  server = createServer((request, response) => answer(request.url ?? '', response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 };
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => {
    if (server === undefined) resolve(undefined);
    else server.close(resolve);
  });
  server = undefined;
});

const metadata = {
  Cluster: 'default',
  ContainerInstanceArn: 'arn:aws:ecs:us-east-1:1:container-instance/default/1',
  Version: 'Amazon ECS Agent - v1.105.1 (*abc1234)',
};

describe('readMetadata', () => {
  it('of a registered agent', async () => {
    const address = await answering((path, response) =>
      response.end(path === '/v1/metadata' ? JSON.stringify(metadata) : ''),
    );
    expect(await readMetadata(address, signal)).toEqual({
      state: 'registered',
      cluster: 'default',
      containerInstanceArn: metadata.ContainerInstanceArn,
      version: '1.105.1',
    });
  });

  it('of one whose cluster has the longest name that ECS allows: nothing is cut off', async () => {
    const cluster = 'c'.repeat(255);
    const ContainerInstanceArn = `arn:aws-us-gov:ecs:us-gov-west-1:123456789012:container-instance/${cluster}/${'0'.repeat(32)}`;
    const address = await answering((_, response) =>
      response.end(JSON.stringify({ ...metadata, Cluster: cluster, ContainerInstanceArn })),
    );
    expect(await readMetadata(address, signal)).toMatchObject({
      cluster,
      containerInstanceArn: ContainerInstanceArn,
    });
  });

  it('of one that listens but has no container instance', async () => {
    const address = await answering((_, response) =>
      response.end(JSON.stringify({ ...metadata, ContainerInstanceArn: null })),
    );
    expect(await readMetadata(address, signal)).toEqual({ state: 'not-registered' });
  });

  it('of one that does not listen', async () => {
    const address = await answering(() => {});
    await new Promise((resolve) => {
      server?.close(resolve);
    });
    server = undefined;
    expect(await readMetadata(address, signal)).toEqual({ state: 'not-registered' });
  });

  it.each<[string, (path: string, response: ServerResponse) => void]>([
    ['hangs', () => {}],
    ['trickles', (_, response) => response.write('{')],
    ['answers HTML', (_, response) => response.end('<html>')],
    ['answers 500', (_, response) => response.writeHead(500).end(JSON.stringify(metadata))],
    [
      'breaks off',
      (_, response) => response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy()),
    ],
    ['closes at once', (_, response) => response.destroy()],
    ['never stops', (_, response) => response.write(Buffer.alloc(9 * 1024 * 1024))],
  ])('is unclear when it %s', async (_, answer) => {
    expect(await readMetadata(await answering(answer), signal)).toEqual({ state: 'unclear' });
  });

  it('rejects when aborted', async () => {
    const own = new AbortController();
    const address = await answering(() => own.abort(new Error('enough')));
    await expect(readMetadata(address, own.signal)).rejects.toThrow('enough');
  });
});

describe('countTasksStarting', () => {
  it('counts those that are to run and do not yet', async () => {
    const Tasks = [
      { DesiredStatus: 'RUNNING', KnownStatus: 'RUNNING' },
      { DesiredStatus: 'RUNNING', KnownStatus: 'NONE' },
      { DesiredStatus: 'RUNNING', KnownStatus: 'MANIFEST_PULLED' },
      { DesiredStatus: 'RUNNING', KnownStatus: 'CREATED' },
      { DesiredStatus: 'RUNNING', KnownStatus: 'STOPPED' },
      { DesiredStatus: 'STOPPED', KnownStatus: 'CREATED' },
      { KnownStatus: 'NONE' },
    ];
    const address = await answering((path, response) =>
      response.end(path === '/v1/tasks' ? JSON.stringify({ Tasks }) : ''),
    );
    expect(await countTasksStarting(address, signal)).toBe(3);
  });

  it('is 0 for an agent without tasks and undefined for one that does not tell', async () => {
    expect(
      await countTasksStarting(await answering((_, response) => response.end('{"Tasks":null}')), signal),
    ).toBe(0);
    server?.close();
    expect(
      await countTasksStarting(await answering((_, response) => response.end('[]')), signal),
    ).toBeUndefined();
  });
});

describe('createTaskCounter', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('RUNNING', 'NONE', 'STOPPED', 'KnownStatus', '{"Tasks":[', '\\"'),
  );
  const task = fc.record({
    DesiredStatus: fc.constantFrom('RUNNING', 'STOPPED'),
    KnownStatus: fc.constantFrom('RUNNING', 'STOPPED', 'NONE', 'CREATED'),
    Arn: text,
    Containers: fc.array(
      fc.record({ KnownStatus: fc.constant('RUNNING'), DesiredStatus: fc.constant('RUNNING'), Name: text }),
    ),
  });

  it('counts what JSON.parse would show, however it is cut', () => {
    void fc.assert(
      fc.property(fc.array(task), fc.integer({ min: 1, max: 9 }), fc.boolean(), (Tasks, size, indented) => {
        const json = JSON.stringify({ Version: '1', Tasks, After: ['x'] }, undefined, indented ? 2 : 0);
        const counter = createTaskCounter();
        for (let at = 0; at < json.length; at += size) counter.add(json.slice(at, at + size));
        expect(counter.end()).toBe(
          Tasks.filter(
            ({ DesiredStatus, KnownStatus }) =>
              DesiredStatus === 'RUNNING' && !['RUNNING', 'STOPPED'].includes(KnownStatus),
          ).length,
        );
      }),
    );
  });
});

describe('parseAgentVersion', () => {
  it.each([
    ['Amazon ECS Agent - v1.105.1 (*abc)', '1.105.1'],
    ['Amazon ECS Agent - v1.44.4 (abc)', '1.44.4'],
    ['v1.2', undefined],
    ['', undefined],
  ])('%s', (text, version) => expect(parseAgentVersion(text)).toBe(version));
});
