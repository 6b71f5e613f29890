/** Where commands print, and whether a person is reading. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  readonly isTerminal: boolean;
}

export function printJson(output: Output, value: unknown): void {
  output.out(`${JSON.stringify(value, undefined, 2)}\n`);
}

const labelWidth = 11;

/** One row `label      text`: prose is broken at 80 columns under its label, rows of the endpoints' table are not. */
export function wrapRow(row: string): string {
  if (row.length <= 80 || row.startsWith('endpoints') || row.startsWith(' ')) return row;
  return row.slice(0, labelWidth) + wrap(row.slice(labelWidth), ' '.repeat(labelWidth), 80);
}

function wrap(text: string, indent: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${indent}`);
}
