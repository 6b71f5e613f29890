/**
 * The codes of problems, by the folder that gives them. Each folder adds its own (`declare module`, beside its rows
 * for docs/events.md), so that a code in no catalogue does not compile, and kit/ need not know them.
 */
export interface ProblemCodes {
  readonly kit: never;
}

export type ProblemCode = ProblemCodes[keyof ProblemCodes];

/** Codes that are about one thing, for docs/events.md. Codes are public: never renamed, never reused. */
export interface ProblemArea {
  readonly about: string;
  readonly codes: readonly string[];
}

/** The codes of a folder's areas. */
export type CodesOf<Areas extends readonly ProblemArea[]> = Areas[number]['codes'][number];

/**
 * Something that is wrong, in words for the operator on call. `code` is stable and public (docs/events.md);
 * `message` says what was seen, `advice` what to change, with the exact command or console setting.
 */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly advice: string;
}

/** Thrown where a part of the host could not be asked or gave no usable answer. Carries the operator's words. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** The text of whatever was thrown, without a stack. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) {
    return thrown.message || thrown.name;
  }
  return String(thrown);
}

/** The `code` of a Node.js system error (`ECONNREFUSED`, `ENOENT`, …), or undefined. */
export function errorCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    return thrown.code;
  }
  return undefined;
}
