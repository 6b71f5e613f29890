/** What there is to a terminal: escapes, and single characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this is about
const pieces = /\u001b\[[\d;]*[A-Za-z]|[\s\S]/gu;

/**
 * What a terminal of so many columns shows of an output: printable characters, newline, carriage return, "erase to the end
 * of the line"; colours are left out.
 *
 * @throws Error on anything else
 */
export function screenOf(output: string, columns: number): string[] {
  const rows: string[][] = [[]];
  let column = 0;
  const next = () => {
    rows.push([]);
    column = 0;
  };
  const print = (character: string) => {
    if (column === columns) next();
    const line = rows.at(-1) ?? [];
    line[column] = character;
    column += 1;
  };
  for (const [piece] of output.matchAll(pieces)) {
    if (piece === '\n') next();
    else if (piece === '\r') column = 0;
    else if (piece.length === 1 && piece >= ' ') print(piece);
    else if (piece.endsWith('K')) rows.at(-1)?.splice(column);
    else if (!piece.endsWith('m')) throw new Error(`what ${JSON.stringify(piece)} does is not known`);
  }
  return rows.map((line) => line.join('').trimEnd());
}
