import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostKey, parseHostsFile } from '../../../src/endpoints/hosts-file.ts';
import { nameList, parseResolvConf } from '../../../src/endpoints/resolv-conf.ts';
import { watchResolverTexts } from '../../../src/endpoints/resolver-texts.ts';
import { watchFile } from '../../../src/endpoints/watched-file.ts';
import { openStage, type Stage } from './stage.ts';

describe('resolv.conf', () => {
  it('keeps the order and at most three nameservers', () => {
    const text =
      '# a\n; b\nsearch ec2.internal\nnameserver 10.0.0.2\r\n\tnameserver fe80::2%eth0 \nnameserver 10.0.0.3\nnameserver 10.0.0.4\n';
    expect(parseResolvConf(text).nameservers).toEqual(['10.0.0.2', 'fe80::2%eth0', '10.0.0.3']);
  });

  it('skips what is no address', () => {
    expect(parseResolvConf('nameserver\nnameserver dns.corp\nnameserver 10.0.0.2').nameservers).toEqual([
      '10.0.0.2',
    ]);
  });

  it.each([
    ['a byte order mark', '\u{FEFF}nameserver 10.0.0.53\nnameserver 10.0.0.2\n'],
    ['a no-break space', 'nameserver\u{A0}10.0.0.53\nnameserver 10.0.0.2\n'],
    ['another blank of Unicode', 'nameserver 10.0.0.53\u{2003}\n nameserver 10.0.0.2\n'],
  ])('skips a line with %s, as the agent does', (_, text) => {
    expect(parseResolvConf(text).nameservers).toEqual(['10.0.0.2']);
  });

  it('is the local host where none is named', () => {
    expect(parseResolvConf('')).toMatchObject({
      nameservers: ['127.0.0.1', '::1'],
      search: [],
      ndots: 1,
      timeoutMs: 5000,
      attempts: 2,
      rotate: false,
    });
  });

  it.each([
    ['options rotate timeout:1 ndots:5', { rotate: true, timeoutMs: 1000, ndots: 5 }],
    ['options attempts:0 timeout:0 ndots:99', { attempts: 1, timeoutMs: 1000, ndots: 15 }],
    ['options timeout:x attempts: ndots:y', { timeoutMs: 1000, attempts: 1, ndots: 0 }],
    ['options attempts:3\noptions use-vc trust-ad', { attempts: 3, useTcp: true, trustAd: true }],
    ['options single-request-reopen unknown:3', { singleRequest: true, attempts: 2 }],
    ['search a.example. b.example\nsearch c.example', { search: ['c.example'] }],
    ['search a.example\ndomain d.example e.example', { search: ['d.example'] }],
    ['search a.example\ndomain', { search: ['a.example'] }],
    ['search .', { search: ['ec2.internal'] }],
    ['', { search: ['ec2.internal'] }],
  ])('%j', (text, expected) => {
    expect(parseResolvConf(text, 'ip-10-0-0-1.ec2.internal')).toMatchObject(expected);
  });

  it.each([
    ['ecs.example', { ndots: 1 }, ['ecs.example', 'ecs.example.corp', 'ecs.example.lan']],
    ['ecs.example', { ndots: 2 }, ['ecs.example.corp', 'ecs.example.lan', 'ecs.example']],
    ['ecs.example.', { ndots: 5 }, ['ecs.example']],
    ['hidden.onion', { ndots: 1 }, ['hidden.onion.corp', 'hidden.onion.lan']],
    [`${'a'.repeat(250)}`, { ndots: 1 }, ['a'.repeat(250)]],
    ['', { ndots: 1 }, []],
  ])('%s is looked up with %j as %j', (host, { ndots }, expected) => {
    expect(nameList(host, { ndots, search: ['corp', 'lan'] })).toEqual(expected);
  });
});

describe('the hosts file', () => {
  it('gives the addresses of a name in order', () => {
    const hosts = parseHostsFile(
      '127.0.0.1 localhost\r\n10.0.1.10\tecs-a.us-east-1.AMAZONAWS.com. ecs-a # x\n#10.9.9.9 ecs-a\n10.0.1.10 ecs-a\nfe80::1%eth0 ecs-a\nbogus ecs-a\n10.0.1.11',
    );
    expect(hosts.get('ecs-a')).toEqual(['10.0.1.10', 'fe80::1%eth0']);
    expect(hosts.get(hostKey('ecs-a.us-east-1.amazonaws.com'))).toEqual(['10.0.1.10']);
    expect([...hosts.keys()]).toHaveLength(3);
  });

  it.each([
    ['a byte order mark before the address', '\u{FEFF}10.0.1.10 ecs-a\n10.0.1.11 ecs-t\n'],
    ['a no-break space for a blank', '10.0.1.10\u{A0}ecs-a\n10.0.1.11 ecs-t\n'],
  ])('skips a line with %s, as the agent does', (_, text) => {
    expect([...parseHostsFile(text)]).toEqual([['ecs-t', ['10.0.1.11']]]);
  });
});

describe('a watched file', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = openStage();
  });
  afterEach(async () => {
    chmodSync(stage.directory, 0o700);
    await stage.close();
  });

  it('is read when it appears, changes and goes, and only then', () => {
    let parsed = 0;
    const file = watchFile(stage.hostsPath, (text) => {
      parsed++;
      return { text };
    });
    expect(file.read().value.text).toBe('');
    stage.writeHosts('one');
    const first = file.read();
    expect(first).toMatchObject({ value: { text: 'one\n' }, problem: undefined });
    const parsedBefore = parsed;
    expect(file.read()).toBe(first);
    expect(parsed).toBe(parsedBefore);
    stage.writeHosts('second');
    expect(file.read().value.text).toBe('second\n');
    rmSync(stage.hostsPath);
    expect(file.read()).toMatchObject({ value: { text: '' }, problem: undefined });
  });

  it('is one of two that stay the same object while neither changes', () => {
    stage.writeHosts('10.0.1.10 ecs');
    stage.writeResolvConf('nameserver 10.0.0.2');
    const texts = watchResolverTexts(stage.resolvConfPath, stage.hostsPath);
    const first = texts();
    expect(first).toEqual({
      resolvConf: 'nameserver 10.0.0.2\n',
      hosts: '10.0.1.10 ecs\n',
      problem: undefined,
    });
    expect(texts()).toBe(first);
    stage.writeHosts('10.0.1.11 ecs-a');
    expect(texts()).toEqual({ ...first, hosts: '10.0.1.11 ecs-a\n' });
    rmSync(stage.resolvConfPath);
    mkdirSync(stage.resolvConfPath);
    expect(texts().problem).toMatchObject({ code: 'dns-file-unreadable' });
    rmSync(stage.resolvConfPath, { recursive: true });
    expect(texts()).toMatchObject({ resolvConf: '', problem: undefined });
  });

  it('says why it cannot be read, and recovers', () => {
    const path = join(stage.directory, 'directory');
    mkdirSync(path);
    const file = watchFile(path, (text) => text);
    expect(file.read().problem).toMatchObject({ code: 'dns-file-unreadable' });
    expect(file.read().problem?.message).toContain(path);
    rmSync(path, { recursive: true });
    expect(file.read()).toEqual({ value: '', problem: undefined });
  });
});
