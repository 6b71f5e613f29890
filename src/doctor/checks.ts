import { byName } from './by-name.ts';
import type { Check } from './check.ts';
import { type CheckName, checkNames } from './order.ts';

const made: { readonly [Name in CheckName]: Check & { readonly name: Name } } = byName;

/** What a check may find, by its name; and what any of them may. */
export type FindingCodeOf<Name extends CheckName> = keyof (typeof byName)[Name]['findings'] & string;
export type FindingCode = { [Name in CheckName]: FindingCodeOf<Name> }[CheckName];

/** All checks, in the order of `checkNames`. */
export const checks: readonly Check[] = checkNames.map((name) => made[name]);

/** Those asked for by name, or all that need no flag which was not given. */
export function selectChecks(only: readonly CheckName[] | undefined, ec2: boolean): readonly Check[] {
  if (only !== undefined) return checks.filter(({ name }) => only.includes(name));
  return checks.filter(({ onlyWith }) => onlyWith === undefined || ec2);
}
