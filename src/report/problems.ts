import { agentProblems } from '../agent/problem-codes.ts';
import { endpointProblems } from '../endpoints/problem-codes.ts';
import { instanceProblems } from '../instance/problem-codes.ts';
import type { CodesOf, ProblemArea, ProblemCode, ProblemCodes } from '../kit/problem.ts';
import { startProblems } from '../settings/problem-codes.ts';

/** What telling, and the daemon's own work, may come to. */
const reportProblems = [
  { about: 'systemd', codes: ['systemd-notify-failed'] },
  {
    about: "the daemon's own files and metrics",
    codes: [
      'state-unreadable',
      'state-unwritable',
      'status-unwritable',
      'metrics-textfile-unwritable',
      'metrics-listen-failed',
    ],
  },
  {
    about: 'the record for the fleet',
    codes: ['ssm-inventory-unwritable', 'ssm-inventory-full', 'ssm-inventory-untrusted'],
  },
] as const satisfies readonly ProblemArea[];

declare module '../kit/problem.ts' {
  interface ProblemCodes {
    readonly report: CodesOf<typeof reportProblems>;
  }
}

/** Who gives codes that docs/events.md lists; those of `doctor` alone are in docs/troubleshooting.md. */
type Giver = Exclude<keyof ProblemCodes, 'kit' | 'doctor'>;

/** By who gives them. */
export const problemAreas = {
  instance: instanceProblems,
  endpoints: endpointProblems,
  agent: agentProblems,
  report: reportProblems,
  settings: startProblems,
} as const satisfies {
  readonly [Name in Giver]: readonly { readonly codes: readonly ProblemCodes[Name][] }[];
};

const { settings: _, ...runTime } = problemAreas;

/** Every problem that a running daemon may tell of. */
export const runTimeProblems: readonly ProblemCode[] = codesOf(Object.values(runTime).flat());

/** Every problem that has its place in docs/events.md. */
export const allProblems: readonly ProblemCode[] = codesOf(Object.values(problemAreas).flat());

function codesOf(all: readonly { readonly codes: readonly ProblemCode[] }[]): ProblemCode[] {
  return all.flatMap(({ codes }) => codes);
}
