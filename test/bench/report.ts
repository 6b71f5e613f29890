import { bareNode } from './alternatives.ts';
import type { Convergence } from './convergence.ts';
import type { Footprint, Start, UnderLimit } from './daemon-figures.ts';
import { median } from './looks.ts';
import type { Pace, PaceReport } from './pace.ts';
import type { ShippedProgram } from './shipped-program.ts';
import type { WatchdogPing } from './watchdog-ping.ts';

export interface Report {
  readonly quick: boolean;
  readonly program: ShippedProgram;
  readonly sizes: Readonly<Record<string, number>>;
  readonly start: Start;
  readonly pace: PaceReport;
  readonly convergence: Convergence;
  readonly limits: readonly UnderLimit[];
  readonly footprint: Footprint;
  readonly ping: WatchdogPing;
  readonly drift: { readonly looks: number; readonly earlyMib: number; readonly lateMib: number };
}

type Row = readonly (string | number)[];
type Limit = readonly [target: number, unit: string];

/** The report as Markdown tables. */
export function renderReport(report: Report): string {
  const { program, sizes, pace, limits } = report;
  return [
    `Measured on ${program.from}: \`node ${program.flags.join(' ')}\`.`,
    table(['quantity', 'measured', 'target', '', 'bare Node.js'], targetRows(report)),
    [
      'What one look costs, ten a second, in turns with what one would use instead; medians. Once settled the daemon asks',
      "for A and AAAA of three names, as the others do, and reads the agent's connections; while waiting one question that",
      'shows a public name does for five looks of six. None of the others tries port 443, tells which path the agent is',
      'on, or restarts anything.',
    ].join('\n'),
    table(
      ['', 'CPU, ms', 'of settled', 'RssAnon, MiB', 'packets', 'system calls'],
      [pace.waiting, pace.settled, ...pace.others].map((one) => paceRow(one, pace.settled)),
    ),
    'Memory of the daemon along the way (RssAnon after a full collection).',
    table(
      ['', 'MiB'],
      Object.entries(report.convergence.memoryMib).map(([stage, mib]) => [stage, round(mib)]),
    ),
    'In a control group with so much memory, page cache of the program included, ten looks a second.',
    table(
      ['limit, MiB', 'runs', 'VmRSS, MiB', 'CPU of a look, ms', 'pages read again a look'],
      limits.map(({ limitMib, alive, rssMib, cpuMsPerLook, majorFaultsPerLook }) => [
        limitMib,
        alive ? 'yes' : 'no',
        round(rssMib),
        round(cpuMsPerLook),
        round(majorFaultsPerLook),
      ]),
    ),
    'Sizes.',
    table(
      ['file', 'bytes'],
      Object.entries(sizes).map(([file, bytes]) => [file, bytes]),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

function targetRows({ sizes, start, pace, convergence, footprint, ping, drift, program }: Report): Row[] {
  const pingsPerDay = ((ping.cpuMs ?? Number.NaN) * ping.pingsPerDay) / 1000;
  const bundle = sizes[program.bundle.split('/').at(-1) ?? ''] ?? Number.NaN;
  const largest = Math.max(
    0,
    ...Object.entries(sizes).flatMap(([name, size]) => (/\.(deb|rpm)$/.test(name) ? [size] : [])),
  );
  const memory = Object.values(convergence.memoryMib);
  const driftMib = drift.lateMib - drift.earlyMib;
  const atMost = (what: string, value: number, [target, unit]: Limit, floor?: number): Row => [
    what,
    `${round(value)} ${unit}`,
    `≤ ${target} ${unit}`,
    Number.isNaN(value) ? 'not measured' : value <= target ? 'met' : 'MISSED',
    floor === undefined ? '' : `${round(floor)} ${unit}`,
  ];
  const floorMs = pace.others.find(({ name }) => name === bareNode)?.cpuMsPerLook;
  return [
    atMost('RssAnon while waiting', footprint.waiting.usage.rssAnonKib / 1024, [16, 'MiB']),
    atMost('RssAnon once settled', footprint.settled.usage.rssAnonKib / 1024, [16, 'MiB']),
    [
      'VmRSS once settled, page cache included',
      `${round(footprint.settled.usage.rssKib / 1024)} MiB`,
      '',
      '',
    ],
    atMost('RssAnon: most minus least along the way', Math.max(...memory) - Math.min(...memory), [1, 'MiB']),
    atMost(`drift of RssAnon over ${drift.looks} looks`, driftMib, [0.5, 'MiB']),
    atMost('CPU of a look while waiting', pace.waiting.cpuMsPerLook, [1.5, 'ms'], floorMs),
    atMost('CPU of a look at everything (settled)', pace.settled.cpuMsPerLook, [1.5, 'ms'], floorMs),
    ['CPU a day of the watchdog, in the two below', `${round(pingsPerDay)} s`, '', '', ''],
    atMost(
      'CPU a day, waiting',
      footprint.waiting.cpuPerDay + pingsPerDay,
      [30, 's'],
      footprint.waiting.bareNodeCpuPerDay,
    ),
    atMost(
      'CPU a day, settled',
      footprint.settled.cpuPerDay + pingsPerDay,
      [4, 's'],
      footprint.settled.bareNodeCpuPerDay,
    ),
    atMost('CPU a day, blocked', footprint.blocked.cpuPerDay + pingsPerDay, [
      2 * (footprint.waiting.cpuPerDay + pingsPerDay),
      's',
    ]),
    atMost('threads', footprint.settled.usage.threads, [4, '']),
    atMost('exec → ready, warm', start.readyMs, [100, 'ms'], start.bareNodeMs),
    atMost('bundle of the daemon', bundle / 1000, [200, 'KB']),
    atMost('package, the larger of rpm and deb', largest === 0 ? Number.NaN : largest / 1e6, [32, 'MB']),
    atMost('DNS change → restart issued, worst', Math.max(...convergence.dnsToRestartMs) / 1000, [16, 's']),
    atMost('restart issued → agent connected', median(convergence.restartToConnectedMs) / 1000, [1.5, 's']),
  ];
}

function paceRow({ name, cpuMsPerLook, rssAnonMib, packetsPerLook, syscallsPerLook }: Pace, ours: Pace): Row {
  return [
    name,
    round(cpuMsPerLook),
    round(cpuMsPerLook / ours.cpuMsPerLook),
    round(rssAnonMib),
    round(packetsPerLook),
    syscallsPerLook === undefined ? '' : Math.round(syscallsPerLook),
  ];
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly Row[]): string {
  const all = [head, head.map(() => '---'), ...rows];
  const width = (column: number) => Math.max(...all.map((row) => String(row[column] ?? '').length));
  return all
    .map(
      (row) =>
        `| ${head.map((_, column) => String(row[column] ?? '').padEnd(width(column), row === all[1] ? '-' : ' ')).join(' | ')} |`,
    )
    .join('\n');
}

function round(value: number | undefined): number | string {
  return value === undefined || Number.isNaN(value) ? '' : Math.round(value * 100) / 100;
}
