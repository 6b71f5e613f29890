import { prices } from './cost.ts';
import type { Finding } from './finding.ts';
import type { Plan } from './plan.ts';
import { commandsOf } from './step-commands.ts';
import { seenOr } from './vpc-facts.ts';

/** The plan as JSON, for `--json` (docs/plan.md). New fields may come; those that are there stay. */
export function describePlan(plan: Plan) {
  const { facts, verdict, network, endpoints, outside, steps, cost } = plan;
  const { why, ...nat } = cost.nat.kind === 'seen' ? { ...cost.nat.value, why: null } : { ...cost.nat };
  return {
    verdict,
    region: facts.region,
    account: facts.account ?? null,
    vpcId: facts.vpcId,
    vpcOwner: facts.owner ?? null,
    clusters: facts.clusters,
    containerInstances: facts.instances.kind === 'seen' ? facts.instances.value.length : null,
    taskDefinitions: facts.needs.kind === 'seen' ? facts.needs.value.definitions : null,
    network: network.map(describeFinding),
    endpoints: endpoints.map(({ service, serviceName, type, purpose, because, endpoint, findings }) => ({
      service,
      serviceName,
      type,
      purpose,
      because,
      endpointId: endpoint?.id ?? null,
      answer: answerOf(findings),
      findings: findings.map(describeFinding),
    })),
    outside,
    steps: steps.map((step) => ({ ...step, commands: commandsOf(step, facts) })),
    cost: {
      currency: 'USD',
      prices,
      interfacesNow: cost.interfacesNow,
      interfacesThen: cost.interfacesThen,
      monthlyNow: cost.monthlyNow,
      monthlyThen: cost.monthlyThen,
      natGateways: 'gateways' in nat ? nat.gateways : null,
      natMonthly: 'monthly' in nat ? nat.monthly : null,
      natUnseen: why,
      breakEvenGb: cost.breakEvenGb ?? null,
      breakEvenGbBesideNat: cost.breakEvenGbBesideNat,
    },
    zones: [...new Set(seenOr(facts.subnets, []).map(({ zone }) => zone))].sort(),
  };
}

function describeFinding(finding: Finding) {
  const { kind, code, message } = finding;
  return { kind, code, message, permission: (finding.kind === 'unseen' && finding.permission) || null };
}

/** What stands for an endpoint as a whole. */
export function answerOf(findings: readonly Finding[]): 'there' | 'missing' | 'unseen' {
  if (findings.some(({ kind }) => kind === 'missing')) return 'missing';
  return findings.some(({ kind }) => kind === 'unseen') ? 'unseen' : 'there';
}
