import { endpointServices } from '../settings/endpoint-services.ts';
import { byName } from './by-name.ts';
import type { Check } from './check.ts';
import { endpointCheck } from './checks/endpoint.ts';
import { type CheckName, checkNames, type EndpointCheckName } from './order.ts';

const made: {
  readonly [Name in Exclude<CheckName, EndpointCheckName>]: Check & { readonly name: Name };
} = byName;

type FindingsOf<Name extends CheckName> = Name extends keyof typeof byName
  ? (typeof byName)[Name]['findings']
  : ReturnType<typeof endpointCheck>['findings'];

/** What a check may find, by its name; and what any of them may. */
export type FindingCodeOf<Name extends CheckName> = keyof FindingsOf<Name> & string;
export type FindingCode = { [Name in CheckName]: FindingCodeOf<Name> }[CheckName];

/** All checks, in the order of `checkNames`. */
export const checks: readonly Check[] = checkNames.flatMap((name) => {
  const endpoint = endpointServices.find((service) => name === `endpoint-${service}`);
  const others: Readonly<Partial<Record<CheckName, Check>>> = made;
  return (endpoint === undefined ? others[name] : endpointCheck(endpoint)) ?? [];
});

/** Those asked for by name, or all that need no flag which was not given. */
export function selectChecks(only: readonly CheckName[] | undefined, ec2: boolean): readonly Check[] {
  if (only !== undefined) return checks.filter(({ name }) => only.includes(name));
  return checks.filter(({ onlyWith }) => onlyWith === undefined || ec2);
}
