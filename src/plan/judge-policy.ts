import { judgePolicy, type PolicyCall } from './endpoint-policy.ts';
import { type Finding, missing, unseen } from './finding.ts';
import type { Requirement } from './requirement.ts';
import type { EndpointFacts } from './vpc-facts.ts';

/** What is to be said of an endpoint's policy. Changing it is by hand: nobody else knows what else it is for. */
export function judgePolicyOf({ service, calls }: Requirement, { id, policy }: EndpointFacts): Finding[] {
  if (calls.length === 0 || policy === undefined) return [];
  const verdict = judgePolicy(policy, calls);
  if (verdict === undefined) return [unseen('policy-unclear', `the policy of ${id} cannot be read`)];
  const { notAllowed, denied, unclear } = verdict;
  const refused = [...notAllowed, ...denied];
  return [
    ...(refused.length === 0
      ? []
      : [
          missing('policy-denies', `the policy of ${id} does not let ${told(refused)} through`, {
            kind: 'by-hand',
            service,
            what:
              denied.length > 0
                ? `take the Deny of ${told(denied)} out of the policy of ${id}${also(notAllowed)}`
                : `allow ${told(notAllowed)} in the policy of ${id}`,
          }),
        ]),
    ...(unclear.length === 0
      ? []
      : [
          unseen(
            'policy-unclear',
            `whether the policy of ${id} lets ${told(unclear)} through depends on its conditions, principals or resources`,
          ),
        ]),
  ];
}

function also(calls: readonly PolicyCall[]): string {
  return calls.length === 0 ? '' : `, and allow ${told(calls)}`;
}

function told(calls: readonly PolicyCall[]): string {
  return calls
    .map(({ action, resource }) => (resource === '*' ? action : `${action} on ${resource}`))
    .join(', ');
}
