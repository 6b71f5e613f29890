import type { NameserverFailureReason } from '../../endpoints/dns-answer.ts';
import { describeFailed } from '../../endpoints/dns-problem.ts';
import { vpcResolverAddresses } from '../../instance/vpc-resolver.ts';
import type { Problem } from '../../kit/problem.ts';
import { check } from '../check.ts';
import { fail, found, foundProblem, passed, skip, warn } from '../finding.ts';
import { classified, isFailed } from './dns-answers.ts';

const blind = 'The agent asks the same nameservers: it could not look its endpoints up either.';

function sample(reason: NameserverFailureReason): Problem {
  const failure = { nameserver: 'NAMESERVER', reason, detail: 'failed' };
  return describeFailed('ecs-a.REGION.amazonaws.com', [failure], 'failed');
}

export const dnsHostViewCheck = check({
  name: 'dns-host-view',
  title: 'What each nameserver of resolv.conf answers for the endpoints’ names',
  findings: {
    'dns-timeout': fail(blind, sample('timeout')),
    'dns-unreachable': fail(blind, sample('unreachable')),
    'dns-servfail': fail(blind, sample('servfail')),
    'dns-refused': fail(blind, sample('refused')),
    'dns-bad-answer': fail(blind, sample('bad-answer')),
    'dns-file-unreadable': fail(
      'Which nameservers the agent will ask is not known.',
      'Run as root; check the file with `ls -lZ /etc/resolv.conf`.',
    ),
    'dns-vpc-resolver-silent': fail(
      'This host asks the VPC’s own resolver, and that does not answer.',
      'See dns-vpc-view: DNS resolution of the VPC.',
    ),
    'nameserver-failing': warn(
      'Each look-up of the agent waits for this nameserver first (5 s, unless resolv.conf says less), and if the ' +
        'others fail too the agent is cut off.',
      'Fix the nameserver {nameserver}, or take it out of {file} (it mostly comes from the VPC’s DHCP options).',
    ),
    'nameservers-disagree': warn(
      'One nameserver answers privately, another does not: whenever the first one fails, the agent’s next connection ' +
        'takes the public path.',
      'Make {nameserver} forward {host} to the VPC resolver like the others, or take it out of {file}.',
    ),
    'dns-names-unknown': skip(
      'The names to ask for are not known without the region.',
      'Fix the region first.',
    ),
  },
  needs: ['observation'],
  run: async (host) => {
    if ((await host.names()).length === 0) {
      return found('dns-names-unknown', 'the names are not known');
    }
    const lists = await classified(host, await host.nameservers());
    const failing = lists.filter((list) => list.some(isFailed));
    const working = lists.filter((list) => !list.some(isFailed));
    const [usable] = working;
    const file = host.settings.resolvConf;
    if (usable === undefined) {
      const worst = lists[0]?.find(isFailed);
      const problem = worst?.problem;
      if (worst === undefined || problem === undefined) throw new Error('no nameserver was asked');
      const silent = ['dns-timeout', 'dns-unreachable'].includes(problem.code);
      const own = vpcResolverAddresses((await host.observation()).instance.facts);
      return silent && lists.every((list) => own.includes(list[0]?.nameserver ?? ''))
        ? found('dns-vpc-resolver-silent', problem.message)
        : foundProblem(problem);
    }
    const [failed] = failing.map((list) => list.find(isFailed)).filter((one) => one !== undefined);
    if (failed !== undefined) {
      return found('nameserver-failing', failed.rule, {
        nameserver: failed.nameserver,
        file,
      });
    }
    const odd = working
      .flatMap((list) => list.map((one, index) => ({ one, first: usable[index] })))
      .find(({ one, first }) => one.class !== first?.class);
    if (odd?.first !== undefined) {
      const { one, first } = odd;
      const seen =
        `${one.host} is ${first.class} at ${first.nameserver} and ` + `${one.class} at ${one.nameserver}`;
      const culprit = one.class === 'private' ? first : one;
      return found('nameservers-disagree', seen, {
        nameserver: culprit.nameserver,
        host: one.host,
        file,
      });
    }
    const nameservers = working.map((list) => list[0]?.nameserver).join(', ');
    return passed(`${nameservers} answer${working.length === 1 ? 's' : ''} for all ${usable.length} names`);
  },
});
