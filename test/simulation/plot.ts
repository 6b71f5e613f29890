import type { FleetMove } from './fleet.ts';

interface Series {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Axis {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly log: boolean;
  readonly ticks: readonly (readonly [value: number, label: string])[];
}

interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

/** `over`: room for half of the last label of an axis. */
const size = { width: 640, height: 300, left: 70, right: 20, top: 44, bottom: 50, over: 16 };
const colours = { none: '#c0392b', spread: '#2471a3', limit: '#7f8c8d' };

/** Two panels: what one fleet asks of ECS over time, and what every fleet's agents wait for; as SVG. */
export function plot(moves: readonly FleetMove[], overTime: number): string {
  const panels = [requestsPanel(moves.filter(({ hosts }) => hosts === overTime)), awayPanel(moves)];
  const [width, height] = [size.width + size.over, size.height * panels.length];
  const font = 'font-family="sans-serif" font-size="12" fill="#333"';
  const body = panels.map(
    (panel, index) => `<g transform="translate(0 ${index * size.height})">\n${draw(panel)}</g>\n`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${font}>\n` +
    `<title>Requests to register while a fleet moves</title>\n` +
    `<rect width="100%" height="100%" fill="#fff"/>\n${body.join('')}</svg>\n`
  );
}

function nameOf({ splayMs }: FleetMove): string {
  return splayMs === 0 ? 'splay 0' : `splay N ÷ 60 s`;
}

function colourOf({ splayMs }: FleetMove): string {
  return splayMs === 0 ? colours.none : colours.spread;
}

function requestsPanel(moves: readonly FleetMove[]): Panel {
  const seconds = Math.max(...moves.map(({ requestsPerSecond }) => requestsPerSecond.length));
  const series = moves.map((move) => ({
    name: nameOf(move),
    colour: colourOf(move),
    points: overTens(move.requestsPerSecond),
  }));
  const limit = {
    name: '120 a second',
    colour: colours.limit,
    points: [[0, 120] as const, [seconds, 120] as const],
  };
  const minutes = Array.from({ length: Math.floor(seconds / 120) + 1 }, (_, index) => index * 2);
  return {
    title: `Requests to register, a second: ${(moves[0]?.hosts ?? 0).toLocaleString('en')} hosts`,
    x: {
      title: 'minutes since the names turned private',
      from: 0,
      to: seconds,
      log: false,
      ticks: minutes.map((minute) => [minute * 60, String(minute)]),
    },
    y: { title: '', from: 1, to: 10_000, log: true, ticks: decades(1, 10_000) },
    series: [limit, ...series],
  };
}

/** The mean of each ten seconds, those without any left out. */
function overTens(perSecond: readonly number[]): [number, number][] {
  const points: [number, number][] = [];
  for (let from = 0; from < perSecond.length; from += 10) {
    const ten = perSecond.slice(from, from + 10);
    const mean = ten.reduce((sum, one) => sum + one, 0) / ten.length;
    if (mean > 0) points.push([from + 5, mean]);
  }
  return points;
}

function awayPanel(moves: readonly FleetMove[]): Panel {
  const hosts = moves.map((move) => move.hosts);
  const [from, to] = [Math.min(...hosts), Math.max(...hosts)];
  const series = [true, false].map((none) => {
    const ofThis = moves.filter(({ splayMs }) => (splayMs === 0) === none);
    const [first] = ofThis;
    return {
      name: first ? nameOf(first) : '',
      colour: none ? colours.none : colours.spread,
      points: ofThis.map((move) => [move.hosts, move.longestAwayMs / 1_000] as const),
    };
  });
  const times: [number, string][] = [
    [1, '1 s'],
    [10, '10 s'],
    [60, '1 min'],
    [600, '10 min'],
    [3_600, '1 h'],
    [36_000, '10 h'],
  ];
  return {
    title: 'Longest time of an agent without registration',
    x: { title: 'hosts', from, to, log: true, ticks: decades(from, to) },
    y: { title: '', from: 0.5, to: 36_000, log: true, ticks: times },
    series,
  };
}

function decades(from: number, to: number): [number, string][] {
  const ticks: [number, string][] = [];
  for (let value = 10 ** Math.ceil(Math.log10(from)); value <= to; value *= 10) {
    ticks.push([value, value.toLocaleString('en')]);
  }
  return ticks;
}

function draw({ title, x, y, series }: Panel): string {
  const { width, height, left, right, top, bottom } = size;
  const along = (value: number) => round(left + share(x, value) * (width - left - right));
  const up = (value: number) => round(height - bottom - share(y, value) * (height - top - bottom));
  const lines = [
    `<text x="${left}" y="18" font-weight="bold">${title}</text>`,
    `<text x="${(left + width - right) / 2}" y="${height - 12}" text-anchor="middle">${x.title}</text>`,
    ...x.ticks.map(
      ([value, label]) =>
        `<text x="${along(value)}" y="${height - bottom + 18}" text-anchor="middle">${label}</text>`,
    ),
    ...y.ticks.flatMap(([value, label]) => [
      `<path d="M${left} ${up(value)}H${width - right}" stroke="#ddd"/>`,
      `<text x="${left - 6}" y="${up(value) + 4}" text-anchor="end">${label}</text>`,
    ]),
    ...series.flatMap(({ name, colour, points }, index) => [
      `<path d="M${points.map(([px, py]) => `${along(px)} ${up(py)}`).join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${left + index * 130}" y="36" fill="${colour}">${name}</text>`,
    ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Where a value lies on its axis, 0 to 1. */
function share({ from, to, log }: Axis, value: number): number {
  const place = log ? Math.log : (one: number) => one;
  return Math.min(1, Math.max(0, (place(value) - place(from)) / (place(to) - place(from))));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
