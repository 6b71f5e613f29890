import { layOut, layOutAdvice } from '../kit/layout.ts';
import { printable } from '../kit/printable.ts';
import { wrapText } from '../kit/wrap-text.ts';
import { awsFailureAdvice, awsFailureText } from './aws-failure.ts';
import type { FleetReading } from './fleet-reading.ts';
import { timeText } from './judge-host.ts';
import type { FleetAnswer, FleetVerdict, JudgedHost } from './verdict.ts';

/** How it is shown. */
export interface FleetLayout {
  /** Columns; Infinity where nobody looks at it, so that nothing is broken or cut there. */
  readonly width: number;
  readonly nowMs: number;
}

/** The question, as it is called everywhere: it is about agents, and about nothing else that goes through NAT. */
export const question = 'Agents no longer need NAT';

const answers: Readonly<Record<FleetAnswer, string>> = { yes: 'YES', no: 'NO', unknown: 'NOT KNOWN' };

export function headline({ answer, because }: Pick<FleetVerdict, 'answer' | 'because'>): string {
  return `${question}: ${answers[answer]} — ${because}.`;
}

/** The whole report: counts, witnesses, the hosts that are not done, and last the answer. */
export function reportLines(
  verdict: FleetVerdict,
  readings: readonly FleetReading[],
  layout: FleetLayout,
): string[] {
  const undone = undoneLines(verdict, layout);
  return [
    ...reasonCounts(verdict),
    ...subnetCounts(verdict),
    ...figureLines(readings),
    ...witnessLines(readings, verdict, layout),
    ...(undone.length === 0 ? [] : ['', ...undone]),
    '',
    ...layOut(headline(verdict), 0, layout.width),
    ...layOut(otherUsers, 0, layout.width),
  ];
}

/** Said once, and always: agents are one user of NAT among others. */
const otherUsers =
  'Tasks may need it all the same (image pulls from ECR and S3, logs, secrets, ECS Exec, their own calls): `ecs-privatelinkd plan` says which endpoints they ask for, VPC flow logs what is left.';

/** A table: the first column takes the room, figures are on the right. */
function table(rows: readonly (readonly string[])[], numbers: ReadonlySet<number>): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        numbers.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** How many hosts there are of each, those of most first. */
function countBy(
  hosts: readonly JudgedHost[],
  keyOf: (host: JudgedHost) => string,
): [string, JudgedHost[]][] {
  const groups = new Map<string, JudgedHost[]>();
  for (const host of hosts) {
    const key = keyOf(host);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [host]);
    else group.push(host);
  }
  return [...groups].sort(([a, left], [b, right]) => right.length - left.length || a.localeCompare(b));
}

const standings = { proven: 'done', no: 'not done', unknown: 'not known', 'left-out': '' } as const;

function reasonCounts({ hosts }: FleetVerdict): string[] {
  if (hosts.length === 0) return [];
  const groups = countBy(hosts, ({ judgement }) => `${judgement.standing} ${judgement.code}`);
  const rows = groups.map(([, members]) => {
    const { standing, code } = members[0]?.judgement ?? { standing: 'unknown', code: '' };
    return [code, standings[standing], String(members.length)];
  });
  return table([['REASON', '', 'HOSTS'], ...rows], new Set([2]));
}

/** By subnet and zone; one table for each account and region, where there are several. */
function subnetCounts({ hosts }: FleetVerdict): string[] {
  const places = countBy(hosts, placeOf);
  return places.flatMap(([place, members]) => {
    const rows = countBy(members, subnetOf).map(([key, there]) => {
      const of = (standing: string) =>
        String(there.filter(({ judgement }) => judgement.standing === standing).length);
      return [...key.split('\t'), String(there.length), of('proven'), of('no'), of('unknown')];
    });
    const head = ['SUBNET', 'ZONE', 'HOSTS', 'DONE', 'NOT DONE', 'NOT KNOWN'];
    return ['', ...(places.length > 1 ? [place] : []), ...table([head, ...rows], new Set([2, 3, 4, 5]))];
  });
}

function subnetOf(host: JudgedHost): string {
  const { subnetId, zone } = whereIs(host);
  return `${subnetId || 'not known'}\t${zone || '-'}`;
}

function placeOf({ account, region }: JudgedHost): string {
  return `${account || 'account not known'} ${region}`;
}

/** As ECS has it; else as the host itself says. */
export function whereIs({ registrations, records }: JudgedHost): {
  readonly cluster: string;
  readonly subnetId: string;
  readonly zone: string;
} {
  const [one] = registrations;
  const record = records.flatMap(({ reading }) => ('record' in reading ? reading.record : []))[0];
  return {
    cluster: one?.cluster || record?.cluster || '',
    subnetId: one?.subnetId || record?.subnetId || '',
    zone: one?.zone || record?.zone || '',
  };
}

