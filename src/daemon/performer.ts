import type { ProblemCode } from '../kit/problem.ts';
import type { AskPreflight } from '../preflight/ask-preflight.ts';
import { type AgentRestarter, describeCall } from '../supervision/agent-restarter.ts';
import type { Performer } from './loop.ts';

/** Problems that mean that the Engine was not even asked. Any other may have left the call to take effect later. */
const neverSent = new Set<ProblemCode>([
  'engine-missing',
  'engine-refused',
  'engine-no-permission',
  'engine-at-rest',
]);

export function createPerformer(restarter: AgentRestarter, ask: AskPreflight): Performer {
  return {
    ask,
    describe: describeCall,
    async perform(act, signal) {
      const problem = await restarter.act(act, signal);
      if (problem === undefined) return { performed: 'yes', problem };
      return { performed: neverSent.has(problem.code) ? 'no' : 'maybe', problem };
    },
  };
}
