import { wrapText } from './wrap-text.ts';

// One layout for everything that commands print for people. A width is that of the terminal; nobody's (a pipe, a file)
// is Infinity: each row is one line then, and nothing is cut, so that `grep` finds whole sentences.

/** Something that is told under a label. */
export interface Row {
  readonly label: string;
  /** What stands before the text and keeps its blanks; the text is broken beneath itself. */
  readonly lead?: string;
  readonly text: string;
  /** Its longer commands stand on lines of their own. */
  readonly isAdvice?: boolean;
}

/** Column of the texts of a command's rows. */
const usualLabel = 11;

/** Beside a label that leaves less than that, words would stand one below the other: the text goes under it then. */
const leastRoom = 24;

/** Commands up to this length stay within the sentence. */
const inlineCommand = 36;

/** Lines of at most `width` columns, broken between words; a longer word has a line of its own. */
export function layOutRows(rows: readonly Row[], width: number, labelWidth = usualLabel): string[] {
  return rows.flatMap((row) => layOutRow(row, width, labelWidth));
}

function layOutRow(
  { label, lead = '', text, isAdvice = false }: Row,
  width: number,
  labelWidth: number,
): string[] {
  const lay = isAdvice ? layOutAdvice : layOut;
  const head = label.padEnd(labelWidth) + lead;
  if (head.length + text.length <= width || isRoom(text, head.length, width)) {
    const [first = '', ...rest] = lay(text, head.length, width);
    return [(head + first.slice(head.length)).trimEnd(), ...rest];
  }
  const name = label.trim() === '' ? [] : [label.trimEnd()];
  if (lead === '') return [...name, ...lay(text, 2, width)];
  const above = layOutRow({ label, text: lead.trim() }, width, labelWidth);
  return [...above, ...lay(text, isRoom(text, labelWidth, width) ? labelWidth : 2, width)];
}

/** Whether text may stand beside a label: not where a word that a whole line has room for would be too long there. */
function isRoom(text: string, indent: number, width: number): boolean {
  const room = width - indent;
  return room >= leastRoom && !text.split(/\s+/).some(({ length }) => length > room && length <= width - 2);
}

/** Prose broken at `width` columns, every line after `indent`. */
export function layOut(text: string, indent: number, width: number): string[] {
  const words = text.trim();
  return words === '' ? [] : wrapText(words, width - indent).map((line) => ' '.repeat(indent) + line);
}

/** A term and its text in a second column, or below where the term is too long or the room too small. */
export function layOutEntry(term: string, text: string, column: number, width: number): string[] {
  const at = width - column < leastRoom ? Math.min(column, 4) : column;
  const [first = '', ...rest] = layOut(text, at, width);
  return term.length < at ? [term + first.slice(term.length), ...rest] : [term, first, ...rest];
}

/**
 * Advice: prose, with each longer command (between back-ticks) on lines of its own that can be copied as they
 * are: broken with a backslash, as a shell takes it.
 */
export function layOutAdvice(text: string, indent: number, width: number): string[] {
  if (width === Number.POSITIVE_INFINITY) return layOut(text, indent, width);
  const parts: { readonly command: boolean; readonly text: string }[] = [];
  let prose = '';
  for (const [index, part] of text.split('`').entries()) {
    if (index % 2 === 0) {
      prose += parts.length > 0 && prose === '' ? part.replace(/^\s*[.,;:]\s*/, '') : part;
    } else if (part.length <= inlineCommand) {
      prose += `\`${part}\``;
    } else {
      parts.push({ command: false, text: prose }, { command: true, text: part });
      prose = '';
    }
  }
  parts.push({ command: false, text: prose });
  return parts.flatMap((part) =>
    part.command ? layOutCommand(part.text, indent + 2, width) : layOut(part.text, indent, width),
  );
}

function layOutCommand(command: string, indent: number, width: number): string[] {
  const lines = wrapText(shellWords(command), width - indent - 4);
  const end = (index: number) => (index === lines.length - 1 ? '' : ' \\');
  return lines.map((line, index) => ' '.repeat(index === 0 ? indent : indent + 2) + line + end(index));
}

/** Split at blanks, but never within quotes. */
function shellWords(command: string): string[] {
  return command.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
}
