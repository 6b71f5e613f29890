import { type Cost, costOf } from './cost.ts';
import { type Finding, note, unseen } from './finding.ts';
import { type EndpointAnswer, judgeEndpoint, judgeNetwork } from './judge.ts';
import { type Purpose, purposes, requirements } from './requirement.ts';
import type { Step } from './step.ts';
import type { OutsideNeed } from './task-needs.ts';
import { seenOr, type VpcFacts } from './vpc-facts.ts';

/**
 * `complete`: all that is needed was seen. `missing`: something is not there. `not-known`: nothing is seen to be missing, and
 * not all can be seen.
 */
export type PlanVerdict = 'complete' | 'missing' | 'not-known';

export interface Plan {
  readonly facts: VpcFacts;
  readonly only: readonly Purpose[];
  readonly verdict: PlanVerdict;
  /** Of the VPC as a whole. */
  readonly network: readonly Finding[];
  /** One for each endpoint that is needed, the agent's first, in the order in which to create them. */
  readonly endpoints: readonly EndpointAnswer[];
  readonly outside: readonly OutsideNeed[];
  /** What brings all that is missing, in the order in which to do it. */
  readonly steps: readonly Step[];
  readonly cost: Cost;
}

/** Decides what a VPC needs for its container instances, of what was seen of it. */
export function makePlan(facts: VpcFacts, only: readonly Purpose[] = purposes): Plan {
  const answers = requirements(facts, only).map((requirement) => judgeEndpoint(facts, requirement));
  const network = [...judgeNetwork(facts), ...judgeTasks(facts, only), ...judgeOrder(answers)];
  const steps = orderSteps([
    ...stepsOf(network),
    ...answers.flatMap(({ findings }) => [...stepsOf(findings)].sort((a, b) => lateness(a) - lateness(b))),
  ]);
  const findings = [
    ...network,
    ...fullSubnets(facts, steps),
    ...answers.flatMap((answer) => answer.findings),
  ];
  return {
    facts,
    only,
    verdict: verdictOf(findings),
    network: [...network, ...fullSubnets(facts, steps)],
    endpoints: answers,
    outside: only.includes('tasks') && facts.needs.kind === 'seen' ? facts.needs.value.outside : [],
    steps,
    cost: costOf(facts, answers, steps),
  };
}

/** Every finding, those of the VPC first. */
export function findingsOf({ network, endpoints }: Pick<Plan, 'network' | 'endpoints'>): readonly Finding[] {
  return [...network, ...endpoints.flatMap(({ findings }) => findings)];
}

function verdictOf(findings: readonly Finding[]): PlanVerdict {
  if (findings.some(({ kind }) => kind === 'missing')) return 'missing';
  return findings.some(({ kind }) => kind === 'unseen') ? 'not-known' : 'complete';
}

function stepsOf(findings: readonly Finding[]): readonly Step[] {
  return findings.flatMap((finding) => (finding.kind === 'missing' ? finding.steps : []));
}

/** Names that lead to an endpoint before it lets anybody in break what works: they come last. */
function lateness({ kind }: Step): number {
  return kind === 'private-dns' ? 1 : 0;
}

/**
 * Rules of groups that are there first, since endpoints share them; then the one new group, with the blocks of all, before
 * the first endpoint that has it; nothing twice.
 */
function orderSteps(steps: readonly Step[]): Step[] {
  const cidrs = steps.flatMap((step) => (step.kind === 'new-group' ? step.cidrs : []));
  const early = ['vpc-attribute', 'group-rule'];
  const others = [
    ...early.flatMap((wanted) => steps.filter(({ kind }) => kind === wanted)),
    ...steps.filter(({ kind }) => kind !== 'new-group' && !early.includes(kind)),
  ];
  const first = others.findIndex(({ kind }) => kind === 'interface-endpoint');
  const ordered: Step[] =
    first < 0
      ? others
      : [
          ...others.slice(0, first),
          { kind: 'new-group', cidrs: [...new Set(cidrs)].sort() },
          ...others.slice(first),
        ];
  const texts = ordered.map((step) => JSON.stringify({ ...step, service: undefined }));
  return ordered.filter((_, index) => texts.indexOf(texts[index] ?? '') === index);
}

function judgeTasks({ needs }: VpcFacts, only: readonly Purpose[]): Finding[] {
  return needs.kind === 'unseen' && only.includes('tasks')
    ? [unseen('tasks-unseen', needs.why, needs.permission)]
    : [];
}

/**
 * The `ecs` endpoint makes ECS answer with the un-numbered hosts, which are public until the other two are there
 * ("Creating the VPC endpoints for Amazon ECS": in the order agent, telemetry, ecs).
 */
function judgeOrder(answers: readonly EndpointAnswer[]): Finding[] {
  const answering = (service: string) =>
    answers.some((answer) => answer.service === service && answer.endpoint?.privateDns === true);
  const others = answers.filter(
    ({ service, purpose, findings }) =>
      purpose === 'agent' &&
      service !== 'ecs' &&
      !answering(service) &&
      findings.every(({ kind }) => kind !== 'unseen'),
  );
  return answering('ecs') && others.length > 0
    ? [
        note(
          'ecs-before-agent',
          `ecs answers privately and ${others.map(({ service }) => service).join(', ')} does not: agents that start now are told hosts ` +
            'that are public still, and need NAT until the rest is there',
        ),
      ]
    : [];
}

function fullSubnets(facts: VpcFacts, steps: readonly Step[]): Finding[] {
  const wanted = new Map<string, number>();
  for (const step of steps) {
    const ids =
      step.kind === 'interface-endpoint' ? step.subnetIds : step.kind === 'add-subnet' ? [step.subnetId] : [];
    for (const id of ids) wanted.set(id, (wanted.get(id) ?? 0) + 1);
  }
  return seenOr(facts.subnets, []).flatMap(({ id, freeAddresses }) => {
    const count = wanted.get(id) ?? 0;
    return freeAddresses < count
      ? [
          note(
            'subnet-full',
            `${id} has ${freeAddresses} free addresses, and ${count} endpoints are to be created in it`,
          ),
        ]
      : [];
  });
}
