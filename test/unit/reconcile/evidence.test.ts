import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/observe/observation.ts';
import { evidenceOf } from '../../../src/reconcile/evidence.ts';
import { untold } from '../endpoints/api-settings.ts';
import { judgedByHost, observe } from './observations.ts';

type Endpoint = NonNullable<Observation['endpoints']>['endpoints'][number];

/** One of the names otherwise. */
function withEndpoint(change: (endpoint: Endpoint) => Partial<Endpoint>): Observation {
  const seen = observe();
  const endpoints = (seen.endpoints?.endpoints ?? []).map((endpoint, index) =>
    index === 1 ? { ...endpoint, ...change(endpoint) } : endpoint,
  );
  return { ...seen, endpoints: { endpoints, ages: {}, judgedBy: judgedByHost } };
}

function withContainer(changed: Partial<NonNullable<Observation['agent']['container']>>): Observation {
  const seen = observe();
  const { container } = seen.agent;
  return { ...seen, agent: { ...seen.agent, container: container && { ...container, ...changed } } };
}

const address = (of: string) => ({ address: of, family: 4, private: true, rule: 'as told' }) as const;

describe('the evidence that a restart rests on', () => {
  const now = evidenceOf(observe());

  it.each<[string, Observation]>([
    ['another host', withEndpoint(() => ({ host: 'ecs-t.us-east-1.api.aws' }))],
    ['another class', withEndpoint(() => ({ class: 'mixed' }))],
    ['another answer', observe({ address: '10.0.1.99' })],
    [
      'one answer more',
      withEndpoint(({ addresses }) => ({ addresses: [...addresses, address('10.0.2.1')] })),
    ],
    ['another nameserver', withEndpoint(() => ({ nameserver: '10.9.9.9' }))],
    ['an answer of the hosts file', withEndpoint(() => ({ nameserver: undefined, source: 'hosts-file' }))],
    ['another resolver or trust', observe({ resolverUnknown: true })],
    ['another image', withContainer({ image: 'my/agent:1' })],
    ['another network of the container', withContainer({ networkMode: 'bridge' })],
    ['another version of the agent', observe({ agent: { version: '1.106.0' } })],
    ['another setting of the agent', observe({ agent: { settings: { api: { ...untold, useFips: true } } } })],
    ['no names', { ...observe(), endpoints: undefined }],
    ['no container', observe({ agent: { exists: false } })],
  ])('is another with %s', (_, observation) => {
    expect(evidenceOf(observation)).toMatch(/^[0-9a-f]{16}$/);
    expect(evidenceOf(observation)).not.toBe(now);
  });

  it.each<[string, Observation]>([
    ['at another time', withEndpoint(() => ({ ttl: 1, reachable: false }))],
    ['of another process', withContainer({ id: 'container-2', startedAt: 'second start', pid: 1 })],
    ['of an agent elsewhere', observe({ agent: { path: 'unknown', supervisor: 'none' } })],
  ])('stays the same %s', (_, observation) => {
    expect(evidenceOf(observation)).toBe(now);
  });

  it('does not depend on the order of the answers', () => {
    const two = [address('10.0.1.10'), address('10.0.1.9')];
    expect(evidenceOf(withEndpoint(() => ({ addresses: two })))).toBe(
      evidenceOf(withEndpoint(() => ({ addresses: two.toReversed() }))),
    );
  });

  it('tells from where an answer came that no nameserver gave', () => {
    const from = (source: Endpoint['source']) =>
      evidenceOf(withEndpoint(() => ({ nameserver: undefined, source })));
    expect(from('hosts-file')).not.toBe(from('dns'));
  });
});
