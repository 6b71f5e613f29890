import type { CodesOf, ProblemArea } from '../kit/problem.ts';

/** What asking the Engine and systemd, and the restart itself, may come to. */
export const agentProblems = [
  {
    about: 'the Docker Engine',
    codes: [
      'engine-missing',
      'engine-refused',
      'engine-no-permission',
      'engine-timeout',
      'engine-bad-answer',
      'engine-error',
      'engine-at-rest',
    ],
  },
  { about: 'the restart itself', codes: ['agent-container-gone', 'agent-restart-failed'] },
  {
    about: 'what the agent’s log says last',
    codes: [
      'agent-refused',
      'agent-distrusts',
      'agent-deregistered',
      'agent-cannot-reach',
      'agent-start-failed',
    ],
  },
  { about: 'the agent’s introspection', codes: ['agent-introspection-foreign'] },
  { about: 'systemd', codes: ['systemctl-missing', 'systemctl-timeout', 'systemctl-failed'] },
] as const satisfies readonly ProblemArea[];

declare module '../kit/problem.ts' {
  interface ProblemCodes {
    readonly agent: CodesOf<typeof agentProblems>;
  }
}
