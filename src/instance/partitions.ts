/** An AWS partition and the DNS suffix of its service endpoints. */
export interface Partition {
  /** e.g. `aws-cn` */
  readonly partition: string;
  /** e.g. `amazonaws.com.cn` */
  readonly suffix: string;
}

/** Region prefixes of every partition but `aws`, from the AWS SDKs' partitions.json. */
const partitionsByPrefix: readonly (Partition & { readonly prefix: string })[] = [
  { prefix: 'us-gov-', partition: 'aws-us-gov', suffix: 'amazonaws.com' },
  { prefix: 'cn-', partition: 'aws-cn', suffix: 'amazonaws.com.cn' },
  { prefix: 'us-iso-', partition: 'aws-iso', suffix: 'c2s.ic.gov' },
  { prefix: 'us-isob-', partition: 'aws-iso-b', suffix: 'sc2s.sgov.gov' },
  { prefix: 'eu-isoe-', partition: 'aws-iso-e', suffix: 'cloud.adc-e.uk' },
  { prefix: 'us-isof-', partition: 'aws-iso-f', suffix: 'csp.hci.ic.gov' },
  { prefix: 'eusc-', partition: 'aws-eusc', suffix: 'amazonaws.eu' },
];

const commercial: Partition = { partition: 'aws', suffix: 'amazonaws.com' };

/**
 * The partition of a region by its prefix. A region that no prefix matches is taken for one of `aws`, as the
 * AWS SDKs do (`aws.partition` of the endpoint rules).
 */
export function partitionOfRegion(region: string): Partition {
  const found = partitionsByPrefix.find(({ prefix }) => region.startsWith(prefix));
  return found === undefined ? commercial : { partition: found.partition, suffix: found.suffix };
}
