import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NextAgent } from '../../../src/endpoints/next-agent.ts';
import type { DockerdDns } from '../../../src/endpoints/next-resolver.ts';
import { createResolverReader } from '../../../src/endpoints/resolver-reader.ts';
import { openStage, type Stage } from './stage.ts';

const nothing = { nameservers: [], options: [], search: [] };
const plain = { ...nothing, hostGateway: '172.17.0.1' };
const own = { ...plain, nameservers: ['10.0.0.53'] };

let stage: Stage;
let root: string;
let dockerd: { dns: DockerdDns | undefined; doubt: string | undefined };

beforeEach(() => {
  stage = openStage();
  root = join(stage.directory, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  stage.writeResolvConf('nameserver 10.0.0.2');
  stage.writeHosts('127.0.0.1 localhost');
  dockerd = { dns: plain, doubt: undefined };
});
afterEach(() => stage.close());

function runningAsks(...nameservers: string[]): void {
  writeFileSync(join(root, 'etc/resolv.conf'), nameservers.map((one) => `nameserver ${one}\n`).join(''));
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1\tlocalhost\n::1\tlocalhost\n');
}

function agent(changed: Partial<NextAgent['dns']> = {}, seen = true): NextAgent {
  const dns = { ...nothing, extraHosts: [], networkMode: 'host', ...changed };
  return { dns, trust: { file: undefined, directories: undefined }, root: seen ? root : undefined };
}

let nowMs = 0;

const remembering = () =>
  createResolverReader({
    resolvConfPath: stage.resolvConfPath,
    hostsPath: stage.hostsPath,
    upstreamPath: join(stage.directory, 'upstream'),
    dockerd: () => dockerd,
    monotonicMs: () => nowMs,
  });

function reader() {
  const read = remembering();
  return (seen: NextAgent | undefined) => read(seen, true);
}

it('looks at dockerd and the running agent once a minute, and afresh where a restart hangs on it', () => {
  const read = remembering();
  read(agent(), true);
  dockerd = { dns: own, doubt: undefined };
  nowMs += 59_000;
  expect(read(agent(), false).resolvConf).toBe('nameserver 10.0.0.2\n');
  expect(read(agent({ networkMode: 'default' }), false).resolvConf).toContain('10.0.0.53');
  nowMs += 61_000;
  dockerd = { dns: plain, doubt: undefined };
  expect(read(agent(), false).resolvConf).toBe('nameserver 10.0.0.2\n');
  dockerd = { dns: own, doubt: undefined };
  expect(read(agent(), true).resolvConf).toContain('10.0.0.53');
});

it('gives the same object until a file, the agent or dockerd changes', () => {
  const read = reader();
  runningAsks('10.0.0.2');
  const first = read(agent());
  expect(read(agent())).toBe(first);
  stage.writeResolvConf('nameserver 10.0.0.3');
  const second = read(agent());
  expect(second).not.toBe(first);
  expect(second).toMatchObject({ resolvConf: 'nameserver 10.0.0.3\n', runningNameservers: ['10.0.0.2'] });
  dockerd = { dns: own, doubt: undefined };
  expect(read(agent()).resolvConf).toContain('10.0.0.53');
  expect(read(agent({ nameservers: ['10.9.9.9'] })).resolvConf).toContain('10.9.9.9');
});

it('is this host’s while no agent was seen', () => {
  expect(reader()(undefined)).toMatchObject({ resolverSource: "the host's resolv.conf", unknown: undefined });
});

describe('where dockerd’s settings are in doubt', () => {
  it('goes on by the host’s where the running agent has the same', () => {
    dockerd = { dns: own, doubt: 'daemon.json is newer' };
    runningAsks('10.0.0.2');
    const seen = reader()(agent());
    expect(seen).toMatchObject({ resolvConf: 'nameserver 10.0.0.2\n', unknown: undefined });
    expect(seen.doubt).toBe("taken from the running agent's container: daemon.json is newer");
  });

  it('goes on by the settings where the running agent shows them', () => {
    dockerd = { dns: own, doubt: 'daemon.json is newer' };
    runningAsks('10.0.0.53');
    expect(reader()(agent())).toMatchObject({ resolvConf: 'nameserver 10.0.0.53\n', unknown: undefined });
  });

  it('says so where the running agent has something else', () => {
    dockerd = { dns: undefined, doubt: 'no dockerd was seen' };
    runningAsks('10.0.0.53');
    expect(reader()(agent()).unknown?.message).toBe(
      "The agent's container looks names up by another resolv.conf than this host (10.0.0.53; here 10.0.0.2), " +
        'and what the next one will have is not known: no dockerd was seen',
    );
  });

  it('says so of another hosts file', () => {
    dockerd = { dns: undefined, doubt: 'no dockerd was seen' };
    runningAsks('10.0.0.2');
    writeFileSync(join(root, 'etc/hosts'), '10.1.1.1 ecs.example\n');
    expect(reader()(agent()).unknown?.message).toContain('another hosts file');
  });

  it('goes on where the running agent cannot be seen either', () => {
    dockerd = { dns: undefined, doubt: 'no dockerd was seen' };
    expect(reader()(agent({}, false))).toMatchObject({
      resolvConf: 'nameserver 10.0.0.2\n',
      unknown: undefined,
    });
  });

  it('so it is with the network of another container', () => {
    runningAsks('10.0.0.53');
    expect(reader()(agent({ networkMode: 'container:abc' })).unknown?.message).toContain('container:abc');
  });
});
