import type { VpcFacts } from './vpc-facts.ts';

/**
 * Whether an endpoint service's name is that of a service in this region. The beginning differs between partitions and
 * even between services of one (`com.amazonaws`, `cn.com.amazonaws`), the end does not.
 */
export function isNameOf(serviceName: string, region: string, service: string): boolean {
  return serviceName.endsWith(`.${region}.${service}`);
}

/** The name as the region offers it, else what it is by AWS's rule. */
export function serviceNameOf({ region, partition, offers }: VpcFacts, service: string): string {
  const offered = offers.kind === 'seen' ? offers.value : [];
  const found = offered.find(({ serviceName }) => isNameOf(serviceName, region, service));
  if (found !== undefined) return found.serviceName;
  // Of ECS so documented (endpoints/endpoint-names.ts); of the others the region tells.
  const renamed = partition === 'aws-cn' && /^ec[rs]\b/.test(service);
  return `${renamed ? 'cn.' : ''}com.amazonaws.${region}.${service}`;
}
