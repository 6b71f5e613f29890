import type { PollEndpoints } from './ecs-api.ts';

/**
 * Keeps what DiscoverPollEndpoint answered until it is `ttlMs` old, and beyond that as long as asking again fails:
 * the behaviour that makes a running agent stay on the public path. Both sessions share one call.
 */
export function cachedDiscovery(
  discover: () => Promise<PollEndpoints>,
  ttlMs: number,
  now: () => number,
): () => Promise<PollEndpoints> {
  let cached: { readonly endpoints: PollEndpoints; readonly at: number } | undefined;
  let underWay: Promise<PollEndpoints> | undefined;

  async function ask(): Promise<PollEndpoints> {
    try {
      const endpoints = await discover();
      cached = { endpoints, at: now() };
      return endpoints;
    } catch (error) {
      if (cached !== undefined) return cached.endpoints;
      throw error;
    } finally {
      underWay = undefined;
    }
  }

  return async () => {
    if (cached !== undefined && now() - cached.at < ttlMs) return cached.endpoints;
    underWay ??= ask();
    return await underWay;
  };
}
