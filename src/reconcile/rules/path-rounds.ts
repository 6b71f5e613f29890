import { settling } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** The agent must have been seen on the public path for `pathRounds` looks. */
export const pathRounds: Rule = ({ state, observation, limits }) => {
  const { path } = observation.agent.path;
  if (path !== 'public') return passed(`path ${path}`);
  const looks = state.process?.publicLooks ?? 0;
  const count = `look ${looks} of ${limits.pathRounds}`;
  if (looks >= limits.pathRounds) return passed(`${looks} looks, ${limits.pathRounds} needed`);
  return spoke(settling(state, 'path-settling', `The agent is on the public path (${count})`));
};

export const words = {
  rule: 'The agent must be seen on the public path for `path-rounds` looks, with none on the private one between them.',
  changes: 'Enough looks; a lasting connection to a private address of ecs-a settles it at once.',
  reasons: {
    'path-settling': { phases: ['settling'], meaning: 'the agent is on the public path; counting looks' },
    'agent-on-public-path': {
      phases: [],
      check: true,
      meaning: 'all is ready and the agent has not been restarted',
      changes: 'A restart.',
    },
  },
} as const satisfies RuleWords;
