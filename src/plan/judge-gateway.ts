import { clientsOf, routeTableOf } from './clients.ts';
import { type Finding, missing, unseen } from './finding.ts';
import { judgeState } from './judge-interface.ts';
import { judgePolicyOf } from './judge-policy.ts';
import type { Requirement } from './requirement.ts';
import { serviceNameOf } from './service-name.ts';
import type { EndpointFacts, VpcFacts } from './vpc-facts.ts';

/** What is to be said of a gateway endpoint, there or not: it works through the route tables that it is in. */
export function judgeGateway(
  facts: VpcFacts,
  requirement: Requirement,
  endpoint: EndpointFacts | undefined,
): Finding[] {
  const { service, purpose } = requirement;
  const clients = clientsOf(facts, purpose);
  const serviceName = serviceNameOf(facts, service);
  const hidden = [facts.routeTables, facts.subnets].find((reading) => reading.kind === 'unseen');
  if (hidden?.kind === 'unseen') {
    const finding = unseen(
      'route-tables-unseen',
      `route tables for ${service}: ${hidden.why}`,
      hidden.permission,
    );
    if (endpoint !== undefined) return [finding];
    const what = `create a gateway endpoint for ${serviceName} in the route tables of the private subnets`;
    return [missing('endpoint-missing', 'no gateway endpoint', { kind: 'by-hand', service, what }), finding];
  }
  const subnetsBy = new Map<string, string[]>();
  for (const { subnet } of clients) {
    const table = routeTableOf(facts, subnet.id);
    if (table !== undefined) subnetsBy.set(table.id, [...(subnetsBy.get(table.id) ?? []), subnet.id]);
  }
  const routeTableIds = [...subnetsBy.keys()].sort();
  if (endpoint === undefined) {
    return [
      missing('endpoint-missing', 'no gateway endpoint', {
        kind: 'gateway-endpoint',
        service,
        serviceName,
        routeTableIds,
      }),
    ];
  }
  const { id } = endpoint;
  return [
    ...judgeState(service, endpoint),
    ...routeTableIds
      .filter((routeTableId) => !endpoint.routeTableIds.includes(routeTableId))
      .map((routeTableId) =>
        missing(
          'route-table-missing',
          `${id} is not in ${routeTableId}, the route table of ${subnetsBy.get(routeTableId)?.join(', ')}`,
          { kind: 'add-route-table', service, endpointId: id, routeTableId },
        ),
      ),
    ...judgePolicyOf(requirement, endpoint),
  ];
}
