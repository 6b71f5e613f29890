/** One way in which a command can end. */
export interface ExitCodeRow {
  readonly code: number;
  readonly meaning: string;
  /** What a supervisor (systemd, SSM Run Command, a health check) should do. */
  readonly supervisor: string;
  /** Restarting would end the same way; the unit's RestartPreventExitStatus= names it. */
  readonly terminal?: true;
}

/** The contract with supervisors. Codes from 64 up are those of sysexits.h; none is ever reused. */
export const exitCodes = {
  done: {
    code: 0,
    meaning: 'Done; for check: the agent is on PrivateLink; for fleet: all of them are.',
    supervisor: 'Nothing to do.',
  },
  notDone: {
    code: 1,
    meaning:
      'Not done: the agent is not (yet) on PrivateLink, a check failed, or the command was interrupted.',
    supervisor: 'Read the reason that was printed, and ask again later.',
  },
  usage: {
    code: 64,
    meaning: 'Usage error.',
    supervisor: 'Do not restart until the command line is fixed.',
    terminal: true,
  },
  unavailable: {
    code: 69,
    meaning: 'The Docker Engine, IMDS, the daemon or AWS cannot be reached.',
    supervisor: 'Restart after a pause: this is often temporary.',
  },
  deadlinePassed: {
    code: 75,
    meaning: 'Timed out waiting for the requested state, or another ecs-privatelinkd acts on this host.',
    supervisor: 'Try again later, or raise the timeout.',
  },
  noPermission: {
    code: 77,
    meaning: 'Permission denied.',
    supervisor: 'Do not restart until it runs as root; for fleet: until the permission is there.',
    terminal: true,
  },
  config: {
    code: 78,
    meaning: 'Invalid configuration.',
    supervisor: 'Do not restart until the configuration is fixed.',
    terminal: true,
  },
} as const satisfies Record<string, ExitCodeRow>;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]['code'];
