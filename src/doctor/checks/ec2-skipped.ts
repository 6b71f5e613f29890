import type { Ec2Skip } from '../../ec2/ec2-reading.ts';
import { type Findings, type Found, found, skip } from '../finding.ts';

const meaning = 'What the EC2 API would tell is not known. That is no fault: it only corroborates.';

/** Rows that the checks of the EC2 API have in common. */
export const ec2Skips = {
  'ec2-no-credentials': skip(
    meaning,
    'Give the instance a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID for this command.',
  ),
  'ec2-no-permission': skip(
    meaning,
    'Allow ec2:DescribeVpcEndpoints, ec2:DescribeVpcAttribute, ec2:DescribeSecurityGroups and ec2:DescribeSubnets.',
  ),
  'ec2-no-route': skip(
    meaning,
    'A private subnet without NAT needs the endpoint com.amazonaws.REGION.ec2 for it; or ask from elsewhere.',
  ),
  'ec2-failed': skip(meaning, 'Ask with the AWS CLI: `aws ec2 describe-vpc-endpoints`.'),
} satisfies Findings;

export function ec2Skipped({ code, why }: Ec2Skip): Found<Ec2Skip['code']> {
  return found(code, why);
}
