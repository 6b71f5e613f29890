/** How a rehearsal ends. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 64,
  impossible: 69,
} as const;

/** The signals that interrupt it, with the exit code that a shell gives them. It cleans up first. */
export const interruptions = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
