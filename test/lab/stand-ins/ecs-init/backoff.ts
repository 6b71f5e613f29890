const firstMs = 500;
const limitMs = 15_000;
const jitter = 0.1;

/** Waits between two agents: 0.5 s × 2 up to 15 s, each ±10 %; never reset while ecs-init lives. `random` is 0 … 1. */
export function restartBackoff(random: () => number): () => number {
  let next = firstMs;
  return () => {
    const wait = next * (1 + jitter * (2 * random() - 1));
    next = Math.min(next * 2, limitMs);
    return wait;
  };
}
