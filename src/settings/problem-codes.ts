import type { CodesOf, ProblemArea } from '../kit/problem.ts';

/** What ends a command before it begins, or keeps it from a result. */
export const startProblems = [
  {
    about: 'settings (exit code 78)',
    codes: [
      'config-file',
      'config-line',
      'config-key-prefix',
      'config-key-unknown',
      'config-key-not-in-file',
      'config-value',
    ],
  },
  {
    about: 'the command line (exit code 64)',
    codes: [
      'usage-no-command',
      'usage-command',
      'usage-flag',
      'usage-value',
      'usage-value-missing',
      'usage-value-needless',
      'usage-word',
    ],
  },
  {
    about: 'a command that has no result (exit codes 1, 69, 75 and 77)',
    codes: [
      'daemon-not-running',
      'daemon-starting',
      'daemon-running',
      'status-unreadable',
      'phase-not-reached',
      'fleet-not-done',
      'output-file',
      'no-permission',
      'interrupted',
      'unexpected-error',
    ],
  },
  {
    about: '`fleet` and `plan`: why AWS did not answer (exit codes 69, 77 and 78)',
    codes: [
      'aws-denied',
      'aws-throttled',
      'aws-no-credentials',
      'aws-expired',
      'aws-no-region',
      'aws-unreachable',
      'aws-not-found',
      'aws-failed',
    ],
  },
] as const satisfies readonly ProblemArea[];

declare module '../kit/problem.ts' {
  interface ProblemCodes {
    readonly settings: CodesOf<typeof startProblems>;
  }
}
