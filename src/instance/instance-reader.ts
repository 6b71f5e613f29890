import type { Clock } from '../kit/clock.ts';
import type { Problem } from '../kit/problem.ts';
import { createImdsCircuit } from './imds-circuit.ts';
import type { ImdsClient } from './imds-client.ts';
import { ImdsError } from './imds-error.ts';
import { readItem, spotActionItem, targetLifecycleStateItem } from './imds-items.ts';
import { imdsDisabled } from './imds-problems.ts';
import { type InstanceOverrides, instanceFacts, type StaticItem } from './instance-facts.ts';
import type { InstanceLifecycle, InstanceObservation } from './instance-observation.ts';
import { learnStaticItems } from './static-items.ts';
import { readVpcNetwork, type VpcNetwork } from './vpc-network.ts';

export interface InstanceReaderOptions {
  readonly imds: ImdsClient;
  readonly overrides: InstanceOverrides;
  readonly clock: Clock;
  /** Gives [0, 1). */
  readonly random: () => number;
}

/** Looks at the instance. Not to be called again before the last look ended. */
export interface InstanceReader {
  /**
   * What is known of the instance, asking IMDS only for what is due. Without `lifecycle` the last known
   * lifecycle is given. A failure of IMDS is the observation's `problem`; rejects only with the signal's
   * reason.
   */
  look(request: { readonly lifecycle: boolean }, signal: AbortSignal): Promise<InstanceObservation>;
}

/** CIDR blocks can be associated with a VPC, and network interfaces attached, at any time. */
const networkRereadMs = 10 * 60_000;
/** AWS recommends to look for a spot notice every 5 s. */
const lifecycleRereadMs = 5_000;

/** A reader that remembers: static items are asked once, and IMDS is left alone for a while after a failure. */
export function createInstanceReader(options: InstanceReaderOptions): InstanceReader {
  const { imds, overrides, clock, random } = options;
  const circuit = createImdsCircuit(random);
  const known = new Map<StaticItem, string | undefined>();
  let allStaticKnown = false;
  let network: VpcNetwork | undefined;
  let networkReadMonoMs: number | undefined;
  let lifecycle: InstanceLifecycle = { targetState: undefined, spotAction: undefined };
  let lifecycleReadMonoMs: number | undefined;

  async function readLifecycle(signal: AbortSignal): Promise<Problem | undefined> {
    const monoMs = clock.now().monoMs;
    if (!isDue(lifecycleReadMonoMs, lifecycleRereadMs, monoMs)) return undefined;
    const target = await readItem(imds, targetLifecycleStateItem, signal);
    const spot = await readItem(imds, spotActionItem, signal);
    lifecycle = {
      targetState: target.ok ? target.value : lifecycle.targetState,
      spotAction: spot.ok ? spot.value : lifecycle.spotAction,
    };
    if (!target.ok) return target.problem;
    if (!spot.ok) return spot.problem;
    lifecycleReadMonoMs = monoMs;
    return undefined;
  }

  async function readNetwork(signal: AbortSignal): Promise<void> {
    const monoMs = clock.now().monoMs;
    if (!isDue(networkReadMonoMs, networkRereadMs, monoMs)) return;
    network = await readVpcNetwork(imds, known.get('mac'), signal);
    networkReadMonoMs = monoMs;
  }

  /** Asks for all that is due. A wrong text does not keep the rest from being read, a failing IMDS does. */
  async function askImds(withLifecycle: boolean, signal: AbortSignal): Promise<void> {
    try {
      const wrongItem = allStaticKnown
        ? undefined
        : await learnStaticItems(imds, known, overrides.region === undefined, signal);
      allStaticKnown = wrongItem === undefined;
      const wrongLifecycle = withLifecycle ? await readLifecycle(signal) : undefined;
      await readNetwork(signal);
      const wrong = wrongItem ?? wrongLifecycle;
      if (wrong === undefined) circuit.succeeded();
      else circuit.failed(wrong, undefined, clock.now().monoMs);
    } catch (error) {
      if (!(error instanceof ImdsError)) throw error;
      circuit.failed(error.problem, error.retryAfterMs, clock.now().monoMs);
    }
  }

  async function look(
    request: { readonly lifecycle: boolean },
    signal: AbortSignal,
  ): Promise<InstanceObservation> {
    signal.throwIfAborted();
    if (imds.enabled && circuit.mayAsk(clock.now().monoMs)) await askImds(request.lifecycle, signal);
    const facts = instanceFacts(known, network, overrides);
    const problem = facts === undefined && !imds.enabled ? imdsDisabled() : circuit.problem;
    return { facts, lifecycle, problem };
  }

  return { look };
}

function isDue(lastMonoMs: number | undefined, everyMs: number, monoMs: number): boolean {
  return lastMonoMs === undefined || monoMs - lastMonoMs >= everyMs;
}
