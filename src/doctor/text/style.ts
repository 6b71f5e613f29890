import type { CheckStatus } from '../check.ts';

/** How results are marked: colour on a terminal, nothing where it is piped. */
export interface Style {
  mark(status: CheckStatus): string;
  bold(text: string): string;
  dim(text: string): string;
}

const codes = { pass: 32, warn: 33, fail: 31, skip: 90 } as const satisfies Record<CheckStatus, number>;

export const plainStyle: Style = { mark: (status) => status, bold: (text) => text, dim: (text) => text };

/** ANSI colours, of the 16 that every terminal has. */
export const colourStyle: Style = {
  mark: (status) => paint(codes[status], status),
  bold: (text) => paint(1, text),
  dim: (text) => paint(90, text),
};

function paint(code: number, text: string): string {
  return `\u001b[${code}m${text}\u001b[0m`;
}
