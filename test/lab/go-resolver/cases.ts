import type { HostAnswers } from '../../../src/endpoints/dns-answer.ts';
import { canonicalAddress } from '../../../src/kit/ip-address.ts';
import type { DnsBehaviour } from '../stand-ins/dns/behaviour.ts';

export const host = 'ecs-a.us-east-1.amazonaws.com';

/** What a name is looked up by, and what the servers do. */
export interface ResolverCase {
  readonly name: string;
  /** `$1`, `$2` and `$3` stand for the servers' addresses. */
  readonly resolvConf: string;
  readonly hosts?: string;
  /** By name, one table a server. A name that is not in it does not exist. */
  readonly servers: readonly Readonly<Record<string, DnsBehaviour>>[];
}

const own = { addresses: ['10.0.1.10'] } as const;
const other = { addresses: ['203.0.113.80'] } as const;
const one = 'nameserver $1\noptions timeout:1 attempts:1\n';
const two = 'nameserver $1\nnameserver $2\noptions timeout:1 attempts:1\n';
const three = `nameserver $1\nnameserver $2\nnameserver $3\noptions timeout:1 attempts:1\n`;
const bom = '\u{FEFF}';
const noBreak = '\u{A0}';
/** Too many for a packet of 512 bytes, few enough for 1,232 (the stand-in does not compress names). */
export const many = Array.from({ length: 18 }, (_, index) => `10.0.1.${index}`);

function answering(...behaviours: readonly DnsBehaviour[]): ResolverCase['servers'] {
  return behaviours.map((behaviour) => ({ [host]: behaviour }));
}

