import { wrapText } from '../kit/wrap-text.ts';
import { type Cost, prices } from './cost.ts';
import { answerOf } from './describe-plan.ts';
import type { EndpointAnswer } from './judge.ts';
import { findingsOf, type Plan } from './plan.ts';
import type { Purpose } from './requirement.ts';
import { commandsOf } from './step-commands.ts';
import { type Seen, seenOr, type VpcFacts } from './vpc-facts.ts';

const width = 80;

/** The plan for a person. Prose is broken at 80 columns; commands are not. */
export function planText(plan: Plan): string {
  const blocks = [
    headLines(plan),
    ...(['agent', 'tasks', 'hosts'] as const).map((purpose) => endpointLines(plan, purpose)),
    outsideLines(plan),
    costLines(plan),
    stepLines(plan),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** What the plan comes to, in one line. */
export function verdictText(plan: Plan): string {
  const count = (answer: string) =>
    plan.endpoints.filter(({ findings }) => answerOf(findings) === answer).length;
  const [there, lacking, hidden] = [count('there'), count('missing'), count('unseen')];
  const all = `of ${plan.endpoints.length} endpoints ${there} ${there === 1 ? 'is' : 'are'} there`;
  const told = [
    ...(lacking > 0 ? [`${lacking} missing or incomplete`] : []),
    ...(hidden > 0 ? [`${hidden} cannot be seen from this account`] : []),
  ];
  const of = [all, ...told].join(', ');
  switch (plan.verdict) {
    case 'complete':
      return `nothing is missing: ${of}`;
    case 'missing':
      return `something is missing: ${of}`;
    case 'not-known':
      return `nothing is seen to be missing, and not all can be seen: ${of}`;
  }
}

function headLines(plan: Plan): string[] {
  const { facts, network } = plan;
  const { vpcId, region, account, owner } = facts;
  const whose = [
    ...(account === undefined ? [] : [`account ${account}`]),
    ...(owner === undefined || owner === account ? [] : [`VPC of account ${owner}`]),
  ];
  return [
    ...row('vpc', [`${vpcId} in ${region}`, ...whose].join(', ')),
    ...row('looked at', lookedAt(facts)),
    ...row('result', verdictText(plan)),
    ...network.flatMap(({ kind, message }) => row(shown[kind], message)),
  ];
}

function lookedAt({ clusters, instances, needs, subnets }: VpcFacts): string {
  const found = seenOr(instances, []);
  const zones = new Set(
    seenOr(subnets, [])
      .filter(({ id }) => found.some(({ subnetId }) => subnetId === id))
      .map(({ zone }) => zone),
  );
  const off = found.filter(({ connected }) => !connected).length;
  return [
    clusters.length === 0
      ? 'no cluster'
      : `cluster${clusters.length === 1 ? '' : 's'} ${several(clusters, 3)}`,
    counted(instances, ({ length }) => length, 'container instance') +
      (zones.size > 0 ? ` in ${[...zones].sort().join(', ')}` : '') +
      (off > 0 ? ` (${off} not connected)` : ''),
    counted(needs, ({ definitions }) => definitions, 'task definition'),
  ].join('; ');
}

function counted<Value>(reading: Seen<Value>, countOf: (value: Value) => number, noun: string): string {
  if (reading.kind === 'unseen') return `${noun}s not seen`;
  const count = countOf(reading.value);
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const titles: Readonly<Record<Purpose, string>> = {
  agent: 'For the container agent, in the order in which to create them',
  tasks: 'For the tasks, by their definitions; what their own code calls is not in there',
  hosts: 'For the hosts: Systems Manager, which `fleet` and Run Command use',
};

const shown = { there: 'there', missing: 'missing', unseen: 'not seen', note: 'note' } as const;

function endpointLines({ endpoints }: Plan, purpose: Purpose): string[] {
  const own = endpoints.filter((answer) => answer.purpose === purpose);
  return own.length === 0 ? [] : [...heading(titles[purpose]), ...own.flatMap(answerLines)];
}

function answerLines({ service, type, purpose, because, endpoint, findings }: EndpointAnswer): string[] {
  const name = type === 'Gateway' ? `${service} (gateway)` : service;
  const answer = answerOf(findings);
  const details = [
    ...(answer === 'there' ? [['there', endpoint?.id ?? '']] : []),
    ...findings.map(({ kind, message }) => [shown[kind], message]),
    ...(purpose === 'agent' ? [] : [['', `for ${several(because, 2)}`]]),
  ];
  return details.flatMap(([state = '', text = ''], index) =>
    hang(`  ${(index === 0 ? name : '').padEnd(16)} ${state.padEnd(9)} `, text),
  );
}

function outsideLines({ outside }: Plan): string[] {
  if (outside.length === 0) return [];
  return [
    ...heading('No endpoint leads to these'),
    ...outside.flatMap(({ what, because, instead }) =>
      hang('  ', `${what}: ${instead} (${several(because, 2)})`),
    ),
  ];
}

function costLines({ cost, facts, outside }: Plan): string[] {
  // Of what cannot be seen no price can be told either.
  if (cost.interfacesThen === 0) return [];
  return [
    ...heading('What it costs'),
    ...hang('  ', endpointCost(cost)),
    ...hang('  ', natCost(cost)),
    ...(outside.length === 0
      ? []
      : hang('  ', 'NAT cannot go as long as tasks use what no endpoint leads to (above).')),
    ...hang(
      '  ',
      `List prices of ${prices.region}, ${prices.date}, 730 hours a month; ` +
        (facts.region === prices.region
          ? 'without taxes and discounts.'
          : `${facts.region} has its own (Tokyo, as an example: 0.014 and 0.062 an hour).`),
    ),
  ];
}

function endpointCost({ interfacesNow, interfacesThen, monthlyNow, monthlyThen }: Cost): string {
  const now = interfacesNow === interfacesThen ? '' : ` (now ${interfacesNow}: ${dollars(monthlyNow)})`;
  return (
    `Endpoints: ${interfacesThen} network interface${interfacesThen === 1 ? '' : 's'}${now}, ${dollars(monthlyThen)} a month, and ` +
    `$${prices.endpointGb} a GB. Gateway endpoints cost nothing.`
  );
}

function natCost({ nat, breakEvenGb, breakEvenGbBesideNat }: Cost): string {
  if (nat.kind === 'unseen')
    return `NAT gateways: not seen (${nat.why}); each is ${dollars(prices.natHour * 730)} a month and $${prices.natGb} a GB.`;
  const { gateways, monthly } = nat.value;
  if (gateways === 0)
    return 'NAT gateways: none in this VPC; if traffic leaves by another VPC, compare with that one’s.';
  const goes =
    breakEvenGb === 0
      ? 'Without NAT the endpoints are cheaper at any traffic'
      : `Without NAT the endpoints are cheaper only above ${gigabytes(breakEvenGb ?? 0)} a month that NAT carries now`;
  return (
    `NAT gateways: ${gateways}, ${dollars(monthly)} a month, and $${prices.natGb} a GB. ${goes} (less as far as that is ` +
    `S3, which costs nothing through its gateway endpoint). While NAT stays, they pay only if they take ` +
    `${gigabytes(breakEvenGbBesideNat)} a month off it.`
  );
}

function stepLines({ steps, facts }: Plan): string[] {
  if (steps.length === 0) return [];
  return [
    ...heading('What to do, in this order (--terraform and --cloudformation print it as code)'),
    ...steps.flatMap((step, index) =>
      commandsOf(step, facts).map(
        (line, part) => `${(part === 0 ? `${index + 1}.` : '').padStart(4)} ${line}`,
      ),
    ),
  ];
}

/** What cannot be seen, a line each. */
export function unseenText(plan: Plan): string[] {
  return findingsOf(plan).flatMap(({ kind, message }) => (kind === 'unseen' ? `not seen: ${message}` : []));
}

/** Permissions that would show more. */
export function lackingPermissions(plan: Plan): string[] {
  const lacking = findingsOf(plan).flatMap((finding) =>
    finding.kind === 'unseen' ? (finding.permission ?? []) : [],
  );
  return [...new Set(lacking)].sort();
}

function row(label: string, text: string): string[] {
  return hang(`${label.padEnd(10)} `, text);
}

function heading(text: string): string[] {
  return wrapText(text, width);
}

function hang(head: string, text: string): string[] {
  const [first = '', ...rest] = wrapText(text, width - head.length);
  return [`${head}${first}`.trimEnd(), ...rest.map((line) => ' '.repeat(head.length) + line)];
}

function several(all: readonly string[], most: number): string {
  const more = all.length - most;
  return all.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

function gigabytes(amount: number): string {
  return amount < 1000 ? `${amount} GB` : `${(amount / 1000).toFixed(1)} TB`;
}
