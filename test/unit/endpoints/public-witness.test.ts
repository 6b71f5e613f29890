import { describe, expect, it } from 'vitest';
import type { EndpointAddress } from '../../../src/endpoints/endpoint-observation.ts';
import { publicWitness } from '../../../src/endpoints/public-witness.ts';
import { observe } from '../reconcile/observations.ts';

const host = 'ecs-a.us-east-1.amazonaws.com';

function witness(...addresses: EndpointAddress[]) {
  const [first] = observe({}).endpoints?.endpoints ?? [];
  return first && publicWitness([{ ...first, host, source: 'dns', addresses }]);
}

describe('publicWitness', () => {
  it('is a public address that counts', () => {
    const unrouted = { address: '2600::1', family: 6, private: false, rule: '', unrouted: true } as const;
    const routed = { address: '52.46.1.1', family: 4, private: false, rule: '' } as const;
    expect(witness(unrouted, routed)).toEqual({ host, type: 'A' });
    expect(witness(unrouted)).toBeUndefined();
  });
});
