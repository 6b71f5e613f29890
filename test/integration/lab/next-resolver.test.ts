import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDockerdDns } from '../../../src/endpoints/dockerd-dns.ts';
import {
  type ContainerDns,
  isSameHosts,
  isSameResolver,
  nextResolver,
} from '../../../src/endpoints/next-resolver.ts';
import { agentImage, importEmptyImage, removeContainer } from '../../lab/hosts/agent-container.ts';
import { type DockerEngine, startDockerEngine } from '../../lab/hosts/docker-engine.ts';
import { hostFiles } from '../../lab/hosts/host-files.ts';

// What the real Engine writes into a container, compared with what we say that it would.

const files = hostFiles('', process.env);
const name = 'lab-resolver';
const plain = { nameservers: [], options: [], search: [], extraHosts: [], networkMode: 'host' } as const;
const hosts = '127.0.0.1 localhost\n10.0.0.9 of.the.host\n';
const resolvConf =
  'search host.example\nnameserver 127.0.0.53\nnameserver 10.0.0.2\noptions timeout:1 ndots:3\n';

const containers: [string, Partial<ContainerDns>][] = [
  ['nothing said', {}],
  ['--dns', { nameservers: ['10.9.9.9', '10.9.9.8'] }],
  ['--dns-opt', { options: ['rotate'] }],
  ['--dns-search', { search: ['c.example'] }],
  ['--dns-search .', { search: ['.'] }],
  ['all three', { nameservers: ['10.9.9.9'], options: ['rotate'], search: ['c.example'] }],
  ['--add-host', { extraHosts: ['x.example:10.1.2.3', 'six.example:fd00::6'] }],
  ['a network of its own', { networkMode: 'none' }],
  ['a network of its own, --dns', { networkMode: 'none', nameservers: ['10.9.9.9'] }],
];

describe.each([
  ['an Engine without dns settings', []],
  ['an Engine with dns settings', ['--dns', '10.0.0.53', '--dns-opt=rotate', '--dns-search', 's.example']],
])('%s', (_, flags) => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await startDockerEngine(flags);
    await importEmptyImage(engine.docker);
  });
  afterAll(() => engine.close());

  async function expectAsForetold(host: string, said: Partial<ContainerDns>) {
    writeFileSync(files.resolvConf, host);
    writeFileSync(files.hosts, hosts);
    const container = { ...plain, ...said };
    const created = await engine.docker.createContainer({
      name,
      Image: agentImage,
      Cmd: ['/usr/bin/true'],
      HostConfig: {
        Binds: ['/usr:/usr:ro', '/lib:/lib:ro', '/lib64:/lib64:ro'],
        NetworkMode: container.networkMode,
        Dns: [...container.nameservers],
        DnsOptions: [...container.options],
        DnsSearch: [...container.search],
        ExtraHosts: [...container.extraHosts],
      },
    });
    try {
      await created.start();
      const { ResolvConfPath, HostsPath } = await created.inspect();
      const seen = {
        resolvConf: readFileSync(ResolvConfPath, 'utf8'),
        hosts: readFileSync(HostsPath, 'utf8'),
      };
      const texts = { resolvConf: host, hosts, problem: undefined, upstream: undefined };
      const next = nextResolver(texts, parseDockerdDns(flags, undefined), container);
      if (!isSameResolver(seen.resolvConf, next?.resolvConf ?? ''))
        expect(next?.resolvConf).toBe(seen.resolvConf);
      if (!isSameHosts(seen.hosts, next?.hosts ?? '')) expect(next?.hosts).toBe(seen.hosts);
    } finally {
      await removeContainer(engine.docker, name);
    }
  }

  it.each(containers)('%s', async (__, said) => {
    await expectAsForetold(resolvConf, said);
  });

  it('a network of its own behind nameservers of the host’s loopback only', async () => {
    await expectAsForetold('nameserver 127.0.0.1\noptions timeout:1\n', { networkMode: 'none' });
  });
});
