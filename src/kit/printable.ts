/** Control and format characters (those that turn the direction of a text among them), and halves of a character. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/**
 * A text from outside as it may stand in a message, on a terminal and in a log: one line, nothing in it that a terminal
 * obeys or that cannot be seen, and no longer than `maxLength`. What is left out at the end is shown by `…`.
 */
export function printable(text: string, maxLength: number): string {
  // Whatever sends megabytes must not keep us busy with them; blanks aside, no more than this is ever shown.
  const head = text.slice(0, 16 * maxLength);
  const line = head
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .replaceAll(unprintable, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  if (line.length <= maxLength && head.length === text.length) return line;
  let shown = '';
  for (const character of line) {
    if (shown.length + character.length >= maxLength) break;
    shown += character;
  }
  return `${shown}…`;
}
