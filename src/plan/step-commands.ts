import type { Step } from './step.ts';
import type { VpcFacts } from './vpc-facts.ts';

/** The group of all endpoints that are created; its id is known only then. */
const newGroup = 'GROUP_ID';

/**
 * What carries a step out with the AWS CLI, line by line; of what is by hand, the words.
 * Ids and blocks have a fixed form: `look.ts` and `read-vpc.ts` let no other through.
 */
export function commandsOf(step: Step, { region, vpcId }: Pick<VpcFacts, 'region' | 'vpcId'>): string[] {
  const aws = (words: string) => `aws ec2 ${words.replace(' ', ` --region ${region} `)}`;
  switch (step.kind) {
    case 'vpc-attribute': {
      const flag = step.attribute === 'enableDnsSupport' ? 'support' : 'hostnames';
      return [aws(`modify-vpc-attribute --vpc-id ${vpcId} --enable-dns-${flag} '{"Value":true}'`)];
    }
    case 'new-group':
      return [
        aws(
          `create-security-group --vpc-id ${vpcId} --group-name ecs-privatelinkd-endpoints ` +
            "--description 'TCP 443 to interface endpoints'",
        ),
        ...step.cidrs.map((cidr) => aws(letIn(newGroup, cidr))),
      ];
    case 'group-rule':
      return [aws(letIn(step.groupId, step.cidr))];
    case 'interface-endpoint':
      return [
        aws(
          `create-vpc-endpoint --vpc-id ${vpcId} --vpc-endpoint-type Interface --service-name ${step.serviceName} ` +
            `--subnet-ids ${step.subnetIds.join(' ')} --security-group-ids ${newGroup} --private-dns-enabled`,
        ),
      ];
    case 'gateway-endpoint':
      return [
        aws(
          `create-vpc-endpoint --vpc-id ${vpcId} --vpc-endpoint-type Gateway --service-name ${step.serviceName} ` +
            `--route-table-ids ${step.routeTableIds.join(' ')}`,
        ),
      ];
    case 'add-subnet':
      return [
        aws(`modify-vpc-endpoint --vpc-endpoint-id ${step.endpointId} --add-subnet-ids ${step.subnetId}`),
      ];
    case 'add-route-table':
      return [
        aws(
          `modify-vpc-endpoint --vpc-endpoint-id ${step.endpointId} --add-route-table-ids ${step.routeTableId}`,
        ),
      ];
    case 'private-dns':
      return [aws(`modify-vpc-endpoint --vpc-endpoint-id ${step.endpointId} --private-dns-enabled`)];
    case 'by-hand':
      return [step.what];
  }
}

function letIn(groupId: string, cidr: string): string {
  const source = cidr.includes(':') ? `Ipv6Ranges=[{CidrIpv6=${cidr}}]` : `IpRanges=[{CidrIp=${cidr}}]`;
  return (
    `authorize-security-group-ingress --group-id ${groupId} ` +
    `--ip-permissions 'IpProtocol=tcp,FromPort=443,ToPort=443,${source}'`
  );
}
