import { compareIpTexts } from '../kit/ip-address.ts';
import type { HostAnswers, LookUpAnswers, NameserverFailure } from './dns-answer.ts';
import {
  describeAbsent,
  describeFailed,
  describeMixed,
  describeRotated,
  describeSearched,
} from './dns-problem.ts';
import type { EndpointAddress, EndpointObservation } from './endpoint-observation.ts';
import type { PrivateAddressRule } from './private-address.ts';

/** What DNS alone says of an endpoint. */
export type Classification = Pick<
  EndpointObservation,
  'class' | 'addresses' | 'ttl' | 'source' | 'nameserver' | 'rule' | 'problem'
>;

/** The addresses that count for one host, and where they come from. */
type Found = Pick<Classification, 'addresses' | 'ttl' | 'source' | 'nameserver'> & {
  /** Said after the rule: what went wrong without making a difference. */
  readonly remark: string;
};

/**
 * Classifies a host by its answers as the agent's resolver (Go, without cgo) would take them: where one of A and
 * AAAA fails and the other has answers, these count. Addresses come sorted and without duplicates.
 */
export function classify(host: string, answers: HostAnswers, rule: PrivateAddressRule): Classification {
  switch (answers.source) {
    case 'none':
      return { ...nothing, class: 'failed', rule: answers.problem.message, problem: answers.problem };
    case 'literal':
      return byAddresses(host, {
        ...nothing,
        addresses: judge([answers.address], rule),
        remark: '; the host is an address itself',
      });
    case 'hosts-file':
      return byAddresses(host, {
        ...nothing,
        addresses: judge(answers.addresses, rule),
        source: 'hosts-file',
        remark: '; from the hosts file, DNS is not asked',
      });
    case 'dns':
      return together(
        host,
        answers.answers.map((one) => byDns(host, one, rule)),
      );
  }
}

/** A name is private only if it is, whichever nameserver the agent asks first. */
function together(host: string, looks: readonly Classification[]): Classification {
  const [first] = looks;
  if (first === undefined) throw new Error('a look-up starts at one nameserver at least');
  if (looks.length === 1) return first;
  const byAddress = new Map(looks.flatMap(({ addresses }) => addresses.map((one) => [one.address, one])));
  const ttls = looks.flatMap(({ ttl }) => ttl ?? []);
  const all = {
    ...first,
    addresses: sorted([...byAddress.values()]),
    ttl: ttls.length === 0 ? undefined : Math.min(...ttls),
  };
  if (looks.every((look) => look.class === first.class)) return all;
  const views = looks.map((look) => `${look.nameserver ?? 'no nameserver'}: ${look.class}`);
  const rule = `it depends on the nameserver that is asked first (options rotate): ${[...new Set(views)].join(', ')}`;
  return { ...all, class: 'mixed', rule, problem: describeRotated(host, rule) };
}

function sorted(addresses: readonly EndpointAddress[]): readonly EndpointAddress[] {
  return addresses.toSorted((left, right) => compareIpTexts(left.address, right.address));
}

const nothing = { addresses: [], ttl: undefined, source: 'none', nameserver: undefined } as const;

function byDns(host: string, { name, a, aaaa }: LookUpAnswers, rule: PrivateAddressRule): Classification {
  const answers = [a, aaaa] as const;
  const answered = answers.filter((answer) => answer.status === 'answered');
  const records = answered.flatMap((answer) => answer.records);
  const failures = answers.flatMap((answer) => (answer.status === 'failed' ? answer.failures : []));
  const addresses = judge(
    records.map(({ address }) => address),
    rule,
  );
  if (addresses.length > 0) {
    const unanswered = answers[0].status === 'failed' ? 'A' : 'AAAA';
    const found = byAddresses(host, {
      addresses,
      ttl: Math.min(...records.map(({ ttl }) => ttl)),
      source: 'dns',
      nameserver: answered[0]?.nameserver,
      remark: answers.some(({ status }) => status === 'failed')
        ? `; the ${unanswered} question failed (${inWords(failures)}), which does not count beside answers`
        : '',
    });
    if (name === host) return found;
    const rule = `${found.rule}; of ${name}, which resolv.conf (search, ndots) has looked up first`;
    const isPrivate = found.class === 'private';
    return { ...found, rule, problem: isPrivate ? undefined : describeSearched(host, name, addresses) };
  }
  if (answers.some(({ status }) => status === 'failed')) {
    const reason = `no nameserver gave a usable answer: ${inWords(failures)}`;
    return { ...nothing, class: 'failed', rule: reason, problem: describeFailed(host, failures, reason) };
  }
  const nameserver = answers.flatMap((answer) => (answer.status === 'failed' ? [] : [answer.nameserver]))[0];
  const reason = answers.some(({ status }) => status === 'no-such-name')
    ? 'the name does not exist (NXDOMAIN)'
    : 'the name has neither A nor AAAA records';
  return {
    ...nothing,
    class: 'absent',
    source: 'dns',
    nameserver,
    rule: reason,
    problem: describeAbsent(host, nameserver, reason),
  };
}

function byAddresses(host: string, { remark, ...found }: Found): Classification {
  const counting = found.addresses.filter(({ unrouted }) => unrouted !== true);
  const total = counting.length;
  const count = counting.filter((address) => address.private).length;
  const unrouted =
    found.addresses.length > total ? `; ${found.addresses.length - total} without a route` : '';
  const counted = `${count} of ${total} ${total === 1 ? 'address' : 'addresses'} private${unrouted}${remark}`;
  if (count === 0) return { ...found, class: 'public', rule: counted, problem: undefined };
  if (count === total) return { ...found, class: 'private', rule: counted, problem: undefined };
  return {
    ...found,
    class: 'mixed',
    rule: counted,
    problem: describeMixed(host, counting, found.nameserver),
  };
}

function judge(texts: readonly string[], rule: PrivateAddressRule): EndpointAddress[] {
  const byText = new Map<string, EndpointAddress>();
  for (const text of texts) {
    const judged = rule(text);
    if (judged !== undefined) byText.set(judged.address, judged);
  }
  // Nameservers rotate their answers; a fixed order makes two looks comparable.
  const judged = sorted([...byText.values()]);
  // The agent dials what it has a route to. Where that is none of them, all are judged by what they are.
  const isLost = judged.every(({ unrouted }) => unrouted);
  return judged.map(({ unrouted, ...one }) =>
    unrouted && !isLost
      ? { ...one, private: false, rule: `no IPv${one.family} route on this host`, unrouted }
      : one,
  );
}

function inWords(failures: readonly NameserverFailure[]): string {
  const words = new Set(failures.map(({ nameserver, detail }) => `${nameserver} ${detail}`));
  return words.size === 0 ? 'none was asked before the look ended' : [...words].join(', ');
}
