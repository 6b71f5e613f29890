/** Commands up to this length stay within the sentence. */
const inlineCommand = 36;

/** Prose broken at `width` columns, every line after `indent`. */
export function layOut(text: string, indent: number, width: number): string[] {
  return wrap(text.split(/\s+/).filter(Boolean), width - indent, '').map((line) => ' '.repeat(indent) + line);
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
  const lines = wrap(shellWords(command), width - indent - 4, ' \\');
  return lines.map((line, index) => ' '.repeat(index === 0 ? indent : indent + 2) + line);
}

/** Split at blanks, but never within quotes. */
function shellWords(command: string): string[] {
  return command.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
}

function wrap(words: readonly string[], width: number, lineEnd: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line + lineEnd);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}
