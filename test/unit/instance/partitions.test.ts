import { describe, expect, it } from 'vitest';
import { partitionOfRegion } from '../../../src/instance/partitions.ts';

describe('partitionOfRegion', () => {
  it.each([
    ['us-east-1', 'aws', 'amazonaws.com'],
    ['ap-southeast-2', 'aws', 'amazonaws.com'],
    ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
    ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
    ['us-iso-east-1', 'aws-iso', 'c2s.ic.gov'],
    ['us-isob-east-1', 'aws-iso-b', 'sc2s.sgov.gov'],
    ['eu-isoe-west-1', 'aws-iso-e', 'cloud.adc-e.uk'],
    ['us-isof-south-1', 'aws-iso-f', 'csp.hci.ic.gov'],
    ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu'],
    ['xx-new-1', 'aws', 'amazonaws.com'],
  ])('%s is in %s with %s', (region, partition, suffix) => {
    expect(partitionOfRegion(region)).toEqual({ partition, suffix });
  });
});
