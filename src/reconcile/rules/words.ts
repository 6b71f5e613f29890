import { words as agentPrivate } from './agent-private.ts';
import { words as agentRegistered } from './agent-registered.ts';
import { words as coolDown } from './cool-down.ts';
import { words as endpointsReachable } from './endpoints-reachable.ts';
import { words as finishRestart } from './finish-restart.ts';
import { words as followTransition } from './follow-transition.ts';
import { words as freshFacts } from './fresh-facts.ts';
import { words as guards } from './guards.ts';
import { words as hold } from './hold.ts';
import { words as namesPrivate } from './names-private.ts';
import { words as newEvidence } from './new-evidence.ts';
import { words as obeyOperator } from './obey-operator.ts';
import type { RuleName } from './order.ts';
import { words as pathKnown } from './path-known.ts';
import { words as pathRounds } from './path-rounds.ts';
import { words as preflight } from './preflight.ts';
import { words as restart } from './restart.ts';
import { words as restartAllowed } from './restart-allowed.ts';
import { words as restartBudget } from './restart-budget.ts';
import type { RuleWords } from './rule.ts';
import { words as settleRounds } from './settle-rounds.ts';
import { words as splay } from './splay.ts';
import { words as tasksStarting } from './tasks-starting.ts';
import { words as toldHosts } from './told-hosts.ts';
import { words as verify } from './verify.ts';

/** What documents and `explain` say of the rules, in their order. Apart, so that the daemon does not carry it. */
export const words = {
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
} as const satisfies Readonly<Record<RuleName, RuleWords>>;
