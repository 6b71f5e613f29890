import { describe, expect, it } from 'vitest';
import { agentProxy } from '../../../src/agent/agent-proxy.ts';

const host = 'ecs-a.us-east-1.amazonaws.com';

function proxyOf(environment: Record<string, string>, hosts = [host]): string | undefined {
  return agentProxy(new Map(Object.entries(environment)), hosts);
}

describe('agentProxy', () => {
  it('is none without settings, and none for empty ones', () => {
    expect(proxyOf({})).toBeUndefined();
    expect(proxyOf({ HTTP_PROXY: '', HTTPS_PROXY: '' })).toBeUndefined();
  });

  it('prefers HTTPS_PROXY and falls back to HTTP_PROXY, upper case first', () => {
    expect(proxyOf({ HTTP_PROXY: 'http://a:1', HTTPS_PROXY: 'http://b:2' })).toBe('http://b:2');
    expect(proxyOf({ HTTP_PROXY: 'a:1' })).toBe('a:1');
    expect(proxyOf({ http_proxy: 'a:1', HTTP_PROXY: '' })).toBe('a:1');
    expect(proxyOf({ https_proxy: 'b:2', HTTPS_PROXY: 'c:3' })).toBe('c:3');
  });

  it('never shows credentials', () => {
    expect(proxyOf({ HTTPS_PROXY: 'http://me:p@ss@proxy:3128' })).toBe('http://proxy:3128');
    expect(proxyOf({ HTTPS_PROXY: 'me:secret@proxy:3128' })).toBe('proxy:3128');
  });

  it.each([
    ['amazonaws.com', false],
    ['.amazonaws.com', false],
    ['*.amazonaws.com', false],
    ['169.254.169.254, .AMAZONAWS.COM ', false],
    ['ecs-a.us-east-1.amazonaws.com', false],
    ['ecs-a.us-east-1.amazonaws.com:443', false],
    ['ecs-a.us-east-1.amazonaws.com:80', true],
    ['.ecs-a.us-east-1.amazonaws.com', true],
    ['aws.com', true],
    ['zonaws.com', true],
    ['*', false],
    ['10.0.0.0/8', true],
    ['169.254.169.254,169.254.170.2,/var/run/docker.sock', true],
    ['', true],
    [',,:443,', true],
  ])('NO_PROXY=%s → proxied: %s', (noProxy, proxied) => {
    expect(proxyOf({ HTTPS_PROXY: 'p:1', NO_PROXY: noProxy })).toBe(proxied ? 'p:1' : undefined);
  });

  it.each([
    ['10.1.2.3', '10.0.0.0/8', false],
    ['11.1.2.3', '10.0.0.0/8', true],
    ['10.1.2.3', '10.1.2.3', false],
    ['10.1.2.3', '10.1.2.3:443', false],
    ['10.1.2.3', '10.1.2.3:80', true],
    ['10.1.2.3', '10.0.0.0/99', true],
    ['fd00::1', 'fd00::/8', false],
    ['fd00::1', '[fd00::1]:443', false],
    ['fd00::1', 'fd00:0::1', false],
    ['fd00::2', 'fd00::1', true],
    ['localhost', '', false],
    ['127.0.0.1', '', false],
    ['::1', '', false],
  ])('%s with NO_PROXY=%s → proxied: %s', (address, noProxy, proxied) => {
    expect(proxyOf({ HTTPS_PROXY: 'p:1', NO_PROXY: noProxy }, [address])).toBe(proxied ? 'p:1' : undefined);
  });

  it('applies when one of the hosts is not excluded', () => {
    const hosts = [host, 'ecs.us-east-1.amazonaws.com'];
    expect(proxyOf({ HTTPS_PROXY: 'p:1', NO_PROXY: host }, hosts)).toBe('p:1');
  });

  it('does not heed no_proxy: the agent’s own NO_PROXY wins over it', () => {
    expect(proxyOf({ HTTPS_PROXY: 'p:1', no_proxy: 'amazonaws.com' })).toBe('p:1');
  });
});
