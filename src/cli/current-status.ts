import type { Problem } from '../kit/problem.ts';
import { readStatus, UnreadableStatusError } from '../report/status-reader.ts';
import type { Status } from '../report/status-schema.ts';

export interface StatusSource {
  readonly runDir: string;
  /** Whether a daemon runs on this host. */
  readonly daemonRuns: () => boolean;
}

/** The status of the daemon that runs, or why there is none. */
export function currentStatus({ runDir, daemonRuns }: StatusSource): Status | Problem {
  if (!daemonRuns()) {
    return {
      code: 'daemon-not-running',
      message: 'No daemon is running on this host.',
      advice:
        'Start it with `systemctl start ecs-privatelinkd`; `ecs-privatelinkd check` and `doctor` work without one.',
    };
  }
  try {
    return readStatus(runDir) ?? starting(runDir);
  } catch (error) {
    if (error instanceof UnreadableStatusError) return error.problem;
    throw error;
  }
}

/** What a daemon wrote before it ended, where that can be read. */
export function lastStatus(runDir: string): Status | undefined {
  try {
    return readStatus(runDir);
  } catch {
    return undefined;
  }
}

export function isStatus(found: Status | Problem): found is Status {
  return 'phase' in found;
}

function starting(runDir: string): Problem {
  return {
    code: 'daemon-starting',
    message: `The daemon is starting and has not written ${runDir}/status.json yet.`,
    advice: 'Ask again in a few seconds, or with --wait PHASE.',
  };
}
