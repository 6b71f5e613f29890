/** One way in which a command can end. */
export interface ExitCodeRow {
  readonly code: number;
  readonly meaning: string;
  /** What a supervisor (systemd, SSM Run Command, a health check) should do. */
  readonly supervisor: string;
}

/** The contract with supervisors. Codes from 64 up are those of sysexits.h; none is ever reused. */
export const exitCodes = {
  done: {
    code: 0,
    meaning: 'Done; for check: the agent is on PrivateLink.',
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
    meaning: 'The command line is wrong.',
    supervisor: 'Do not start it again before the command line is mended.',
  },
  unavailable: {
    code: 69,
    meaning: 'The Docker Engine or IMDS cannot be reached.',
    supervisor: 'Start it again after a pause: this often passes.',
  },
  deadlinePassed: {
    code: 75,
    meaning: 'A deadline passed before the state that was waited for.',
    supervisor: 'Try again, or allow more time.',
  },
  noPermission: {
    code: 77,
    meaning: 'A permission is missing.',
    supervisor: 'Do not start it again before it may run as root.',
  },
  config: {
    code: 78,
    meaning: 'A setting is wrong.',
    supervisor: 'Do not start it again before the configuration is mended.',
  },
} as const satisfies Record<string, ExitCodeRow>;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]['code'];

/** The table as Markdown. */
export function exitCodesMarkdown(): string {
  const rows = Object.values(exitCodes).map((row) => `| ${row.code} | ${row.meaning} | ${row.supervisor} |`);
  return ['| code | meaning | what a supervisor should do |', '|---|---|---|', ...rows, ''].join('\n');
}
