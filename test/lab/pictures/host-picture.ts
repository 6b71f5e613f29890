import { escapeXml } from './escape-xml.ts';

const size = { width: 780, height: 316, panel: 382 };

/** By what the reader's browser prefers; on a ground of its own, so that either is readable on any page. */
const style = `
  .ground { fill: #ffffff; stroke: #d0d7de }
  .box { fill: #f6f8fa; stroke: #57606a }
  .gone { fill: none; stroke: #8c959f; stroke-dasharray: 4 4 }
  text { fill: #1f2328 }
  .dim { fill: #656d76 }
  .public { fill: #a40e26 } .private { fill: #116329 }
  .line-public { stroke: #a40e26 } .line-private { stroke: #116329 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #30363d }
    .box { fill: #161b22; stroke: #8b949e }
    .gone { stroke: #6e7681 }
    text { fill: #e6edf3 }
    .dim { fill: #9198a1 }
    .public { fill: #ff7b72 } .private { fill: #3fb950 }
    .line-public { stroke: #ff7b72 } .line-private { stroke: #3fb950 }
  }
`;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const host: Box = { x: 14, y: 62, width: 190, height: 204 };
const agent: Box = { x: 24, y: 96, width: 170, height: 76 };
const daemon: Box = { x: 24, y: 190, width: 170, height: 62 };
const nat: Box = { x: 236, y: 62, width: 132, height: 52 };
const endpoints: readonly Box[] = [0, 1, 2].map((index) => ({
  x: 236,
  y: 148 + index * 42,
  width: 132,
  height: 34,
}));
const services = ['ecs-agent', 'ecs-telemetry', 'ecs'];

/** A container instance whose endpoints are there: with the agent that was told public hosts, and after its restart. */
export function drawHost(): string {
  const { width, height } = size;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"` +
    ' font-family="system-ui,-apple-system,\'Segoe UI\',\'DejaVu Sans\',sans-serif" font-size="13" role="img">\n' +
    '<title>A container instance before and after its agent is restarted</title>\n' +
    `<style>${style}</style>\n` +
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>\n` +
    `<g>\n${before()}</g>\n<g transform="translate(${width - size.panel - 8} 0)">\n${after()}</g>\n</svg>\n`
  );
}

function before(): string {
  return [
    text([14, 28], 'Before: endpoints are there, unused', 'bold'),
    box(host, 'box'),
    text([24, 84], 'container instance', 'dim'),
    box(agent, 'box'),
    ...inside(agent, ['ecs-agent', 'was told public hosts,', 'keeps them for 12 hours']),
    box(nat, 'box'),
    ...inside(nat, ['NAT gateway', 'its only way']),
    ...endpoints.map((one) => box(one, 'box')),
    ...endpoints.flatMap((one, index) => inside(one, [services[index] ?? ''])),
    text([302, 140], 'interface endpoints', 'dim', 'middle'),
    line([194, 116], [236, 92], 'public'),
    text([14, 292], 'Take the NAT gateway away now: the agent disconnects.', 'public'),
  ].join('');
}

function after(): string {
  return [
    text([14, 28], 'After: a new agent process, on PrivateLink', 'bold'),
    box(host, 'box'),
    text([24, 84], 'container instance', 'dim'),
    box(agent, 'box'),
    ...inside(agent, ['ecs-agent, new', 'was told hosts that', 'are private']),
    box(daemon, 'box'),
    ...inside(daemon, ['ecs-privatelinkd', 'restarted it once']),
    box(nat, 'gone'),
    ...inside(nat, ['NAT gateway', 'no agent on it']),
    ...endpoints.map((one) => box(one, 'box')),
    ...endpoints.flatMap((one, index) => inside(one, [services[index] ?? ''])),
    text([302, 140], 'interface endpoints', 'dim', 'middle'),
    ...endpoints.map(({ x, y, height }, index) =>
      line([194, 128 + index * 14], [x, y + height / 2], 'private'),
    ),
    text([14, 292], 'settled: its private connection was seen', 'private'),
  ].join('');
}

function box({ x, y, width, height }: Box, kind: 'box' | 'gone'): string {
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>\n`;
}

/** Lines in the middle of a box, the first one bold. */
function inside({ x, y, width, height }: Box, lines: readonly string[]): string[] {
  const top = y + height / 2 - lines.length * 8 + 12;
  return lines.map((one, index) =>
    text([x + width / 2, top + index * 17], one, index === 0 ? 'bold' : 'dim', 'middle'),
  );
}

type Point = readonly [x: number, y: number];

function line([x1, y1]: Point, [x2, y2]: Point, kind: 'public' | 'private'): string {
  return `<path class="line-${kind}" d="M${x1} ${y1}L${x2} ${y2}" stroke-width="2.5"/>
`;
}

type Look = 'bold' | 'dim' | 'public' | 'private';

function text([x, y]: Point, content: string, look: Look, anchor?: 'middle'): string {
  const weight = look === 'bold' ? ' font-weight="600"' : ` class="${look}"`;
  const where = anchor === undefined ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${x}" y="${y}"${weight}${where}>${escapeXml(content)}</text>\n`;
}
