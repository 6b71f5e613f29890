import type { CodesOf, ProblemArea } from '../kit/problem.ts';

/** What asking the instance metadata may come to. */
export const instanceProblems = [
  {
    about: 'instance metadata',
    codes: [
      'imds-unreachable',
      'imds-timeout',
      'imds-refused',
      'imds-throttled',
      'imds-bad-answer',
      'imds-bad-endpoint',
      'imds-disabled',
      'imds-no-region',
      'imds-slow',
    ],
  },
] as const satisfies readonly ProblemArea[];

declare module '../kit/problem.ts' {
  interface ProblemCodes {
    readonly instance: CodesOf<typeof instanceProblems>;
  }
}
