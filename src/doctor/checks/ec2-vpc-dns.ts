import { switchVpcDnsOn } from '../aws-commands.ts';
import { check } from '../check.ts';
import { fail, found, passed } from '../finding.ts';
import { ec2Skipped, ec2Skips } from './ec2-skipped.ts';

const needed = 'Private DNS names of endpoints need both DNS resolution and DNS hostnames in the VPC.';

export const ec2VpcDnsCheck = check({
  name: 'ec2-vpc-dns',
  title: 'EC2 API: DNS resolution and DNS hostnames of the VPC',
  findings: {
    ...ec2Skips,
    'ec2-dns-support-off': fail(needed, `${switchVpcDnsOn('support')}.`),
    'ec2-dns-hostnames-off': fail(needed, `${switchVpcDnsOn('hostnames')}.`),
  },
  onlyWith: 'ec2',
  needs: ['observation', 'ec2'],
  run: async (host) => {
    const reading = await host.ec2();
    if (reading.kind === 'skipped') return ec2Skipped(reading);
    const { facts } = (await host.observation()).instance;
    if (!reading.dnsSupport) {
      return found('ec2-dns-support-off', `enableDnsSupport of ${facts?.vpcId} is off`);
    }
    if (!reading.dnsHostnames) {
      return found('ec2-dns-hostnames-off', `enableDnsHostnames of ${facts?.vpcId} is off`);
    }
    return passed('DNS resolution and DNS hostnames are on');
  },
});
