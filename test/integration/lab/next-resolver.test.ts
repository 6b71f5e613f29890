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
  ['--dns-opt, many', { options: ['ndots:0', 'timeout:0', 'edns0', 'trust-ad', 'rotate'] }],
  ['--dns-search, with dots', { search: ['c.example.', 'd.example'] }],
  ['--dns-search, a dot among others', { search: ['c.example', '.'] }],
  ['--dns, four', { nameservers: ['10.9.9.1', '10.9.9.2', '10.9.9.3', '10.9.9.4'] }],
  ['--dns, IPv6 and a zone', { nameservers: ['fd00::53', 'fe80::53%lo', '10.9.9.1'] }],
  ['--add-host, one name twice', { extraHosts: ['X.Example:10.1.2.3', 'x.example:10.1.2.4'] }],
  ['a network of its own', { networkMode: 'none' }],
  ['a network of its own, --dns', { networkMode: 'none', nameservers: ['10.9.9.9'] }],
];

/** Of this host: what Docker copies, reads and writes anew. */
const hostTexts = [
  '',
  '\u{FEFF}nameserver 10.0.0.3\nnameserver 10.0.0.2\n',
  'nameserver\u{A0}10.0.0.3\nnameserver 10.0.0.2\n',
  'search s.example\r\nnameserver 10.0.0.2\r\noptions rotate\r\n',
  'nameserver dns.example\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n',
  'nameserver fe80::1%lo\nnameserver ::1%lo\nnameserver 10.0.0.2 # vpc\n',
  'options ndots:2\nnameserver 10.0.0.2\noptions rotate timeout:0\n',
  'search .\nnameserver 127.0.0.53\noptions edns0 trust-ad\n',
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

  /** `taken`: what of the host's text the Engine goes by. */
  async function expectAsForetold(host: string, said: Partial<ContainerDns>, taken = host) {
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
      const texts = { resolvConf: taken, hosts, problem: undefined, upstream: undefined };
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

  it.each(hostTexts)('%j', async (text) => {
    const { Version } = await engine.docker.version();
    // For Docker 26 U+00A0 is a blank, and it writes the line anew; for 20.10 and Go's resolver it is none. The daemon does not
    // tell the two apart.
    const taken = Number.parseInt(Version, 10) >= 25 ? text.replace('\u{A0}', ' ') : text;
    for (const said of [{}, { options: ['ndots:2'] }]) await expectAsForetold(text, said, taken);
  });

  it('a network of its own behind nameservers of the host’s loopback only', async () => {
    await expectAsForetold('nameserver 127.0.0.1\noptions timeout:1\n', { networkMode: 'none' });
  });
});
