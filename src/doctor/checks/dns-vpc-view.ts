import { switchVpcDnsOn } from '../aws-commands.ts';
import { check } from '../check.ts';
import { fail, found, passed, skip, warn } from '../finding.ts';
import { classified, firstUsable, isFailed, type NamedClass } from './dns-answers.ts';

export const dnsVpcViewCheck = check({
  name: 'dns-vpc-view',
  title: 'What the VPC’s own resolver answers, asked directly, and whether this host sees the same',
  findings: {
    'custom-dns-not-forwarding': fail(
      'The VPC’s own resolver answers privately, this host’s nameserver does not: private DNS names of endpoints are ' +
        'known to the VPC resolver only, and a custom DNS server must forward to it.',
      'On {nameserver} forward {hosts} to {vpcResolver}. dnsmasq: `{dnsmasq}`; unbound: a forward-zone for each with ' +
        'forward-addr {vpcResolver}; Active Directory or Route 53: a conditional forwarder. From outside the VPC a ' +
        'Route 53 inbound endpoint is needed. Or use AmazonProvidedDNS in the VPC’s DHCP options set.',
    ),
    'custom-dns-drops-private': fail(
      'The VPC’s own resolver answers privately, this host’s nameserver says that there is no address, and the name has ' +
        'a public one everywhere: it drops private addresses from answers (DNS rebinding protection), or has a zone of ' +
        'its own for the name.',
      'On {nameserver} except the names from it. dnsmasq: `{rebindDnsmasq}` beside stop-dns-rebind; unbound, beside ' +
        'private-address: `{rebindUnbound}`. If it has a zone of its own for them instead, take it out, and forward ' +
        '{hosts} to {vpcResolver}.',
    ),
    'vpc-dns-silent': fail(
      'The VPC’s resolver answers on none of its addresses. No security group or network ACL can do that: DNS resolution ' +
        'is switched off for the VPC, or this host’s own firewall drops the packets.',
      'See `aws ec2 describe-vpc-attribute --region {region} --vpc-id {vpcId} --attribute enableDnsSupport`, then ' +
        `${switchVpcDnsOn('support')}; on the host \`iptables -S OUTPUT\` and \`nft list ruleset\`.`,
    ),
    'vpc-dns-unused': skip('This host’s own nameservers answer privately without it.', 'Nothing to do.'),
    'vpc-dns-failing': warn('What the VPC itself would answer is not known.', 'See dns-host-view.'),
    'vpc-dns-not-asked': skip(
      'The names to ask for are not known without the region.',
      'Fix the region first.',
    ),
  },
  needs: ['observation', 'nameservers'],
  run: async (host) => {
    const names = await host.names();
    if (names.length === 0) return found('vpc-dns-not-asked', 'the names are not known');
    const here = firstUsable(await classified(host, await host.nameservers()));
    const lists = await classified(host, await host.vpcResolvers());
    const there = firstUsable(lists);
    const asked = lists.map((list) => list[0]?.nameserver).join(', ');
    if (there.some(isFailed)) {
      const codes = lists.flatMap((list) => list.map((one) => one.problem?.code));
      const silent = codes.every((code) => code === 'dns-timeout' || code === 'dns-unreachable');
      if (here.every(isPrivate)) return found('vpc-dns-unused', `no answer from ${asked}`);
      if (!silent) return found('vpc-dns-failing', there.find(isFailed)?.rule ?? asked);
      return found('vpc-dns-silent', `no answer from ${asked}`);
    }
    const lacking = there.filter(
      (one, index) => isPrivate(one) && isAnswered(here[index]) && !isPrivate(here[index]),
    );
    const [first] = lacking;
    const vpcResolver = there[0]?.nameserver ?? '';
    if (first !== undefined) {
      const own = here.find((one) => one.host === first.host);
      const hosts = lacking.map((one) => one.host);
      return found(
        own?.class === 'absent' ? 'custom-dns-drops-private' : 'custom-dns-not-forwarding',
        `${first.host} is private at ${vpcResolver} and ${own?.class} at ${own?.nameserver}`,
        {
          nameserver: own?.nameserver,
          vpcResolver,
          hosts: hosts.join(', '),
          dnsmasq: hosts.map((host) => `server=/${host}/${vpcResolver}`).join(' '),
          rebindDnsmasq: `rebind-domain-ok=/${hosts.join('/')}/`,
          rebindUnbound: hosts.map((host) => `private-domain: "${host}"`).join(' '),
        },
      );
    }
    const classes = [...new Set(there.map((one) => one.class))].join(' and ');
    const same = here.every((one, index) => one.class === there[index]?.class);
    return passed(`${vpcResolver}: ${classes}; this host's nameservers ${same ? 'agree' : 'say more'}`);
  },
});

function isPrivate(one: NamedClass | undefined): boolean {
  return one?.class === 'private';
}

function isAnswered(one: NamedClass | undefined): boolean {
  return one !== undefined && !isFailed(one);
}
