import type { HostAnswers } from '../../../src/endpoints/dns-answer.ts';
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
    ] as const
  ).map(([name, behaviour]) => ({ name, resolvConf: one, servers: answering(behaviour) })),
  ...(
    ['nxdomain', 'nodata', 'servfail', 'refused', 'garbage', 'silence', 'lame', 'formerr-to-edns'] as const
  ).map((outcome) => ({
    name: `two servers, ${outcome} by the first`,
    resolvConf: two,
    servers: answering({ ...other, outcome }, own),
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
  ...['ndots:5', 'ndots:3', 'ndots:4', 'ndots:15', 'ndots:0', 'ndots:x', 'ndots'].map((option) => ({
    name: `a search domain that answers, ${option}`,
    resolvConf: `search corp.example\n${one}options ${option}\n`,
    servers: [{ [host]: own, [`${host}.corp.example`]: other }],
  })),
  ...['search a.example b.example', 'domain b.example a.example', 'search b.example\nsearch a.example'].map(
    (line) => ({
      name: `${line.replace('\n', ', ')}, and a name that is known only there`,
      resolvConf: `${line}\n${one}`,
      servers: [{ [`${host}.b.example`]: other }],
    }),
  ),
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
    ] as const
  ).map(([name, hosts]) => ({ name: `hosts with ${name}`, resolvConf: one, hosts, servers: answering(own) })),
];

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
  if (answers?.source === 'hosts-file') return [outcomeOf(answers.addresses, false)];
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
