import type { Limits } from '../../observe/host-observer.ts';

/** Longest time for one reading beside the observation, in milliseconds. */
export const readingMs = 3_000;
/** And for one question to the Engine. */
export const engineMs = 2_500;

/** Of the observation, in milliseconds. Shorter than the daemon's own time limits: somebody is waiting. */
export const limits: Limits = {
  imdsMs: 800,
  imdsTries: 2,
  instanceMs: 3_000,
  dnsMs: 1_000,
  dnsBudgetMs: 2_400,
  connectMs: 2_000,
  systemctlMs: 2_000,
};