export const resolverCases: readonly ResolverCase[] = [
  ...(
    [
      ['an address', own],
      ['both families', { addresses: ['10.0.1.10', 'fd00::10'] }],
      ['an alias', { ...own, cnames: ['a.example', 'b.example'] }],
      ['an alias that leads nowhere', { cnames: ['a.example'] }],
      ['NXDOMAIN', { outcome: 'nxdomain' }],
      ['no data', { outcome: 'nodata' }],
      ['SERVFAIL', { outcome: 'servfail' }],
      ['SERVFAIL for AAAA alone', { ...own, outcome: 'servfail', types: ['AAAA'] }],
      ['REFUSED', { outcome: 'refused' }],
      ['garbage', { outcome: 'garbage' }],
      ['a wrong id', { ...own, outcome: 'wrong-id' }],
      ['silence', { outcome: 'silence' }],
      ['silence for A alone', { addresses: ['fd00::10'], outcome: 'silence', types: ['A'] }],
      ['truncation', { addresses: many, outcome: 'truncated' }],
      ['an answer that only EDNS lets through, with TCP closed', { addresses: many, outcome: 'no-tcp' }],
      ['one answer for each source port', { ...own, outcome: 'one-per-port' }],
      ['FORMERR to EDNS', { ...own, outcome: 'formerr-to-edns' }],
      ['a lame answer', { outcome: 'lame' }],
      // Forwarders that treat the families apart.
      ...(['nxdomain', 'nodata', 'refused', 'lame', 'silence', 'garbage', 'formerr-to-edns'] as const).map(
        (outcome) => [`${outcome} for AAAA alone`, { ...own, outcome, types: ['AAAA'] }] as const,
      ),
      ...(['nxdomain', 'servfail', 'refused', 'lame'] as const).map(
        (outcome) => [`${outcome} for A alone`, { addresses: ['fd00::10'], outcome, types: ['A'] }] as const,
      ),
      [
        'an alias, other addresses for AAAA',
        { addresses: ['10.0.1.10', '2600:1f16::10'], cnames: ['a.example'] },
      ],
    ] as const
  ).map(([name, behaviour]) => ({ name, resolvConf: one, servers: answering(behaviour) })),
  ...(
    ['nxdomain', 'nodata', 'servfail', 'refused', 'garbage', 'silence', 'lame', 'formerr-to-edns'] as const
  ).map((outcome) => ({
    name: `two servers, ${outcome} by the first`,
    resolvConf: two,
    servers: answering({ ...other, outcome }, own),
  })),
  // What each family is told by the first goes before what the second says.
  ...(['nxdomain', 'nodata', 'servfail', 'lame'] as const).map((outcome) => ({
    name: `two servers, ${outcome} for A alone by the first`,
    resolvConf: two,
    servers: answering({ addresses: ['fd00::10'], outcome, types: ['A'] }, own),
  })),
  ...(
    [
      ['use-vc', 'answer'],
      ['use-vc', 'no-tcp'],
      ['use-vc', 'truncated'],
      ['usevc', 'no-tcp'],
      ['tcp', 'no-tcp'],
      ['USE-VC', 'no-tcp'],
      ['use-vc:1', 'no-tcp'],
      ['edns0', 'answer'],
      ['no-tld-query inet6 no-check-names', 'answer'],
      ['single-request', 'answer'],
      ['single-request-reopen', 'servfail'],
      ['timeout:0', 'answer'],
      ['attempts:0', 'answer'],
      ['timeout:-1 attempts:-1', 'answer'],
      ['timeout:x attempts:x', 'answer'],
      ['timeout:99999999999 attempts:1', 'answer'],
    ] as const
  ).map(([option, outcome]) => ({
    name: `options ${option}, ${outcome}`,
    resolvConf: `${one}options ${option}\n`,
    servers: answering({ ...own, outcome }),
  })),
  ...(
    [
      'options rotate',
      'options\trotate edns0 ',
      'options ROTATE',
      'Options rotate',
      'options rotate:1',
    ] as const
  ).map((line) => ({
    name: `${line.trim().replace('\t', ' ')}, in its own spelling`,
    resolvConf: `${three}${line}\n`,
    servers: answering(own, other, other),
  })),
  {
    name: 'four servers of which only the last knows it',
    resolvConf: `nameserver $1\nnameserver $2\nnameserver $3\nnameserver $4\noptions timeout:1 attempts:1\n`,
    servers: answering({ outcome: 'servfail' }, { outcome: 'servfail' }, { outcome: 'servfail' }, own),
  },
  {
    name: 'three servers behind lines that are none',
    resolvConf: `nameserver\nnameserver dns.example\nnameserver 10.0.0.256\nnameserver 010.0.0.2\nnameserver [::1]\nnameserver $1:53\n${one}`,
    servers: answering(own),
  },
  {
    name: 'a server by an address that is IPv4-mapped',
    resolvConf: one.replace('$1', '::ffff:$1'),
    servers: answering(own),
  },
  {
    name: 'a server with a zone that nothing listens at, then another',
    resolvConf: `nameserver ::1%lo\n${one}`,
    servers: answering(own),
  },
  {
    name: 'no line break at the end, and carriage returns alone',
    resolvConf: 'nameserver $1\r\rnameserver $2',
    servers: answering(own, other),
  },
  {
    name: 'the last of two servers, without a line break',
    resolvConf: 'options timeout:1 attempts:1\nnameserver $1\nnameserver $2',
    servers: answering({ outcome: 'servfail' }, own),
  },
  ...['\v', '\f', '\u{2003}', '\0', '='].map((blank) => ({
    name: `resolv.conf with ${JSON.stringify(blank)} in place of a blank`,
    resolvConf: `nameserver${blank}$1\nnameserver $2\n`,
    servers: answering(other, own),
  })),
  {
    name: 'rotate, two servers that disagree',
    resolvConf: `${two}options rotate\n`,
    servers: answering(own, other),
  },
  {
    name: 'rotate, three servers of which one knows nothing',
    resolvConf: 'nameserver $1\nnameserver $2\nnameserver $3\noptions rotate timeout:1\n',
    servers: answering(own, own, { outcome: 'nxdomain' }),
  },
  {
    name: 'rotate, the second fails',
    resolvConf: `${two}options rotate\n`,
    servers: answering(own, { outcome: 'servfail' }),
  },
  ...[
    'ndots:5',
    'ndots:3',
    'ndots:4',
    'ndots:15',
    'ndots:0',
    'ndots:x',
    'ndots',
    'ndots:-5',
    'ndots:+5',
    'ndots:5x',
    'ndots: 5',
    'ndots:99',
    'ndots:99999999999999999999',
    'ndots:5 ndots:1',
    'ndots:1\noptions rotate ndots:5',
    'NDOTS:5',
    'ndots=5',
  ].map((option) => ({
    name: `a search domain that answers, ${option.replace('\n', ', ')}`,
    resolvConf: `search corp.example\n${one}options ${option}\n`,
    servers: [{ [host]: own, [`${host}.corp.example`]: other }],
  })),
  ...[
    'search a.example b.example',
    'domain b.example a.example',
    'search b.example\nsearch a.example',
    'search a.example\ndomain b.example',
    'search b.example\ndomain',
    'search b.example\nsearch',
    'search b.example.',
    'search B.EXAMPLE',
    'search a.example,b.example',
    'search a.example # b.example',
    'search a.example;b.example b.example',
    'SEARCH b.example',
    'search a. b. c. d. e. f. g. h. b.example',
  ].map((line) => ({
    name: `${line.replace('\n', ', ')}, and a name that is known only there`,
    resolvConf: `${line}\n${one}`,
    servers: [{ [`${host}.b.example`]: other }],
  })),
  ...(['servfail', 'refused', 'silence', 'lame', 'nodata', 'nxdomain'] as const).map((outcome) => ({
    name: `${outcome} for the name itself, and a search domain that answers`,
    resolvConf: `search corp.example\n${one}`,
    servers: [{ [host]: { outcome }, [`${host}.corp.example`]: other }],
  })),
  ...(['nodata', 'nxdomain', 'refused', 'lame', 'silence'] as const).map((outcome) => ({
    name: `a search domain with ${outcome} before the name itself`,
    resolvConf: `search corp.example\n${one}options ndots:5\n`,
    servers: [{ [host]: own, [`${host}.corp.example`]: { outcome } }],
  })),
  {
    name: 'a search domain that has AAAA alone before the name itself',
    resolvConf: `search corp.example\n${one}options ndots:5\n`,
    servers: [{ [host]: own, [`${host}.corp.example`]: { addresses: ['2600:1f16::80'] } }],
  },
  {
    name: 'a search domain that is too long to be asked for',
    resolvConf: `search ${Array.from({ length: 56 }, () => 'abc').join('.')}.de\n${one}options ndots:5\n`,
    servers: answering(own),
  },
  {
    name: 'rotate and a search domain of which one server knows',
    resolvConf: `search corp.example\n${three}options rotate ndots:5\n`,
    servers: [{ [host]: own }, { [host]: own }, { [host]: own, [`${host}.corp.example`]: other }],
  },
  {
    name: 'a search domain that fails before the name itself',
    resolvConf: `search corp.example\n${one}options ndots:5\n`,
    servers: [{ [host]: own, [`${host}.corp.example`]: { outcome: 'servfail' as const } }],
  },
  ...(
    [
      ['a byte order mark', `${bom}nameserver $1\nnameserver $2\n`],
      ['a no-break space', `nameserver${noBreak}$1\nnameserver $2\n`],
      ['a tab, a carriage return and a comment', '# x\n; y\n\tnameserver\t$2\r\n'],
      ['a server that is no address', 'nameserver dns.example\nnameserver $2\n'],
      ['a comment behind the address', 'nameserver $2 # mine\n'],
      ['an upper-case keyword', 'NAMESERVER $1\nnameserver $2\n'],
    ] as const
  ).map(([name, resolvConf]) => ({
    name: `resolv.conf with ${name}`,
    resolvConf,
    servers: answering(other, own),
  })),
  ...(
    [
      ['the name', `10.0.9.9 ${host}\n`],
      ['the name in capitals, with a dot', `10.0.9.9 x ${host.toUpperCase()}.\n`],
      ['two addresses', `10.0.9.9 ${host}\nfd00::9 ${host}\n`],
      ['a byte order mark', `${bom}10.0.9.9 ${host}\n`],
      ['no-break spaces', `10.0.9.9${noBreak}${host}\n`],
      ['a comment', `#10.0.9.9 ${host}\n10.0.9.8 y # ${host}\n`],
      ['what is no address', `10.0.9 ${host}\n`],
      ['an alias of two', `10.0.9.9 ecs-a ${host} other\n`],
      ['the short name alone', '10.0.9.9 ecs-a\n'],
      ['blanks before it, tabs and a carriage return', ` \t10.0.9.9\t\t${host}\r\n`],
      ['a comment right behind the name', `10.0.9.9 ${host}#old\n`],
      ['a comment right behind the address', `10.0.9.9#${host}\n`],
      ['two dots at the end', `10.0.9.9 ${host}..\n`],
      ['a wildcard', '10.0.9.9 *.us-east-1.amazonaws.com\n'],
      ['an address with leading zeros', `010.0.9.9 ${host}\n`],
      ['an IPv6 address in capitals', `FD00::9 ${host}\n`],
      ['an address in brackets', `[fd00::9] ${host}\n`],
      ['the name of two, the second public', `10.0.9.9 ${host}\n203.0.113.9 x ${host}\n`],
      ['a vertical tab', `10.0.9.9\v${host}\n`],
      ['no line break', `10.0.9.9 ${host}`],
      ['a carriage return alone', `127.0.0.1 localhost\r10.0.9.9 ${host}\n`],
      ['commas', `10.0.9.9 x,${host}\n`],
      ['an address alone', '10.0.9.9\n'],
      ['the name first', `${host} 10.0.9.9\n`],
      ['another capital letter of the name than ASCII', `10.0.9.9 ${host.replace('s', '\u{17f}')}\n`],
    ] as const
  ).map(([name, hosts]) => ({ name: `hosts with ${name}`, resolvConf: one, hosts, servers: answering(own) })),
];

