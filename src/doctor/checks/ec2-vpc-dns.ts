import { switchVpcDnsOn } from '../aws-commands.ts';
import type { Check } from '../check.ts';
import { type Findings, fail, found, passed } from '../finding.ts';
import { ec2Skipped, ec2Skips } from './ec2-skipped.ts';

const needed = 'Private DNS names of endpoints need both DNS resolution and DNS hostnames in the VPC.';

const findings = {
  ...ec2Skips,
  'ec2-dns-support-off': fail(needed, `${switchVpcDnsOn('support')}.`),
  'ec2-dns-hostnames-off': fail(needed, `${switchVpcDnsOn('hostnames')}.`),
} satisfies Findings;

export const ec2VpcDnsCheck = {
  name: 'ec2-vpc-dns',
  title: 'EC2 API: DNS resolution and DNS hostnames of the VPC',
  findings,
  onlyWith: 'ec2',
  needs: ['observation', 'ec2'],
  run: async (host) => {
    const reading = await host.ec2();
    if (reading.kind === 'skipped') return ec2Skipped(reading);
    const { facts } = (await host.observation()).instance;
    const values = { region: facts?.region, vpcId: facts?.vpcId };
    if (!reading.dnsSupport) {
      return found(findings, 'ec2-dns-support-off', `enableDnsSupport of ${facts?.vpcId} is off`, values);
    }
    if (!reading.dnsHostnames) {
      return found(findings, 'ec2-dns-hostnames-off', `enableDnsHostnames of ${facts?.vpcId} is off`, values);
    }
    return passed('DNS resolution and DNS hostnames are on');
  },
} satisfies Check;
