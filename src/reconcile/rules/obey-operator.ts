import { isClose } from '../../observe/observation.ts';
import { startRestart } from '../start-restart.ts';
import { blocked, lookAtAllAtOnce } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** A restart by hand: the operator has decided, so only what would harm the agent is looked at. */
export const obeyOperator: Rule = (context) => {
  const { state, observation } = context;
  if (state.request === undefined) return passed('no request');
  if (state.request.ifNeeded) return passed('restart if needed, by hand');
  if (!isClose(observation)) return spoke(lookAtAllAtOnce(state));
  const problem = observation.storageProblem ?? observation.agent.engineProblem;
  if (problem) return spoke(blocked(state, problem));
  return spoke(startRestart(context, 'asked for by the operator'));
};

export const words = {
  rule: 'A restart by hand is made without regard to the endpoints and to counts.',
  changes: 'Nothing needs to.',
  reasons: {
    'another-request': {
      phases: [],
      meaning: 'a request for a restart came while another was being handled',
    },
  },
} as const satisfies RuleWords;
