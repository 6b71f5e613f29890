import { ListHostedZonesByVPCCommand, type Route53Client, type VPCRegion } from '@aws-sdk/client-route-53';
import { parseHost } from '../settings/kinds/text.ts';
import { collect, pagesBy, seeing } from './seeing.ts';
import type { Seen } from './vpc-facts.ts';

/**
 * Names of the private hosted zones that a VPC is associated with, of any account; not those that come by a Route 53
 * profile ("ListHostedZonesByVPC" of the API reference). Those of AWS's services are left out: the zones of the endpoints of
 * this VPC would be among them.
 */
export async function readPrivateZones(
  route53: Route53Client,
  { region, vpcId }: { readonly region: string; readonly vpcId: string },
  signal: AbortSignal,
): Promise<Seen<readonly string[]>> {
  return await seeing('route53:ListHostedZonesByVPC', signal, async () => {
    const pages = pagesBy((NextToken) =>
      route53.send(
        new ListHostedZonesByVPCCommand({ VPCId: vpcId, VPCRegion: region as VPCRegion, NextToken }),
        { abortSignal: signal },
      ),
    );
    const zones = await collect(pages, ({ HostedZoneSummaries }) => HostedZoneSummaries);
    return zones.flatMap(({ Name, Owner }) =>
      Owner?.OwningService === undefined ? (parseHost(Name ?? '') ?? []) : [],
    );
  });
}
