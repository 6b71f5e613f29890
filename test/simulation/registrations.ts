/**
 * The bucket of ECS for RegisterContainerInstance, and the retries of the agents that share it.
 *
 * Bucket: burst 200, 120 a second per account and region (Amazon ECS API Reference, "Request throttling"). A request
 * that finds it empty is refused and takes nothing out of it.
 *
 * Agent: the SDK makes a call of up to three requests, the pauses random up to 1 s and 2 s (aws-sdk-go-v2, standard
 * retryer); the agent makes the call again after 3 s, then twice as long each time up to 192 s, with up to a fifth on top,
 * for up to an hour (amazon-ecs-agent, ecs-agent/api/ecs/client/ecs_client.go: `rci…`). Then its process ends, and the
 * one that ecs-init starts begins anew.
 */
const bucketOfAccount = { burst: 200, perMs: 120 / 1_000 };
const call = { requests: 3, firstPauseMs: 1_000 };
const retry = { firstMs: 3_000, mostMs: 192_000, jitter: 0.2, forMs: 3_600_000, restartMs: 1_000 };

export interface Registrations {
  /** By host: when its registration was taken. */
  readonly registeredMs: Float64Array;
  /** Hosts of which a request was refused. */
  readonly throttledHosts: number;
  readonly refused: number;
  /** Requests, taken or refused, by whole second. */
  readonly perSecond: readonly number[];
}

/**
 * @param firstMs by host, when it makes its first request
 * @param random gives [0, 1)
 * @param part of the account's bucket that these hosts have to themselves
 */
export function registerAll(firstMs: Float64Array, random: () => number, part = 1): Registrations {
  const bucket = { burst: bucketOfAccount.burst * part, perMs: bucketOfAccount.perMs * part };
  const hosts = firstMs.length;
  const registeredMs = new Float64Array(hosts);
  const sent = new Uint8Array(hosts);
  const pauseMs = new Float64Array(hosts).fill(retry.firstMs);
  const untilMs = firstMs.map((ms) => ms + retry.forMs);
  const throttled = new Uint8Array(hosts);
  const queue = createQueue(firstMs);
  const perSecond: number[] = [];
  let tokens = bucket.burst;
  let filledMs = 0;
  let refused = 0;

  /** When the host asks again after a refusal. */
  function again(host: number, atMs: number): number {
    const tries = (sent[host] ?? 0) + 1;
    if (tries < call.requests) {
      sent[host] = tries;
      return atMs + random() * call.firstPauseMs * 2 ** (tries - 1);
    }
    sent[host] = 0;
    const pause = pauseMs[host] ?? 0;
    const nextMs = atMs + pause * (1 + random() * retry.jitter);
    pauseMs[host] = Math.min(pause * 2, retry.mostMs);
    const until = untilMs[host] ?? 0;
    if (nextMs < until) return nextMs;
    pauseMs[host] = retry.firstMs;
    untilMs[host] = until + retry.restartMs + retry.forMs;
    return until + retry.restartMs;
  }

  for (let left = hosts; left > 0; ) {
    const { host, atMs } = queue.first();
    const second = Math.floor(atMs / 1_000);
    while (perSecond.length <= second) perSecond.push(0);
    perSecond[second] = (perSecond[second] ?? 0) + 1;
    tokens = Math.min(bucket.burst, tokens + (atMs - filledMs) * bucket.perMs);
    filledMs = atMs;
    if (tokens >= 1) {
      tokens -= 1;
      registeredMs[host] = atMs;
      left -= 1;
      queue.removeFirst();
    } else {
      throttled[host] = 1;
      refused += 1;
      queue.moveFirst(again(host, atMs));
    }
  }
  return { registeredMs, throttledHosts: throttled.reduce((sum, one) => sum + one, 0), refused, perSecond };
}

/** A binary heap of the hosts that wait, by the time of their next request. */
function createQueue(firstMs: Float64Array) {
  const times = Float64Array.from(firstMs);
  const heap = Int32Array.from(firstMs, (_, host) => host).sort((a, b) => time(a) - time(b));
  let size = heap.length;

  function time(host: number): number {
    return times[host] ?? Number.POSITIVE_INFINITY;
  }

  function at(index: number): number {
    return heap[index] ?? 0;
  }

  function sink(): void {
    const host = at(0);
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && time(at(child + 1)) < time(at(child))) child += 1;
      if (time(at(child)) >= time(host)) break;
      heap[index] = at(child);
      index = child;
    }
    heap[index] = host;
  }

  return {
    first: () => ({ host: at(0), atMs: time(at(0)) }),
    removeFirst: () => {
      size -= 1;
      heap[0] = at(size);
      sink();
    },
    moveFirst: (toMs: number) => {
      times[at(0)] = toMs;
      sink();
    },
  };
}
