/** Where the reconciler stands. docs/architecture.md has the table of what leaves each phase. */
export type Phase = 'waiting' | 'settling' | 'blocked' | 'scheduled' | 'restarting' | 'verifying' | 'settled';

export const phases = [
  'waiting',
  'settling',
  'blocked',
  'scheduled',
  'restarting',
  'verifying',
  'settled',
] as const satisfies readonly Phase[];

export function isPhase(text: string): text is Phase {
  return phases.some((phase) => phase === text);
}

/** Why the phase is what it is, in words for the operator. `code` is stable and public. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  /** What to do about it; undefined when nothing needs doing. */
  readonly advice: string | undefined;
}
