import { clientsOf, zonesOf } from './clients.ts';
import type { EndpointAnswer } from './judge.ts';
import type { Step } from './step.ts';
import { isShared, type Seen, seen, type VpcFacts } from './vpc-facts.ts';

/**
 * List prices in US dollars. Hours are of one interface endpoint in one zone, and of one NAT gateway; data is what passes.
 * Source: the pricing pages of AWS PrivateLink and of Amazon VPC, us-east-1, 2026-11-26; the first PB of a month.
 */
export const prices = {
  region: 'us-east-1',
  date: '2026-11-26',
  endpointHour: 0.01,
  endpointGb: 0.01,
  natHour: 0.045,
  natGb: 0.045,
} as const;

/** As AWS's own calculator has it. */
const hoursPerMonth = 730;

/** What the endpoints cost, a month, against NAT. Amounts in US dollars. */
export interface Cost {
  /** Network interfaces of the endpoints that are needed: those that are there, and with those of the plan. */
  readonly interfacesNow: number;
  readonly interfacesThen: number;
  readonly monthlyNow: number;
  readonly monthlyThen: number;
  /** Gateways of this VPC; one of the whole VPC counts once for each zone that it serves. */
  readonly nat: Seen<{ readonly gateways: number; readonly monthly: number }>;
  /**
   * GB a month through NAT above which the endpoints are cheaper, if NAT goes; 0 where they always are. Undefined where
   * the NAT gateways are not known, or there are none. At most: what goes through a gateway endpoint costs nothing.
   */
  readonly breakEvenGb: number | undefined;
  /** GB a month that must move from NAT to the endpoints for them to pay while NAT stays. */
  readonly breakEvenGbBesideNat: number;
}

export function costOf(facts: VpcFacts, answers: readonly EndpointAnswer[], steps: readonly Step[]): Cost {
  const interfacesNow = answers.reduce(
    (sum, { endpoint, type }) => sum + (type === 'Interface' ? (endpoint?.subnetIds.length ?? 0) : 0),
    0,
  );
  const interfacesThen = steps.reduce((sum, step) => sum + interfacesOf(step), interfacesNow);
  const monthlyThen = interfacesThen * prices.endpointHour * hoursPerMonth;
  const nat = natCost(facts);
  const perGb = prices.natGb - prices.endpointGb;
  return {
    interfacesNow,
    interfacesThen,
    monthlyNow: cents(interfacesNow * prices.endpointHour * hoursPerMonth),
    monthlyThen: cents(monthlyThen),
    nat,
    breakEvenGb:
      nat.kind === 'unseen' || nat.value.gateways === 0
        ? undefined
        : Math.max(0, Math.ceil((monthlyThen - nat.value.monthly) / perGb)),
    breakEvenGbBesideNat: Math.ceil(monthlyThen / perGb),
  };
}

function interfacesOf(step: Step): number {
  if (step.kind === 'interface-endpoint') return step.subnetIds.length;
  return step.kind === 'add-subnet' ? 1 : 0;
}

function natCost(facts: VpcFacts): Cost['nat'] {
  const { natGateways } = facts;
  if (natGateways.kind === 'unseen') return natGateways;
  if (isShared(facts)) return { kind: 'unseen', why: 'the VPC is another account’s' };
  const zones = zonesOf(clientsOf(facts, 'tasks')).length;
  const gateways = natGateways.value.reduce(
    (sum, { regional }) => sum + (regional ? Math.max(1, zones) : 1),
    0,
  );
  return seen({ gateways, monthly: cents(gateways * prices.natHour * hoursPerMonth) });
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
