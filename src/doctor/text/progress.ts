import type { CheckName } from '../order.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 80;
const width = 80;
const eraseLine = '\r\u001b[K';

/** The last line of the terminal while checks are under way. */
export interface Progress {
  /** Prints above it; one of the names is done. */
  done(name: CheckName, line: string): void;
  /** Takes it away. */
  end(): void;
}

export function showProgress(names: readonly CheckName[], write: (text: string) => void): Progress {
  const waiting = new Set(names);
  let frame = 0;
  const draw = () => {
    frame = (frame + 1) % frames.length;
    const text = `${frames[frame]} ${names.length - waiting.size} of ${names.length}; ${[...waiting].join(', ')}`;
    write(`${eraseLine}${text.length > width - 1 ? `${text.slice(0, width - 2)}…` : text}`);
  };
  const timer = setInterval(draw, frameMs);
  draw();
  return {
    done: (name, line) => {
      waiting.delete(name);
      write(`${eraseLine}${line}\n`);
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
  return { done: (_, line) => write(`${line}\n`), end: () => {} };
}