/** What stands beside the records: figures, what was left out, and which witness did not tell. */
function witnessLines(
  readings: readonly FleetReading[],
  { leftOut }: FleetVerdict,
  { width }: FleetLayout,
): string[] {
  const notes = [
    ...readings.flatMap(trailNotes),
    ...readings.flatMap(missingWitnesses),
    ...(leftOut.length === 0
      ? []
      : [
          `left out: ${leftOut.length} ${leftOut.length === 1 ? 'record of a host' : 'records of hosts'} in none of these clusters (a record outlives its host by 30 days)`,
        ]),
  ];
  return notes.length === 0 ? [] : ['', ...notes.flatMap((note) => hanging(note, width))];
}

/** Broken lines are indented under the first. */
function hanging(text: string, width: number): string[] {
  const [first = '', ...rest] = layOut(text, 0, width - 2);
  return [first, ...rest.map((line) => `  ${line}`)];
}

/** What goes through the gateways and endpoints, by tasks and others too: those of most connections. */
function figureLines(readings: readonly FleetReading[]): string[] {
  const severalTargets = readings.length > 1;
  const rows = readings
    .flatMap(({ target, figures }) => figures.told.map((figure) => ({ target, ...figure })))
    .toSorted((a, b) => b.mostConnections - a.mostConnections)
    .slice(0, 12)
    .map(({ target, name, mostConnections }) => [
      severalTargets ? `${name} (${target})` : name,
      String(mostConnections),
    ]);
  if (rows.length === 0) return [];
  return ['', ...table([['BESIDE, NO PROOF: MOST IN THE LAST HOUR', 'CONNECTIONS'], ...rows], new Set([1]))];
}

function trailNotes({ target, trail }: FleetReading): string[] {
  const { eventsRead, complete, readBackToMs } = trail.told;
  if (trail.failure !== undefined || complete || eventsRead === 0) return [];
  return [
    `CloudTrail, ${target}: read back to ${timeText(readBackToMs)} only (${eventsRead} calls); it takes 2 requests a second`,
  ];
}

export const witnessNames = {
  ecs: 'ECS',
  inventory: 'SSM Inventory',
  asked: 'Run Command',
  nodes: 'managed nodes',
  trail: 'CloudTrail',
  figures: 'CloudWatch',
} as const;

/** What a yes can do without. */
const optional: ReadonlySet<string> = new Set(['nodes', 'trail', 'figures']);

function missingWitnesses(reading: FleetReading): string[] {
  return witnessesOf(reading).flatMap(({ witness, failure }) => {
    if (failure === undefined) return [];
    const needed = optional.has(witness) ? ', does without' : '';
    return [
      `missing, ${reading.target}: ${witnessNames[witness]}${needed}: ${awsFailureText(failure)}. ${awsFailureAdvice(failure)}`,
    ];
  });
}

type WitnessName = keyof typeof witnessNames;

/** Those that were asked, with why they did not tell all. */
export function witnessesOf(reading: FleetReading) {
  const names: readonly WitnessName[] = ['ecs', 'inventory', 'asked', 'nodes', 'trail', 'figures'];
  return names.flatMap((witness) => {
    const answer = reading[witness];
    // Where ECS did not tell, the others were not heard.
    if (answer === undefined || (reading.ecs.failure !== undefined && witness !== 'ecs')) return [];
    return [{ witness, failure: answer.failure }];
  });
}

/** The hosts that are not done, by what to do about it: what is said and advised once stands above all that it is true of. */
export function undoneLines({ hosts }: FleetVerdict, { width }: FleetLayout): string[] {
  const undone = hosts.filter(({ judgement }) => judgement.standing !== 'proven');
  const severalAccounts = new Set(hosts.map(placeOf)).size > 1;
  const groups = countBy(undone, ({ judgement: { standing, code, advice, advisedBy = '' } }) =>
    [standing, code, advice, advisedBy].join('\t'),
  );
  const ordered = groups.toSorted(([, [a]], [, [b]]) => rank(a) - rank(b));
  return ordered.flatMap(([, members], index) => [
    ...(index === 0 ? [] : ['']),
    ...groupLines(members, severalAccounts, width),
  ]);
}

function rank(host: JudgedHost | undefined): number {
  return host?.judgement.standing === 'no' ? 0 : 1;
}

