import { escapeXml } from './escape-xml.ts';

/** What of a recording is drawn: lines by their text without colours. What lies between is counted, and the count drawn. */
export interface Cut {
  /** Everything to the first of these. */
  readonly head: RegExp;
  /** These, with the lines that continue them (`continued`). */
  readonly keep?: readonly RegExp[];
  /** Everything from the first of these on. */
  readonly tail: RegExp;
}

/** A line that goes on with the one before: indented as a second column is. */
const continued = /^ {10}/;

const columns = 80;
/** In pixels, of a font of 14: 704 in all, which GitHub shows as it is. */
const cell = { width: 8.4, height: 19 };
const margin = 16;
const fontSize = 14;

/** A terminal that is dark on a page of any colour. */
const colours = { ground: '#0d1117', border: '#30363d', text: '#e6edf3', dim: '#8b949e' };

/** The codes of SGR that the program prints (src/cli/output.ts), as SVG has them. */
const styles: Readonly<Record<string, string>> = {
  '0': '',
  '1': ' font-weight="bold"',
  '31': ' fill="#ff7b72"',
  '32': ' fill="#3fb950"',
  '33': ' fill="#d29922"',
  '90': ` fill="${colours.dim}"`,
};

/** Up to 80 characters of one look, with no two blanks side by side: SVG makes one of them. */
interface Run {
  readonly column: number;
  readonly text: string;
  readonly style: string;
}

/**
 * Draws what a terminal of 80 columns showed, as SVG.
 *
 * @param recorded lines, the first `$ COMMAND`, with the colours of the program
 * @throws Error for an escape sequence that only colours are expected in the place of
 */
export function drawTerminal(title: string, recorded: string, cut?: Cut): string {
  const rows = cutLines(recorded.trimEnd().split('\n'), cut).flatMap(runsOf);
  const width = Math.round(columns * cell.width) + 2 * margin;
  const height = rows.length * cell.height + 2 * margin;
  const lines = rows.map((runs, row) => {
    const y = margin + row * cell.height + fontSize;
    return runs.map((run) => `${drawRun(run, y)}\n`).join('');
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"` +
    ` font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="${fontSize}"` +
    ` fill="${colours.text}" role="img">\n` +
    `<title>${escapeXml(title)}</title>\n` +
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${colours.ground}" stroke="${colours.border}"/>\n` +
    `${lines.join('')}</svg>\n`
  );
}

/** As wide as its columns, whichever font is found. */
function drawRun({ column, text, style }: Run, y: number): string {
  const [x, width] = [margin + column * cell.width, text.length * cell.width].map(
    (n) => Math.round(n * 10) / 10,
  );
  return `<text x="${x}" y="${y}" textLength="${width}"${style}>${escapeXml(text)}</text>`;
}

export function cutLines(lines: readonly string[], cut: Cut | undefined): string[] {
  if (cut === undefined) return [...lines];
  const plain = lines.map((line) => line.replaceAll(sgr, ''));
  const head = plain.findIndex((line) => cut.head.test(line));
  const tail = plain.findIndex((line) => cut.tail.test(line));
  if (head < 0 || tail < 0) throw new Error(`not in the recording: ${head < 0 ? cut.head : cut.tail}`);
  let kept = true;
  let leftOut = 0;
  return lines.flatMap((line, index) => {
    const text = plain[index] ?? '';
    kept =
      index <= head ||
      index >= tail ||
      (cut.keep ?? []).some((pattern) => pattern.test(text)) ||
      (kept && continued.test(text));
    if (!kept) {
      leftOut += 1;
      return [];
    }
    const gap = leftOut === 0 ? [] : [leftOutLine(leftOut)];
    leftOut = 0;
    return [...gap, line];
  });
}

function leftOutLine(count: number): string {
  return `\u001b[90m… ${count} ${count === 1 ? 'line' : 'lines'} left out\u001b[0m`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this is about
const sgr = /\u001b\[(\d+)m/g;

/** The rows that a terminal makes of a line: it goes on in the next one after its last column. */
function runsOf(line: string): Run[][] {
  const rows: Run[][] = [[]];
  let column = 0;
  let style = line.startsWith('$ ') ? (styles['1'] ?? '') : '';
  line.split(sgr).forEach((piece, index) => {
    if (index % 2 === 1) {
      const next = styles[piece];
      if (next === undefined) throw new Error(`what SGR ${piece} looks like is not known`);
      style = next;
      return;
    }
    if (/\p{Cc}/u.test(piece)) throw new Error(`not printable: ${JSON.stringify(piece)}`);
    for (let from = 0; from < piece.length; ) {
      if (column === columns) {
        rows.push([]);
        column = 0;
      }
      const text = piece.slice(from, from + columns - column);
      for (const { 0: word, index: at } of text.matchAll(/\S+(?: \S+)*/g)) {
        rows.at(-1)?.push({ column: column + at, text: word, style });
      }
      column += text.length;
      from += text.length;
    }
  });
  return rows;
}
