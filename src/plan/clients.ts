import type { Purpose } from './requirement.ts';
import type { InstanceFacts, SubnetFacts, VpcFacts } from './vpc-facts.ts';
import { seenOr } from './vpc-facts.ts';

/** A subnet from which an endpoint is used. */
export interface Client {
  readonly subnet: SubnetFacts;
  /** Container instances in it; none where tasks run there with interfaces of their own, or nothing does yet. */
  readonly instances: readonly InstanceFacts[];
}

/**
 * From where the endpoints of a purpose are used: the subnets of the container instances; where none was seen the private
 * subnets stand in for theirs, those without a way to an internet gateway. For the tasks their own subnets too. Empty
 * where no subnet can be seen.
 */
export function clientsOf(facts: VpcFacts, purpose: Purpose): Client[] {
  const subnets = seenOr(facts.subnets, []);
  const instances = seenOr(facts.instances, []);
  const all = subnets.map((subnet) => ({
    subnet,
    instances: instances.filter(({ subnetId }) => subnetId === subnet.id),
  }));
  const hosts = firstNotEmpty([
    all.filter((client) => client.instances.length > 0),
    all.filter(({ subnet }) => !isPublic(facts, subnet.id)),
    all,
  ]);
  const own = purpose === 'tasks' ? taskSubnets(facts) : [];
  return all.filter((client) => hosts.includes(client) || own.includes(client.subnet.id));
}

function firstNotEmpty<Item>(lists: readonly (readonly Item[])[]): readonly Item[] {
  return lists.find(({ length }) => length > 0) ?? [];
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