/**
 * Whether each question begins with the next server. Two threads of Go ask for A and AAAA, and either may be the
 * first: what it is told cannot be foreseen, only what it may be told.
 */
export function rotates({ resolvConf }: ResolverCase): boolean {
  return /^options\s(.*\s)?rotate(\s|$)/m.test(resolvConf);
}

/** The text with the servers' addresses in it. */
export function resolvConfFor({ resolvConf }: ResolverCase, addresses: readonly string[]): string {
  return resolvConf.replaceAll(/\$(\d)/g, (_, number) => addresses[Number(number) - 1] ?? '');
}

/** What a look-up may come to, in Go's program and in ours: the addresses in order, `not found` or `failed`. */
export function outcomeOf(addresses: readonly string[], isFailed: boolean): string {
  return addresses.length > 0 ? addresses.toSorted().join(' ') : isFailed ? 'failed' : 'not found';
}

/** The same of our look-up: each different outcome, wherever it may start. */
export function outcomesOf(answers: HostAnswers | undefined): readonly string[] {
  if (answers?.source === 'hosts-file') return [outcomeOf(answers.addresses.map(canonicalAddress), false)];
  if (answers?.source !== 'dns') return [];
  const seen = answers.answers.map(({ a, aaaa }) => {
    const both = [a, aaaa];
    const found = both.flatMap((one) => (one.status === 'answered' ? one.records : []));
    return outcomeOf(
      found.map(({ address }) => address),
      both.some(({ status }) => status === 'failed'),
    );
  });
  return [...new Set(seen)].sort();
}
