import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingsOf, makePlan } from '../../../src/plan/plan.ts';
import { purposes } from '../../../src/plan/requirement.ts';
import { isNameOf } from '../../../src/plan/service-name.ts';
import type { Step } from '../../../src/plan/step.ts';
import { seenOr } from '../../../src/plan/vpc-facts.ts';
import { runs } from '../../size.ts';
import { anyVpc, planAfter } from './model.ts';

const anyPlan = fc
  .tuple(anyVpc(), fc.subarray([...purposes], { minLength: 1 }))
  .map(([facts, only]) => makePlan(facts, only));

describe('a plan', () => {
  it('leaves nothing missing once it was carried out, and nothing to do', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const done = planAfter(plan);
        expect(findingsOf(done).filter(({ kind }) => kind === 'missing')).toEqual([]);
        expect(done.steps).toEqual([]);
      }),
      { numRuns: runs(500, 2_000) },
    );
  });

  it('needs each of its steps', () => {
    fc.assert(
      fc.property(anyPlan, fc.nat(), (plan, which) => {
        fc.pre(plan.steps.length > 0);
        const left = plan.steps[which % plan.steps.length] as Step;
        // Without the group no endpoint can be created at all.
        fc.pre(left.kind !== 'new-group' && left.kind !== 'vpc-attribute');
        const without = planAfter({ ...plan, steps: plan.steps.filter((step) => step !== left) });
        expect(without.verdict).toBe('missing');
      }),
      { numRuns: runs(300, 1_200) },
    );
  });

  it('creates no endpoint for a service that has one', () => {
    fc.assert(
      fc.property(anyPlan, ({ facts, steps }) => {
        const there = seenOr(facts.endpoints, []).filter(({ state }) => state === 'available');
        for (const step of steps) {
          if (step.kind !== 'interface-endpoint' && step.kind !== 'gateway-endpoint') continue;
          expect(there.map(({ serviceName }) => serviceName)).not.toContain(step.serviceName);
        }
      }),
      { numRuns: runs(300, 1_200) },
    );
  });

  it('keeps AWS’s order: agent, telemetry, ecs; names that lead somewhere come last', () => {
    const rank = ['ecs-agent', 'ecs-telemetry', 'ecs'];
    fc.assert(
      fc.property(anyPlan, ({ steps, facts }) => {
        const ranks = steps.flatMap((step) =>
          'service' in step && step.service !== undefined && rank.includes(step.service)
            ? [rank.indexOf(step.service)]
            : [],
        );
        expect(ranks).toEqual([...ranks].sort());
        for (const [index, step] of steps.entries()) {
          if (step.kind !== 'private-dns') continue;
          const endpoint = seenOr(facts.endpoints, []).find(({ id }) => id === step.endpointId);
          const late = steps
            .slice(index + 1)
            .filter(
              (one) =>
                (one.kind === 'group-rule' && endpoint?.groupIds.includes(one.groupId)) ||
                (one.kind === 'add-subnet' && one.endpointId === step.endpointId),
            );
          expect(late).toEqual([]);
        }
      }),
      { numRuns: runs(300, 1_200) },
    );
  });

  it('never costs less than before, and says break-even as the sum has it', () => {
    fc.assert(
      fc.property(anyPlan, ({ cost, endpoints, steps }) => {
        expect(cost.monthlyThen).toBeGreaterThanOrEqual(cost.monthlyNow);
        const created = steps.flatMap((step) =>
          step.kind === 'interface-endpoint'
            ? step.subnetIds
            : step.kind === 'add-subnet'
              ? [step.subnetId]
              : [],
        );
        expect(cost.interfacesThen - cost.interfacesNow).toBe(created.length);
        expect(
          endpoints.every(({ service, serviceName }) => isNameOf(serviceName, 'us-east-1', service)),
        ).toBe(true);
        // At the break-even both cost the same, to the GB.
        const { nat, breakEvenGb } = cost;
        if (nat.kind === 'unseen' || breakEvenGb === undefined) throw new Error('NAT gateways are there');
        const difference = nat.value.monthly + breakEvenGb * 0.045 - (cost.monthlyThen + breakEvenGb * 0.01);
        expect(difference).toBeGreaterThanOrEqual(-0.01);
        if (breakEvenGb > 0) expect(difference).toBeLessThan(0.05);
      }),
      { numRuns: runs(200, 800) },
    );
  });
});
