/** What was told of each place since the trouble there began. */
export interface Told {
  /** Whether that was not told of the place yet; from now on it counts as told. */
  isNews(place: string, code: string): boolean;
  /** The trouble there is over. */
  forget(place: string): void;
}

/**
 * A trouble may show another cause from look to look, for example a nameserver that is unreachable for one question and
 * too late for the next on a busy host. Each cause is told once until the trouble is over.
 */
export function createTold(): Told {
  const codes = new Map<string, Set<string>>();
  return {
    isNews: (place, code) => {
      const told = codes.get(place) ?? new Set<string>();
      const news = !told.has(code);
      codes.set(place, told.add(code));
      return news;
    },
    forget: (place) => void codes.delete(place),
  };
}
