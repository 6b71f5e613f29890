/** What came of a restart; `pending` until verified. */
export const restartOutcomes = [
  'pending',
  'private',
  'public',
  'unproven',
  'not-registered',
  'failed',
  'withdrawn',
  'disconnected',
  'taken-over',
] as const;

export type RestartOutcome = (typeof restartOutcomes)[number];
