import type { ProblemCode } from '../kit/problem.ts';
import type { ReasonRow } from './rules/rule.ts';
import { words } from './rules/words.ts';

type Words = typeof words;
type ReasonsOf<Name extends keyof Words> = Name extends unknown ? keyof Words[Name]['reasons'] : never;

/** The reasons of the rules. Codes are public: never renamed, never reused. */
export type OwnReasonCode = ReasonsOf<keyof Words>;

/** Why a phase is what it is: a reason of its own, or the problem that blocks. */
export type ReasonCode = OwnReasonCode | ProblemCode;

/** Every reason for a phase, beside problems, in the order of the rules. */
export const reasons = Object.assign({}, ...Object.values(words).map((of) => of.reasons)) as Readonly<
  Record<OwnReasonCode, ReasonRow>
>;
