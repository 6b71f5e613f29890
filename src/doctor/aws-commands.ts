// Commands for advice, between back-ticks; {names} are filled in by finding.ts.

export const createEndpoint =
  '`aws ec2 create-vpc-endpoint --region {region} --vpc-id {vpcId} --vpc-endpoint-type Interface ' +
  '--service-name {serviceName} --subnet-ids {subnetId} --security-group-ids GROUP_ID --private-dns-enabled`';

export const enablePrivateDns =
  '`aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {id} --private-dns-enabled` ' +
  '(console: VPC, Endpoints, Actions, Modify private DNS name)';

export const findEndpoint =
  '`aws ec2 describe-vpc-endpoints --region {region} --filters Name=vpc-id,Values={vpcId} ' +
  'Name=service-name,Values={serviceName}`';

/** `part` is a JMESPath below the endpoint. */
export function showEndpoint(part: string): string {
  return `\`aws ec2 describe-vpc-endpoints --region {region} --vpc-endpoint-ids {id} --query VpcEndpoints[].${part}\``;
}

export function switchVpcDnsOn(what: 'support' | 'hostnames'): string {
  const setting = what === 'support' ? 'Enable DNS resolution' : 'Enable DNS hostnames';
  return (
    `\`aws ec2 modify-vpc-attribute --region {region} --vpc-id {vpcId} --enable-dns-${what} '{"Value":true}'\` ` +
    `(console: VPC, Edit VPC settings, ${setting})`
  );
}
