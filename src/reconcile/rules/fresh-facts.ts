import { isClose } from '../../observe/observation.ts';
import { lookAtAllAtOnce } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** Nothing is decided on what was asked for another purpose: port 443, the unit and the tasks are asked first. */
export const freshFacts: Rule = ({ state, observation }) =>
  isClose(observation) ? passed('everything was asked in this look') : spoke(lookAtAllAtOnce(state));

export const words = {
  rule: 'Before a restart everything is asked in one look, and nothing remembered is relied on.',
  changes: 'The next look, which is made at once.',
  reasons: {},
} as const satisfies RuleWords;
