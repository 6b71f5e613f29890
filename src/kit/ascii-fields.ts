/**
 * The words of a line as Go splits it (net/parse.go), and so the agent: at ASCII blanks alone. A word that begins with a
 * byte order mark or holds a no-break space is another word.
 */
export function asciiFields(line: string): string[] {
  return line.split(/[ \t\r\n]+/).filter((word) => word !== '');
}
