import { wrapText } from '../kit/wrap-text.ts';

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
  const indent = ' '.repeat(labelWidth);
  return row.slice(0, labelWidth) + wrapText(row.slice(labelWidth), 80 - labelWidth).join(`\n${indent}`);
}
