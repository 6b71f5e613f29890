import type { CheckName } from '../order.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 80;
const eraseLine = '\r\u001b[K';

/** The last line of the terminal while checks are under way. */
export interface Progress {
  /** Prints above it; one of the names is done. */
  done(name: CheckName, lines: readonly string[]): void;
  /** Takes it away. */
  end(): void;
}

/** @param columns how many there are now: a terminal may be made narrower meanwhile */
export function showProgress(
  names: readonly CheckName[],
  write: (text: string) => void,
  columns: () => number,
): Progress {
  const waiting = new Set(names);
  let frame = 0;
  const draw = () => {
    frame = (frame + 1) % frames.length;
    const text = `${frames[frame]} ${names.length - waiting.size} of ${names.length}; ${[...waiting].join(', ')}`;
    // Never in the last column: where it goes on to the next line, `eraseLine` leaves the first one.
    const room = columns() - 1;
    write(`${eraseLine}${text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text}`);
  };
  const timer = setInterval(draw, frameMs);
  draw();
  return {
    done: (name, lines) => {
      waiting.delete(name);
      write(`${eraseLine}${lines.join('\n')}\n`);
      if (waiting.size > 0) draw();
    },
    end: () => {
      clearInterval(timer);
      write(eraseLine);
    },
  };
}

/** Where nobody watches: only the lines. */
export function plainProgress(write: (text: string) => void): Progress {
  return { done: (_, lines) => write(`${lines.join('\n')}\n`), end: () => {} };
}
