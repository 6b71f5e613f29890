import type { CodesOf, ProblemArea } from '../kit/problem.ts';

/** What ends a command before it begins: exit code 64 or 78. */
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
] as const satisfies readonly ProblemArea[];

declare module '../kit/problem.ts' {
  interface ProblemCodes {
    readonly settings: CodesOf<typeof startProblems>;
  }
}
