import { messageOf, type ProblemCode } from '../kit/problem.ts';
import type { AskPreflight } from '../preflight/ask-preflight.ts';
import { unanswered } from '../preflight/preflight-answer.ts';
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
    // A daemon that cannot ask, because its bundle for it is gone, say, restarts all the same.
    async ask(question, signal) {
      try {
        return await ask(question, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        return unanswered(messageOf(thrown));
      }
    },
    describe: describeCall,
    async perform(act, signal) {
      const problem = await restarter.act(act, signal);
      if (problem === undefined) return { performed: 'yes', problem };
      return { performed: neverSent.has(problem.code) ? 'no' : 'maybe', problem };
    },
  };
}
