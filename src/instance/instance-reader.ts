import { createMemory, type MaxAges, type Memory } from '../kit/age.ts';
import { budgets } from '../kit/budgets.ts';
import type { Clock } from '../kit/clock.ts';
import { LateError, within } from '../kit/deadline.ts';
import type { Problem } from '../kit/problem.ts';
import { backOffMs } from './back-off.ts';
import type { ImdsClient } from './imds-client.ts';
import { ImdsError } from './imds-error.ts';
import { imdsItems, readItem } from './imds-items.ts';
import { imdsDisabled, imdsSlow } from './imds-problems.ts';
import {
  type InstanceOverrides,
  instanceFacts,
  learnStaticItems,
  type StaticItem,
} from './instance-facts.ts';
import type { InstanceLifecycle, InstanceObservation, InstanceSource } from './instance-observation.ts';
import { readVpcNetwork, type VpcNetwork } from './vpc-network.ts';

export interface InstanceReaderOptions {
  readonly imds: ImdsClient;
  readonly overrides: InstanceOverrides;
  readonly clock: Clock;
  /** Gives [0, 1). */
  readonly random: () => number;
  /** For all of IMDS in one look, in milliseconds; what was learned until then is kept. */
  readonly budgetMs?: number;
}

/** Looks at the instance. Not to be called again before the last look ended. */
export interface InstanceReader {
  /**
   * What is known of the instance, asking IMDS only for what is not known or too old. A failure of IMDS is the
   * observation's `problem`; rejects only with the signal's reason.
   */
  look(request: InstanceLook, signal: AbortSignal): Promise<InstanceObservation>;
}

export interface InstanceLook {
  readonly maxAgeMs: MaxAges<InstanceSource>;
}

/** A reader that remembers: static items are asked once, and IMDS is not queried for a while after a failure. */
export function createInstanceReader(options: InstanceReaderOptions): InstanceReader {
  const { imds, overrides, clock, random, budgetMs = budgets.imdsMs } = options;
  const circuit = createImdsCircuit(random);
  const known = new Map<StaticItem, string | undefined>();
  let allStaticKnown = false;
  const monotonicMs = () => clock.now().monoMs;
  const network = createMemory<VpcNetwork>(monotonicMs);
  const lifecycleRead = createMemory<true>(monotonicMs);
  let lifecycle: InstanceLifecycle = { targetState: undefined, spotAction: undefined };

  async function readLifecycle(signal: AbortSignal): Promise<Problem | undefined> {
    const target = await readItem(imds, imdsItems.targetLifecycleState, signal);
    const spot = await readItem(imds, imdsItems.spotAction, signal);
    lifecycle = {
      targetState: target.ok ? target.value : lifecycle.targetState,
      spotAction: spot.ok ? spot.value : lifecycle.spotAction,
    };
    if (!target.ok) return target.problem;
    if (!spot.ok) return spot.problem;
    lifecycleRead.keep(true);
    return undefined;
  }

  /** Asks for all that is due. A wrong text does not keep the rest from being read, a failing IMDS does. */
  async function askImds(due: Readonly<Record<InstanceSource, boolean>>, signal: AbortSignal): Promise<void> {
    try {
      const wrongItem = allStaticKnown
        ? undefined
        : await learnStaticItems(imds, known, overrides.region === undefined, signal);
      allStaticKnown = wrongItem === undefined;
      const wrongLifecycle = due.lifecycle ? await readLifecycle(signal) : undefined;
      if (due.network) network.keep(await readVpcNetwork(imds, known.get('mac'), signal));
      const wrong = wrongItem ?? wrongLifecycle;
      if (wrong === undefined) circuit.succeeded();
      else circuit.failed(wrong, undefined, monotonicMs());
    } catch (error) {
      if (!(error instanceof ImdsError)) throw error;
      circuit.failed(error.problem, error.retryAfterMs, monotonicMs());
    }
  }

  async function look({ maxAgeMs }: InstanceLook, signal: AbortSignal): Promise<InstanceObservation> {
    signal.throwIfAborted();
    const lookMs = monotonicMs();
    const asking = imds.enabled && circuit.mayAsk(lookMs);
    const isDue = (maxMs: number | undefined, { recall }: Memory<unknown>) =>
      asking && maxMs !== undefined && recall(maxMs) === undefined;
    const due = {
      network: isDue(maxAgeMs.network, network),
      lifecycle: isDue(maxAgeMs.lifecycle, lifecycleRead),
    };
    if (asking) {
      await within('reading IMDS', budgetMs, signal, (own) => askImds(due, own)).catch((thrown: unknown) => {
        if (!(thrown instanceof LateError)) throw thrown;
        // Too slow to be of use is one more thing that IMDS can be.
        circuit.failed(imdsSlow(imds.endpoint, budgetMs), undefined, monotonicMs());
      });
    }
    const facts = instanceFacts(known, network.recall(Number.POSITIVE_INFINITY), overrides);
    const problem = facts === undefined && !imds.enabled ? imdsDisabled() : circuit.problem();
    const ages = { network: network.ageAt(lookMs), lifecycle: lifecycleRead.ageAt(lookMs) };
    return { facts, lifecycle, problem, ages };
  }

  return { look };
}

const betweenLooks = { firstMs: 1_000, longestMs: 60_000 };
/** However long `Retry-After` is, an IMDS that is well again is noticed within this time. */
const longestRetryAfterMs = 300_000;

/** Remembers that IMDS failed, and when to ask next: its pause doubles from 1 s to 60 s, on the monotonic clock. */
function createImdsCircuit(random: () => number) {
  let problem: Problem | undefined;
  let failures = 0;
  let notBeforeMonoMs = 0;
  return {
    /** What failed last; undefined since the last success. */
    problem: () => problem,
    mayAsk: (monoMs: number) => failures === 0 || monoMs >= notBeforeMonoMs,
    succeeded: () => {
      problem = undefined;
      failures = 0;
    },
    /** `retryAfterMs`: how long IMDS asked not to be queried, where it did. */
    failed: (newProblem: Problem, retryAfterMs: number | undefined, monoMs: number) => {
      problem = newProblem;
      failures += 1;
      const pauseMs = backOffMs(failures, betweenLooks, random);
      notBeforeMonoMs = monoMs + Math.max(pauseMs, Math.min(retryAfterMs ?? 0, longestRetryAfterMs));
    },
  };
}
