/**
 * The words of a line as Go splits it (net/parse.go), and so the agent: at ASCII blanks alone. A word that begins with a
 * byte order mark or holds a no-break space is another word.
 */
export function asciiFields(line: string): string[] {
  return line.split(/[ \t\r\n]+/).filter((word) => word !== '');
}

/** Go reads lines through a buffer of this size (net/parse.go), in bytes. */
const lineBuffer = 64 * 1024;

/** The lines of a file as Go's resolver reads them: one that does not fit its buffer ends the file. */
export function boundedLines(text: string): string[] {
  const lines = text.split('\n');
  const end =
    text.length * 3 < lineBuffer ? -1 : lines.findIndex((line) => Buffer.byteLength(line) >= lineBuffer);
  return end === -1 ? lines : lines.slice(0, end);
}
