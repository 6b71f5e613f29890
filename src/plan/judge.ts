import { clientsOf } from './clients.ts';
import { whyElsewhere } from './elsewhere.ts';
import { type Finding, missing, note, unseen } from './finding.ts';
import { judgeGateway } from './judge-gateway.ts';
import { createInterface, judgeInterface } from './judge-interface.ts';
import type { Requirement } from './requirement.ts';
import { isNameOf, serviceNameOf } from './service-name.ts';
import type { EndpointFacts, VpcFacts } from './vpc-facts.ts';
import { isShared, seenOr } from './vpc-facts.ts';

/** What is to be said of one endpoint that is needed. */
export interface EndpointAnswer extends Requirement {
  readonly serviceName: string;
  readonly type: 'Interface' | 'Gateway';
  /** That of this VPC, where there is one. */
  readonly endpoint: EndpointFacts | undefined;
  readonly findings: readonly Finding[];
}

/** States of endpoints that are as good as gone. */
const gone: ReadonlySet<string> = new Set(['deleting', 'deleted', 'rejected', 'expired']);

export function judgeEndpoint(facts: VpcFacts, requirement: Requirement): EndpointAnswer {
  const { service } = requirement;
  const serviceName = serviceNameOf(facts, service);
  const endpoint = endpointFor(facts, service);
  const type = endpoint?.type ?? (service === 's3' ? 'Gateway' : 'Interface');
  const answer = { ...requirement, serviceName, type };
  const hidden = whyHidden(facts);
  if (hidden !== undefined) return { ...answer, endpoint: undefined, findings: [hidden] };
  if (endpoint !== undefined || type === 'Gateway') {
    const judge = type === 'Gateway' ? judgeGateway : judgeInterface;
    return { ...answer, endpoint, findings: judge(facts, requirement, endpoint as EndpointFacts) };
  }
  return { ...answer, endpoint, findings: judgeAbsent(facts, requirement, serviceName) };
}

/** The one that answers: available, with private DNS names, of which only one endpoint of a VPC can have them. */
function endpointFor({ endpoints, region }: VpcFacts, service: string): EndpointFacts | undefined {
  const rank = ({ state, privateDns, type }: EndpointFacts) =>
    Number(state === 'available') + Number(privateDns || type === 'Gateway') * 2;
  return (
    seenOr(endpoints, [])
      .filter(({ serviceName, state }) => isNameOf(serviceName, region, service) && !gone.has(state))
      // Of S3 an interface endpoint does only where it takes the names over.
      .filter(({ type, privateDns }) => service !== 's3' || type === 'Gateway' || privateDns)
      .sort((left, right) => rank(right) - rank(left) || left.id.localeCompare(right.id))[0]
  );
}

function whyHidden(facts: VpcFacts): Finding | undefined {
  const { account, owner, vpcId, endpoints } = facts;
  if (isShared(facts))
    return unseen(
      'vpc-shared',
      `${vpcId} belongs to account ${owner}: its endpoints cannot be seen from account ${account}`,
    );
  return endpoints.kind === 'unseen'
    ? unseen('endpoints-unseen', endpoints.why, endpoints.permission)
    : undefined;
}

function judgeAbsent(facts: VpcFacts, requirement: Requirement, serviceName: string): Finding[] {
  const { service, purpose } = requirement;
  const elsewhere = whyElsewhere(facts, service);
  if (elsewhere !== undefined) return [elsewhere];
  const offered = facts.offers.kind === 'unseen' || offerOf(facts, service) !== undefined;
  if (offered) return createInterface(facts, requirement);
  const message = `${facts.region} offers no ${serviceName} to this account`;
  return purpose === 'agent'
    ? [missing('endpoint-not-offered', message, { kind: 'by-hand', service, what: `keep NAT: ${message}` })]
    : [note('endpoint-not-offered', message)];
}

function offerOf({ offers, region }: VpcFacts, service: string) {
  return seenOr(offers, []).find(
    ({ serviceName, type }) => type === 'Interface' && isNameOf(serviceName, region, service),
  );
}

/** What is to be said of the VPC itself. */
export function judgeNetwork(facts: VpcFacts): Finding[] {
  const { vpcId, nameservers, instances } = facts;
  const custom = seenOr(nameservers, []).filter((one) => one !== 'AmazonProvidedDNS');
  return [
    ...judgeAttribute(facts, 'enableDnsSupport'),
    ...judgeAttribute(facts, 'enableDnsHostnames'),
    ...(nameservers.kind === 'unseen'
      ? [unseen('dhcp-options-unseen', nameservers.why, nameservers.permission)]
      : []),
    ...(custom.length === 0
      ? []
      : [
          note(
            'custom-dns',
            `the DHCP options of ${vpcId} name ${custom.join(', ')}: they must forward the endpoints' names to the VPC's ` +
              'resolver; `ecs-privatelinkd doctor` on a host shows whether they do',
          ),
        ]),
    ...(instances.kind === 'unseen' ? [unseen('instances-unseen', instances.why, instances.permission)] : []),
    ...(instances.kind === 'seen' && instances.value.length === 0
      ? [note('instances-none', `no container instance was seen in ${vpcId}${standIn(facts)}`)]
      : []),
  ];
}

function standIn(facts: VpcFacts): string {
  const clients = clientsOf(facts, 'agent');
  return clients.length === 0
    ? ''
    : `; looked at instead: ${clients.map(({ subnet }) => subnet.id).join(', ')}`;
}

function judgeAttribute(facts: VpcFacts, attribute: 'enableDnsSupport' | 'enableDnsHostnames'): Finding[] {
  const [reading, code] =
    attribute === 'enableDnsSupport'
      ? ([facts.dnsSupport, 'vpc-dns-support-off'] as const)
      : ([facts.dnsHostnames, 'vpc-dns-hostnames-off'] as const);
  if (reading.kind === 'unseen')
    return [unseen('vpc-dns-unseen', `${attribute}: ${reading.why}`, reading.permission)];
  return reading.value
    ? []
    : [missing(code, `${facts.vpcId} has ${attribute} off`, { kind: 'vpc-attribute', attribute })];
}
