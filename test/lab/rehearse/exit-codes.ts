/** How a rehearsal ends. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 64,
  impossible: 69,
  interrupted: 130,
  terminated: 143,
} as const;
