import { createEndpointsReader } from '../../../src/endpoints/endpoints-reader.ts';
import { dnsPort, names, type Stage } from '../endpoints/stage.ts';

/** A first look at the endpoints by what the resolv.conf and the DNS servers of the stage tell; no port is waited for. */
export function lookAtEndpoints(stage: Stage, dnsTimeoutMs: number) {
  const reader = createEndpointsReader({
    resolver: stage,
    privateCidrs: [],
    caFile: undefined,
    dnsTimeoutMs,
    connectTimeoutMs: 1,
    monotonicMs: () => performance.now(),
    dnsPort,
  });
  return reader.look(
    { names, vpcCidrs: [], maxAgeMs: { answers: 0 }, oneQuestionLooks: 0 },
    new AbortController().signal,
  );
}
