/** Who or what an event is about. */
export type Source = 'rehearse' | 'engine' | 'lab' | 'ecs-init' | 'agent' | 'daemon';

export interface TimelineOptions {
  readonly json: boolean;
  readonly begunAt: number;
}

type About = Readonly<Record<string, unknown>> & { readonly at?: number };

const columns = 80;
const sourceWidth = 10;
const timeWidth = 10;

/** Prints what happens, as it happens: for people in 80 columns, or one JSON object a line. */
export class Timeline {
  readonly #options: TimelineOptions;

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  /**
   * @param event code for `--json`
   * @param text for people; none when it is of no interest to them
   * @param about fields for `--json`, and when it was, if not now
   */
  tell(
    source: Source,
    event: string,
    text: string | undefined,
    { at = Date.now(), ...fields }: About = {},
  ): void {
    const sinceBegun = at - this.#options.begunAt;
    if (this.#options.json) {
      const line = { ms: sinceBegun, source, event, ...(text !== undefined && { text }), ...fields };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    } else if (text !== undefined) {
      process.stdout.write(formatEntry(sinceBegun, source, text));
    }
  }

  /** A line outside of the timeline: JSON with `--json`, text as it is without. */
  print(text: string, fields: Readonly<Record<string, unknown>>): void {
    process.stdout.write(this.#options.json ? `${JSON.stringify(fields)}\n` : `${text}\n`);
  }
}

function formatEntry(sinceBegunMs: number, source: Source, text: string): string {
  const time = `${(sinceBegunMs / 1000).toFixed(1)} s`.padStart(timeWidth - 2);
  const indent = ' '.repeat(timeWidth + sourceWidth);
  const [first = '', ...more] = wrap(text, columns - indent.length);
  const lines = [`${time}  ${source.padEnd(sourceWidth)}${first}`, ...more.map((line) => indent + line)];
  return `${lines.join('\n')}\n`;
}

/** Breaks at spaces. A word longer than `width` stays whole, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
