import type { Instant } from '../kit/clock.ts';
import { keysOf } from '../kit/keys-of.ts';
import type { Observation } from '../observe/observation.ts';
import type { Context } from './context.ts';
import { count } from './counts.ts';
import type { Decision, DecisionEvent, Found } from './decision.ts';
import { summarizeEndpoints } from './endpoints-summary.ts';
import { ownJournal } from './journal.ts';
import type { Policy } from './policy.ts';
import { rules } from './rules/order.ts';
import type { State } from './state.ts';
import { conclude } from './step.ts';

/**
 * What to do after one look. Pure: the same arguments give the same decision.
 *
 * The rules of rules/order.ts are asked one after the other until one speaks.
 */
export function decide(before: State, observation: Observation, now: Instant, limits: Policy): Decision {
  const { bootId, instance } = observation;
  const journal = ownJournal(before.journal, instance.facts?.instanceId, bootId, now.monoMs);
  const summary = summarizeEndpoints(observation);
  const own: Context = { state: { ...before, journal }, observation, summary, now, limits };
  let context: Context = { ...own, state: count(own) };
  const events: DecisionEvent[] = [];
  const trace: Found[] = [];
  for (const rule of keysOf(rules)) {
    const finding = rules[rule](context);
    if (finding.result === 'spoke') {
      const { step } = finding;
      const concluded = conclude(before, step, now, limits);
      return {
        state: concluded.state,
        act: step.act,
        dryRun: step.dryRun ?? false,
        ask: step.ask,
        look: concluded.look,
        events: [...events, ...(step.events ?? []), ...concluded.events],
        trace: [...trace, { rule, result: 'spoke', found: step.reason.message }],
      };
    }
    trace.push({ rule, result: finding.result, found: finding.found });
    if (finding.result === 'went-on') {
      events.push(...finding.events);
      context = { ...context, state: finding.state };
    }
  }
  throw new Error('the last rule of the decision has to speak');
}
