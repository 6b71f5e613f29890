/** A container's `HostConfig.RestartPolicy`. */
export interface RestartPolicy {
  readonly Name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  readonly MaximumRetryCount: number;
}

/** What the Engine knows when a container's process has ended. */
export interface Ending {
  readonly exitCode: number;
  /** How often the policy has started this container again since somebody last did. */
  readonly restartCount: number;
  /** `docker stop` or `docker kill` (with whatever signal) came since the last start. */
  readonly manuallyStopped: boolean;
}

/**
 * Whether Docker starts the container again. A stop or a kill through the Engine calls the policy off until the
 * next start, whatever the policy (moby: `ExitOnNext`, `RestartManager.Cancel`).
 */
export function startsAgain(policy: RestartPolicy, ending: Ending): boolean {
  if (ending.manuallyStopped) {
    return false;
  }
  switch (policy.Name) {
    case 'always':
    case 'unless-stopped':
      return true;
    case 'on-failure':
      return (
        ending.exitCode !== 0 &&
        (policy.MaximumRetryCount === 0 || ending.restartCount < policy.MaximumRetryCount)
      );
    case 'no':
      return false;
  }
}

/** Docker waits 100 ms before the first restart, doubles up to 1 min, and begins anew after a run of 10 s. */
export function nextBackoffMs(previousMs: number, ranForMs: number): number {
  if (previousMs === 0 || ranForMs >= 10_000) {
    return 100;
  }
  return Math.min(previousMs * 2, 60_000);
}
