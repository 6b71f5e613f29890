import { endpointServiceTable } from '../settings/endpoint-services.ts';
import { type Finding, unseen } from './finding.ts';
import { isNameOf } from './service-name.ts';
import { seenOr, type VpcFacts } from './vpc-facts.ts';

const howToTell = '`ecs-privatelinkd check` on a host shows whether it works';

/**
 * Whether a service's name may lead to what no call from here shows: a private hosted zone that answers for it, as where a
 * hub's endpoints serve this VPC, or this VPC is the hub; or other networks, where the zones may not be listed.
 */
export function whyElsewhere(facts: VpcFacts, service: string): Finding | undefined {
  const { vpcId, privateZones: zones } = facts;
  if (zones.kind === 'seen') {
    const names = privateNamesOf(facts, service);
    const zone = zones.value.find((one) => names.some((name) => name === one || name.endsWith(`.${one}`)));
    return zone === undefined
      ? undefined
      : unseen(
          'endpoint-elsewhere',
          `the private hosted zone ${zone} answers for ${service} in ${vpcId}, and where it leads is not looked at; ${howToTell}`,
        );
  }
  const networks = [...new Set(seenOr(facts.routeTables, []).flatMap(({ otherNetworks }) => otherNetworks))];
  return networks.length === 0
    ? undefined
    : unseen(
        'endpoint-perhaps-elsewhere',
        `${service} is not served by an endpoint of ${vpcId}, which leads to ${networks.join(', ')}: whether a hub's serves ` +
          `it is not known (${zones.why}); ${howToTell}`,
        zones.permission,
      );
}

/** As the region tells them; the others by AWS's rule, the parts of a dotted service name the other way round. */
function privateNamesOf(facts: VpcFacts, service: string): string[] {
  const offer = seenOr(facts.offers, []).find(
    ({ serviceName, type }) => type === 'Interface' && isNameOf(serviceName, facts.region, service),
  );
  const offered = offer?.privateNames ?? [];
  if (offered.length > 0) return [...offered];
  const row = endpointServiceTable.find(({ name }) => name === service);
  const label = row?.label ?? service.split('.').reverse().join('.');
  return [`${label}.${facts.region}.${facts.suffix}`];
}
