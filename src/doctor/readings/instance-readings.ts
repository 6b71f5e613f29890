import { createPrivateAddressRule } from '../../endpoints/private-address.ts';
import { createImdsClient } from '../../instance/imds-client.ts';
import { imdsEndpoint } from '../../instance/imds-endpoint.ts';
import type { InstanceObservation } from '../../instance/instance-observation.ts';
import { createInstanceReader } from '../../instance/instance-reader.ts';
import type { Clock } from '../../kit/clock.ts';
import { LateError, once, within } from '../../kit/deadline.ts';
import type { Settings } from '../../settings/settings.ts';
import { imdsSlowAdvice } from '../checks/imds.ts';
import type { DoctorHost } from '../doctor-host.ts';
import { longest, readingMs } from './limits.ts';
import { askPlainly } from './plain-http.ts';

const imdsTries = 2;

/** What IMDS tells, and how addresses are judged by it. */
export function instanceReadings(
  settings: Settings,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
  signal: AbortSignal,
): Pick<DoctorHost, 'instance' | 'privateRule' | 'askImdsPlainly' | 'imdsEndpoint'> {
  const endpoint = imdsEndpoint(settings.imdsEndpoint, settings.imdsEndpointMode);
  const imds = {
    disabled: settings.imdsDisabled,
    endpoint: settings.imdsEndpoint,
    mode: settings.imdsEndpointMode,
    v1Fallback: settings.imdsV1Fallback,
    timeoutMs: Math.min(settings.imdsTimeoutMs, longest.imds),
    tries: imdsTries,
  };
  const instance = once(async () => {
    const reader = createInstanceReader({
      imds: createImdsClient(imds, { clock, random }),
      overrides: { region: settings.region, suffix: settings.suffix },
      clock,
      random,
    });
    return await within(`reading IMDS at ${endpoint}`, readingMs, signal, (own) =>
      reader.look({ lifecycle: true }, own),
    ).catch(slowImds);
  });
  return {
    instance,
    privateRule: once(async () =>
      createPrivateAddressRule({
        vpcCidrs: (await instance()).facts?.vpcCidrs ?? [],
        extraCidrs: settings.privateCidrs,
      }),
    ),
    askImdsPlainly: (path, own) => askPlainly(`${endpoint}/latest/${path}`, own),
    imdsEndpoint: endpoint,
  };
}

/** Too slow to be of use is one more thing that IMDS can be. */
function slowImds(thrown: unknown): InstanceObservation {
  if (!(thrown instanceof LateError)) throw thrown;
  return {
    facts: undefined,
    lifecycle: { targetState: undefined, spotAction: undefined },
    problem: { code: 'imds-slow', message: thrown.message, advice: imdsSlowAdvice },
  };
}
