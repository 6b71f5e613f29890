import type { RestartSettings } from '../supervision/restart-verb.ts';

/** The limits that decisions keep to: settings, resolved for this host. Durations are in milliseconds. */
export interface Policy extends RestartSettings {
  /** Rounds in a row in which all names must be private before anything is touched. */
  readonly settleRounds: number;
  /** Looks in a row in which the agent must be seen on the public path before it is restarted. */
  readonly pathRounds: number;
  /** This host's own delay within the fleet's splay (see splay.ts). */
  readonly splayDelayMs: number;
  /** Longest wait for tasks that are still starting; 0 = none. */
  readonly taskWaitMs: number;
  /** How long the path must be unknown before start times are used instead. */
  readonly unknownPathAfterMs: number;
  /** How long a supervisor may take to re-create the agent before the fallback is used. */
  readonly recreateTimeoutMs: number;
  /** How long a new agent may take to register and show its path. */
  readonly verifyTimeoutMs: number;
  /** Pause after the first, second, … restart that did not lead to the private path; the last one repeats. */
  readonly coolDownsMs: readonly number[];
  /** Restarts allowed for one public → private transition. */
  readonly maxRestarts: number;
  readonly waitingIntervalMs: number;
  readonly settledIntervalMs: number;
  readonly dryRun: boolean;
}
