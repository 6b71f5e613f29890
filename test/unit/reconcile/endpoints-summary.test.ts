import { describe, expect, it } from 'vitest';
import { summarizeEndpoints } from '../../../src/reconcile/endpoints-summary.ts';
import { allPublic, observe } from './observations.ts';

/** The advice while no name is private and this nameserver answers. */
function adviceWhenAsking(nameserver: string, vpcCidrs = ['10.0.0.0/16']): string {
  const observation = observe({ classes: allPublic, vpcCidrs });
  const endpoints = (observation.endpoints?.endpoints ?? []).map((one) => ({ ...one, nameserver }));
  return summarizeEndpoints({ ...observation, endpoints: { endpoints } }).reason?.advice ?? '';
}

describe('the advice while names are public', () => {
  it.each(['10.0.0.2', '169.254.169.253'])(
    'is to create the endpoints where %s, the VPC resolver, answers',
    (server) => {
      expect(adviceWhenAsking(server)).toMatch(/^Create the interface endpoints/);
    },
  );

  it('names the nameserver and the forwarding where a custom one answers', () => {
    const advice = adviceWhenAsking('10.0.0.53');
    expect(advice).toMatch(/^This host asks 10\.0\.0\.53, which is not the VPC resolver\./);
    expect(advice).toContain('dig +short ecs-agent.us-east-1.amazonaws.com @169.254.169.253');
    expect(advice).toContain('forward us-east-1.amazonaws.com to the VPC resolver');
    expect(advice).toContain('Otherwise: Create the interface endpoints');
  });

  it('goes by the base of the first IPv4 block', () => {
    expect(adviceWhenAsking('172.31.4.2', ['2600:1f16::/56', '172.31.4.0/24', '10.9.0.0/16'])).toMatch(
      /^Create/,
    );
    expect(adviceWhenAsking('10.9.0.2', ['172.31.4.0/24', '10.9.0.0/16'])).toMatch(
      /^This host asks 10\.9\.0\.2/,
    );
  });
});
