/**
 * SIGTERM and SIGINT end the agent with 0, but not while it is blocked (dialling, discovering, registering): it
 * then comes to it when it is through, which may be after the supervisor's SIGKILL.
 */
export interface Termination {
  /** Runs something during which the agent does not react to SIGTERM. */
  blocked<T>(work: () => Promise<T>): Promise<T>;
}

export function handleTermination(exit: () => void): Termination {
  let blockers = 0;
  let asked = false;
  const exitIfFree = () => {
    if (asked && blockers === 0) exit();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      asked = true;
      exitIfFree();
    });
  }
  return {
    blocked: async (work) => {
      blockers += 1;
      try {
        return await work();
      } finally {
        blockers -= 1;
        exitIfFree();
      }
    },
  };
}
