/**
 * Control and format characters (those that turn the direction of a text among them), halves of a character, and what
 * separates lines beside the newline.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text from outside as it may stand in a message, on a terminal and in a log: one line, nothing in it that a terminal
 * obeys or that cannot be seen, and no longer than `maxLength`. What is left out at the end is shown by `…`.
 */
export function printable(text: string, maxLength: number): string {
  // Whatever sends megabytes must not keep us busy with them; blanks aside, no more than this is ever shown.
  const head = text.slice(0, 16 * maxLength);
  const line = head.replaceAll(/\s+/gu, ' ').trim().replaceAll(unprintable, escaped);
  if (line.length <= maxLength && head.length === text.length) return line;
  let shown = '';
  for (const character of line) {
    if (shown.length + character.length >= maxLength) break;
    shown += character;
  }
  return `${shown}…`;
}

/**
 * The same for a finished output of any length, which keeps its tabs and newlines: the last place where a foreign text is
 * made harmless, for what came past the first. JSON stays the same JSON.
 */
export function visible(output: string): string {
  return output.replaceAll(unprintable, (one) => (one === '\n' || one === '\t' ? one : escaped(one)));
}

/** As JSON does, `\u001b`: in both halves where a character has two. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
