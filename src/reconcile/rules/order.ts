import { agentPrivate } from './agent-private.ts';
import { agentRegistered } from './agent-registered.ts';
import { coolDown } from './cool-down.ts';
import { endpointsReachable } from './endpoints-reachable.ts';
import { finishRestart } from './finish-restart.ts';
import { followTransition } from './follow-transition.ts';
import { freshFacts } from './fresh-facts.ts';
import { guards } from './guards.ts';
import { hold } from './hold.ts';
import { namesPrivate } from './names-private.ts';
import { newEvidence } from './new-evidence.ts';
import { obeyOperator } from './obey-operator.ts';
import { pathKnown } from './path-known.ts';
import { pathRounds } from './path-rounds.ts';
import { preflight } from './preflight.ts';
import { restart } from './restart.ts';
import { restartAllowed } from './restart-allowed.ts';
import { restartBudget } from './restart-budget.ts';
import type { Rule } from './rule.ts';
import { settleRounds } from './settle-rounds.ts';
import { splay } from './splay.ts';
import { tasksStarting } from './tasks-starting.ts';
import { toldHosts } from './told-hosts.ts';
import { verify } from './verify.ts';

/** The decision: the rules in the order in which they are asked, until one speaks. The last one always does. */
export const rules = {
  'finish-restart': finishRestart,
  verify,
  'obey-operator': obeyOperator,
  'follow-transition': followTransition,
  'agent-private': agentPrivate,
  hold,
  'names-private': namesPrivate,
  'fresh-facts': freshFacts,
  'endpoints-reachable': endpointsReachable,
  guards,
  'agent-registered': agentRegistered,
  'settle-rounds': settleRounds,
  'new-evidence': newEvidence,
  'path-known': pathKnown,
  'path-rounds': pathRounds,
  'told-hosts': toldHosts,
  'restart-allowed': restartAllowed,
  'restart-budget': restartBudget,
  'cool-down': coolDown,
  splay,
  'tasks-starting': tasksStarting,
  preflight,
  restart,
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleName = keyof typeof rules;
