import type { Purpose } from './requirement.ts';
import type { InstanceFacts, SubnetFacts, VpcFacts } from './vpc-facts.ts';
import { seenOr } from './vpc-facts.ts';

/** A subnet from which an endpoint is used. */
export interface Client {
  readonly subnet: SubnetFacts;
  /** Container instances in it; none where tasks run there with interfaces of their own, or nothing does yet. */
  readonly instances: readonly InstanceFacts[];
}

export interface Clients {
  readonly clients: readonly Client[];
  /** No container instance was seen: the private subnets stand in for theirs, those without a way to an internet gateway. */
  readonly assumed: boolean;
}

/** From where the endpoints of a purpose are used. Empty where no subnet can be seen. */
export function clientsOf(facts: VpcFacts, purpose: Purpose): Clients {
  const subnets = seenOr(facts.subnets, []);
  const instances = seenOr(facts.instances, []);
  const found = subnets.flatMap((subnet) => {
    const here = instances.filter(({ subnetId }) => subnetId === subnet.id);
    return here.length > 0 || (purpose === 'tasks' && taskSubnets(facts).includes(subnet.id))
      ? [{ subnet, instances: here }]
      : [];
  });
  if (found.length > 0) return { clients: found, assumed: false };
  const nearby = subnets.filter(({ id }) => !isPublic(facts, id));
  return {
    clients: (nearby.length > 0 ? nearby : subnets).map((subnet) => ({ subnet, instances: [] })),
    assumed: true,
  };
}

/** The route table that a subnet follows. */
export function routeTableOf(facts: VpcFacts, subnetId: string) {
  const tables = seenOr(facts.routeTables, []);
  return tables.find(({ subnetIds }) => subnetIds.includes(subnetId)) ?? tables.find(({ main }) => main);
}

function isPublic(facts: VpcFacts, subnetId: string): boolean {
  return routeTableOf(facts, subnetId)?.defaultRoute?.startsWith('igw-') ?? false;
}

function taskSubnets(facts: VpcFacts): readonly string[] {
  return facts.needs.kind === 'seen' ? facts.needs.value.subnetIds : [];
}

/** In order, each once. */
export function zonesOf(clients: readonly Client[]): string[] {
  return [...new Set(clients.map(({ subnet }) => subnet.zone))].sort();
}
