/** One parser of foreign bytes, and what is promised of it beside a bounded time. */
export interface Target {
  readonly seeds: readonly string[];
  /** So many inputs of others take the time of one of this; default 1. */
  readonly costs?: number;
  /** Gives what is kept of the text. */
  readonly parse: (text: string) => unknown;
  /** What it may throw; default nothing. */
  readonly declared?: (thrown: unknown) => boolean;
  /** What is kept is shown: it must be printable, and no longer than that in all. */
  readonly shownAtMost?: number;
}
