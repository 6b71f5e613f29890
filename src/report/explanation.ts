import { keysOf } from '../kit/keys-of.ts';
import type { ReasonCode } from '../reconcile/reasons.ts';
import { type RuleName, rules } from '../reconcile/rules/order.ts';
import type { ReasonRow } from '../reconcile/rules/rule.ts';
import { words } from '../reconcile/rules/words.ts';
import type { Status } from './status-schema.ts';

/** What one rule found; one after that which spoke was not reached. */
export interface RuleExplained {
  readonly rule: RuleName;
  readonly result: 'passed' | 'went-on' | 'spoke' | 'not-reached';
  readonly found: string;
}

/** Why the daemon stands where it does. All in words. */
export interface Explanation {
  readonly decision: string;
  /** What it was decided on. */
  readonly observations: readonly string[];
  /** Each rule in its order; empty where the status is that of a daemon which does not tell. */
  readonly rules: readonly RuleExplained[];
  /** The rule that spoke. */
  readonly rule: string;
  readonly changes: string;
}

/** From what the daemon last wrote. Pure. */
export function explainStatus(status: Status): Explanation {
  const { phase, reason } = status;
  const spoke = status.rules?.find(({ result }) => result === 'spoke')?.rule ?? ruleOf(reason.code);
  const own: ReasonRow | undefined = spoke && reasonRow(spoke, reason.code);
  return {
    decision: `${phase}, since ${clockTime(status.since)} UTC: ${reason.message}`,
    observations: observations(status),
    rules: rulesIn(status),
    rule: spoke
      ? words[spoke].rule
      : 'Nothing is decided while the Docker Engine, IMDS, DNS or the state directory keeps it from being seen.',
    changes: `${own?.changes ?? (spoke ? words[spoke].changes : 'What the reason names.')}${nextStep(status)}`,
  };
}

function rulesIn({ rules: asked = [] }: Status): readonly RuleExplained[] {
  if (asked.length === 0) return [];
  return keysOf(rules).map(
    (rule) => asked.find((one) => one.rule === rule) ?? { rule, result: 'not-reached', found: '' },
  );
}

function ruleOf(code: ReasonCode): RuleName | undefined {
  return keysOf(words).find((rule) => reasonRow(rule, code) !== undefined);
}

function reasonRow(rule: RuleName, code: ReasonCode): ReasonRow | undefined {
  const rows: Readonly<Record<string, ReasonRow>> = words[rule].reasons;
  return rows[code];
}

function observations(status: Status): string[] {
  const { endpoints, agent, counts, transition, lastRestart, preflight, warnings, instance } = status;
  const reached = { true: ', 443 with TLS works', false: ', 443 fails', null: '' } as const;
  return [
    ...(instance.problem === null ? [] : [instance.problem.message]),
    ...endpoints.map(
      ({ host, class: classified, rule, reachable }) =>
        `${host} is ${classified} (${rule})${reached[`${reachable}`]}`,
    ),
    agent.problem === null
      ? `agent: ${agent.container?.running ? 'running' : 'not running'}, ${agent.registered ? 'registered' : 'not registered'}, ${agent.supervisor}`
      : `agent: not seen (${agent.problem.message})`,
    `path: ${agent.path} (${agent.evidence})`,
    ...(agent.saying ? [`the agent says: ${agent.saying.message}`] : []),
    ...(transition === null
      ? []
      : [
          `private since ${clockTime(transition.privateSince)} UTC; restarts since then: ${counts.restarts} of ${counts.maxRestarts}`,
        ]),
    ...(lastRestart === null
      ? []
      : [`last restart ${clockTime(lastRestart.at)} UTC: ${lastRestart.verb}, ${lastRestart.outcome}`]),
    ...(preflight
      ? [`asked ECS at ${preflight.address} ${clockTime(preflight.at)} UTC: ${preflight.found}`]
      : []),
    ...warnings.map((warning) => `would block: ${warning.message}`),
  ];
}

function nextStep({ next, reason }: Status): string {
  const restart = next.restartAt === null ? '' : ` The restart is due at ${clockTime(next.restartAt)} UTC.`;
  const advice = reason.advice === null ? '' : ` ${reason.advice}`;
  return `${restart}${advice}`;
}

function clockTime(iso: string): string {
  return iso.replace('T', ' ').slice(0, 19);
}
