import type { Problem, ProblemCode } from '../kit/problem.ts';
import type { NameserverFailure, NameserverFailureReason } from './dns-answer.ts';
import type { EndpointAddress } from './endpoint-observation.ts';

// The VPC resolver's link-local address, the same in every VPC.
const vpcResolver = '169.254.169.253';

export function describeMixed(
  host: string,
  addresses: readonly EndpointAddress[],
  nameserver: string | undefined,
): Problem {
  const list = (wanted: boolean) =>
    addresses
      .filter((address) => address.private === wanted)
      .slice(0, 4)
      .map(({ address }) => address)
      .join(', ');
  return {
    code: 'dns-mixed-answers',
    message: `${host} has private addresses (${list(true)}) and public ones (${list(false)})`,
    advice:
      `Answers should become all private within the TTL of 60 s. If they do not, ${nameserver ?? 'the hosts file'} merges two views: ` +
      `compare with \`dig +short ${host} @${vpcResolver}\`, and forward the name to the VPC resolver only. ` +
      'Addresses that are private although they look public belong in the private-cidrs setting.',
  };
}

/** @param rule what each nameserver says, in words */
export function describeRotated(host: string, rule: string): Problem {
  return {
    code: 'dns-mixed-answers',
    message: `${host}: ${rule}`,
    advice:
      'With `options rotate` the agent asks another nameserver first each time. Make all nameservers in resolv.conf answer ' +
      `the same (forward the name to the VPC resolver, ${vpcResolver}), or take those that do not, or \`rotate\`, out.`,
  };
}

export function describeSearched(host: string, name: string, addresses: readonly EndpointAddress[]): Problem {
  const shown = addresses.slice(0, 4).map(({ address }) => address);
  const domain = name.slice(host.length + 1);
  return {
    code: 'dns-search-domain',
    message: `${host} is looked up as ${name} first, which has the addresses ${shown.join(', ')}: the agent goes there`,
    advice:
      `Take \`options ndots\`, or the search domain ${domain}, out of the resolv.conf that is named in ` +
      `\`ecs-privatelinkd check\`, or the wildcard record out of ${domain}.`,
  };
}

export function describeAbsent(host: string, nameserver: string | undefined, reason: string): Problem {
  return {
    code: 'dns-no-address',
    message: `${host}: ${reason}, says ${nameserver ?? 'the nameserver'}`,
    advice:
      'The name exists publicly, so the region, the endpoint-names setting or that nameserver is wrong. Look for a ' +
      'private hosted zone or a filter that hides it, and ' +
      `compare with \`dig ${host} @${vpcResolver}\`; a custom DNS server must forward it to the VPC resolver.`,
  };
}

interface FailureAdvice {
  readonly code: ProblemCode;
  readonly advice: string;
}

const reachAdvice =
  'Check that the nameservers in resolv.conf run, and that security groups and network ACLs let UDP and TCP 53 through to them.';

const adviceFor: Readonly<Record<NameserverFailureReason, FailureAdvice>> = {
  timeout: { code: 'dns-timeout', advice: reachAdvice },
  unreachable: { code: 'dns-unreachable', advice: reachAdvice },
  servfail: {
    code: 'dns-servfail',
    advice:
      'The nameserver could not get the answer itself: check its forwarding to the VPC resolver (VPC base + 2), its DNSSEC ' +
      'settings, and that protection from DNS rebinding excepts the name (bind9: deny-answer-addresses … except-from).',
  },
  refused: {
    code: 'dns-refused',
    advice:
      'The nameserver does not answer queries from this instance: check its access list, that it does recursion, and that ' +
      "protection from DNS rebinding excepts the name (knot-resolver: policy.FLAGS('ALLOW_LOCAL')).",
  },
  'bad-answer': {
    code: 'dns-bad-answer',
    advice: 'What answers on port 53 of that address is not a working DNS server: check resolv.conf.',
  },
  cancelled: { code: 'dns-timeout', advice: reachAdvice },
};

/** By the last failure, which is that of the nameserver of last resort. */
export function describeFailed(
  host: string,
  failures: readonly NameserverFailure[],
  reason: string,
): Problem {
  const { code, advice } = adviceFor[failures.at(-1)?.reason ?? 'cancelled'];
  return {
    code,
    message: `${host} could not be looked up: ${reason}`,
    advice: `${advice} Compare with \`dig ${host} @${vpcResolver}\`.`,
  };
}
