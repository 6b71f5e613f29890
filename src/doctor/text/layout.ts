import { wrapText } from '../../kit/wrap-text.ts';

/** Commands up to this length stay within the sentence. */
const inlineCommand = 36;

/** Prose broken at `width` columns, every line after `indent`. */
export function layOut(text: string, indent = 0, width = 80): string[] {
  const words = text.trim();
  return words === '' ? [] : wrapText(words, width - indent).map((line) => ' '.repeat(indent) + line);
}

/** A term and its text in a second column, or below where the term is too long; at most 80 columns. */
export function layOutEntry(term: string, text: string, column: number): string[] {
  const [first = '', ...rest] = layOut(text, column);
  return term.length < column ? [term + first.slice(term.length), ...rest] : [term, first, ...rest];
}

/**
 * Advice: prose, with each longer command (between back-ticks) on lines of its own that can be copied as they
 * are: broken with a backslash, as a shell takes it.
 */
export function layOutAdvice(text: string, indent: number, width: number): string[] {
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
