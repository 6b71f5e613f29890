import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { NextAgent } from '../../../src/endpoints/next-agent.ts';
import { trustSource } from '../../../src/endpoints/trust-source.ts';
import { openStage, type Stage } from './stage.ts';

const unset = {};

let stage: Stage;
let root: string;

beforeEach(() => {
  stage = openStage();
  root = join(stage.directory, 'root');
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
});
afterEach(() => stage.close());

function write(path: string, text: string): void {
  writeFileSync(join(root, path), text);
}

const agent = (trust: NextAgent['trust'] = unset, seen = true): NextAgent => ({
  dns: { nameservers: [], options: [], search: [], extraHosts: [], networkMode: 'host' },
  trust,
  root: seen ? root : undefined,
});

const texts = (of: NextAgent) => [...trustSource({ agent: of }, ['/nonexistent']).texts([])];

it('is the operator’s word before all', () => {
  write('etc/ssl/certs/ca-certificates.crt', 'bundle');
  expect(trustSource({ caFile: '/my/ca.pem', agent: agent() })).toMatchObject({
    of: 'setting',
    words: '/my/ca.pem (ca-file)',
  });
});

it('is the first bundle of the agent’s and every file of its directories, each once', () => {
  write('etc/ssl/certs/ca-certificates.crt', 'bundle');
  write('etc/ssl/certs/one.pem', 'one');
  symlinkSync('one.pem', join(root, 'etc/ssl/certs/link.0'));
  symlinkSync('/etc/elsewhere', join(root, 'etc/ssl/certs/broken'));
  write('etc/ssl/cert.pem', 'a later one');
  expect(texts(agent())).toEqual(['bundle', 'one']);
  expect(trustSource({ agent: agent() }).words).toBe(
    "/etc/ssl/certs/ca-certificates.crt of the agent's container",
  );
});

it('is what SSL_CERT_FILE and SSL_CERT_DIR name, below the agent’s root', () => {
  write('etc/ssl/certs/ca-certificates.crt', 'bundle');
  mkdirSync(join(root, 'mine'));
  write('mine/a.pem', 'a');
  write('only.pem', 'only');
  symlinkSync('/only.pem', join(root, 'link.pem'));
  expect(texts(agent({ file: '/link.pem', directories: '/nothing:/mine' }))).toEqual(['only', 'a']);
  expect(texts(agent({ directories: '/mine' }))).toEqual(['bundle', 'a']);
  expect(texts(agent({ file: '/missing.pem', directories: '/mine' }))).toEqual(['a']);
});

it('is the host’s where the agent’s cannot be seen, and says so', () => {
  stage.writeHosts('a file');
  const source = trustSource({ agent: agent(unset, false) }, [stage.hostsPath]);
  expect(source).toMatchObject({ of: 'host' });
  expect(source.words).toContain("the agent's own cannot be seen");
  expect(trustSource({ agent: agent() }, [stage.hostsPath]).of).toBe('host');
});

it('has another version once a file has changed, and none for another container of the same image', () => {
  write('etc/ssl/certs/ca-certificates.crt', 'bundle');
  const before = trustSource({ agent: agent() }).version();
  expect(trustSource({ agent: agent() }).version()).toBe(before);
  write('etc/ssl/certs/ca-certificates.crt', 'another bundle');
  expect(trustSource({ agent: agent() }).version()).not.toBe(before);
});
