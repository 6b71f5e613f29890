import { type AwsAccounts, admitted, jsonRefusals } from './account.ts';
import type { AwsService } from './aws-api.ts';
import type { Ec2State } from './ec2-state.ts';

/** Route 53: which private hosted zones a VPC is associated with. */
export function route53Service(accounts: AwsAccounts, state: Ec2State): AwsService {
  return {
    rest: {
      'GET /2013-04-01/hostedzonesbyvpc': {
        action: 'ListHostedZonesByVPC',
        answer: (call) => {
          admitted(accounts, call, jsonRefusals);
          const zones = state.hostedZones[call.query.get('vpcid') ?? ''] ?? [];
          const summaries = zones.map(
            ({ name, owningAccount, owningService }, index) =>
              `<HostedZoneSummary><HostedZoneId>Z${index}</HostedZoneId><Name>${name}.</Name><Owner>` +
              (owningService === undefined
                ? `<OwningAccount>${owningAccount ?? '444455556666'}</OwningAccount>`
                : `<OwningService>${owningService}</OwningService>`) +
              '</Owner></HostedZoneSummary>',
          );
          return (
            '<ListHostedZonesByVPCResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">' +
            `<HostedZoneSummaries>${summaries.join('')}</HostedZoneSummaries><MaxItems>100</MaxItems>` +
            '</ListHostedZonesByVPCResponse>'
          );
        },
      },
    },
  };
}