function groupLines(members: readonly JudgedHost[], severalAccounts: boolean, width: number): string[] {
  const [first] = members;
  if (first === undefined) return [];
  const { standing, code, message, advice, advisedBy } = first.judgement;
  const todo = advisedBy === 'host' ? 'To do, its own daemon says:' : 'To do:';
  const alike = members.every(({ judgement }) => judgement.message === message);
  const placesOf = (host: JudgedHost) => {
    const { cluster, zone, subnetId } = whereIs(host);
    return [...(severalAccounts ? [placeOf(host)] : []), cluster, zone, subnetId].filter((one) => one !== '');
  };
  return [
    `${standings[standing]}: ${code} (${members.length} ${members.length === 1 ? 'host' : 'hosts'})`,
    ...(alike && message !== '' ? layOut(message, 2, width) : []),
    ...(advice === '' ? [] : layOutAdvice(`${todo} ${advice}`, 2, width)),
    ...(alike && Number.isFinite(width)
      ? byPlace(members, placesOf, width)
      : members.flatMap((host) => [
          fitted(`  ${[host.instanceId, ...placesOf(host)].join('  ')}`, width),
          ...(alike ? [] : layOut(host.judgement.message, 4, width)),
        ])),
  ];
}

/** Many on a line, for somebody who looks at it; elsewhere each host has a line that can be searched for. */
function byPlace(
  members: readonly JudgedHost[],
  placesOf: (host: JudgedHost) => readonly string[],
  width: number,
): string[] {
  return countBy(members, (host) => placesOf(host).join(', ')).flatMap(([place, there]) => [
    fitted(`  ${place}${there.length > 1 ? ` (${there.length})` : ''}:`, width),
    ...wrapText(
      there.map(({ instanceId }) => instanceId),
      width - 4,
    ).map((line) => `    ${line}`),
  ]);
}

/** One row, one line: what does not fit a terminal is shown by `…`. */
function fitted(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

/** The report as data: the form's version counts up when a field changes its meaning or goes. */
export function reportJson(
  verdict: FleetVerdict,
  readings: readonly FleetReading[],
  { nowMs, onlyNotDone }: { readonly nowMs: number; readonly onlyNotDone: boolean },
) {
  const { answer, because, hosts, leftOut, proven, no, unknown } = verdict;
  const shown = onlyNotDone ? hosts.filter(({ judgement }) => judgement.standing !== 'proven') : hosts;
  return {
    question,
    answer,
    because,
    at: new Date(nowMs).toISOString(),
    counts: { hosts: hosts.length, done: proven, notDone: no, notKnown: unknown, leftOut: leftOut.length },
    reasons: countBy(hosts, ({ judgement }) => `${judgement.standing} ${judgement.code}`).map(
      ([, members]) => ({
        code: members[0]?.judgement.code ?? '',
        standing: members[0]?.judgement.standing ?? 'unknown',
        hosts: members.length,
      }),
    ),
    witnesses: readings.flatMap((reading) =>
      witnessesOf(reading).map(({ witness, failure }) => ({
        target: reading.target,
        account: reading.account,
        region: reading.region,
        witness,
        told: failure === undefined,
        ...(failure && { ...failure, advice: awsFailureAdvice(failure) }),
      })),
    ),
    trail: readings.map(({ target, trail }) => ({
      target,
      events: trail.told.eventsRead,
      complete: trail.told.complete,
      byEndpoint: [...trail.told.newest.values()].filter(({ way }) => way === 'endpoint').length,
      byInternet: [...trail.told.newest.values()].filter(({ way }) => way === 'public').length,
    })),
    figures: readings.flatMap(({ target, figures }) => figures.told.map((one) => ({ target, ...one }))),
    hosts: shown.map(hostJson),
  };
}

function hostJson(host: JudgedHost) {
  const { account, region, instanceId, registrations, records, event, judgement } = host;
  const seen = records.flatMap(({ by, reading }) => ('record' in reading ? [{ by, ...reading.record }] : []));
  const newest = seen.toSorted((a, b) => b.seenAtMs - a.seenAtMs)[0];
  return {
    account,
    region,
    ...whereIs(host),
    instanceId,
    containerInstanceArns: registrations.map(({ arn }) => arn),
    standing: judgement.standing,
    code: judgement.code,
    message: judgement.message,
    advice: judgement.advice,
    advisedBy: judgement.advisedBy ?? ('fleet' as const),
    agentConnected: registrations.length > 0 && registrations.every(({ agentConnected }) => agentConnected),
    agentVersion: registrations[0]?.agentVersion ?? '',
    record: newest
      ? {
          by: newest.by,
          phase: newest.phase,
          reason: newest.reason,
          seenAt: new Date(newest.seenAtMs).toISOString(),
          daemonVersion: newest.daemonVersion,
        }
      : null,
    lastAsked: event
      ? {
          at: new Date(event.atMs).toISOString(),
          way: event.way,
          from: event.from,
          endpoint: event.endpointId,
        }
      : null,
  };
}

/** One line for those who wait. */
export function progressLine(
  verdict: Pick<FleetVerdict, 'answer' | 'because' | 'proven' | 'hosts'>,
  nowMs: number,
): string {
  return printable(
    `${timeText(nowMs)}  ${verdict.proven} of ${verdict.hosts.length} done: ${verdict.because}`,
    400,
  );
}
