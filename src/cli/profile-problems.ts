import { knownProfiles } from '../fleet/aws-clients.ts';
import type { ConfigProblem } from '../settings/config-error.ts';
import { nearest } from '../settings/nearest.ts';
import { usageProblem } from '../settings/usage-error.ts';

/** What is to be said of profiles that are in no file of the AWS CLI. */
export async function profileProblems(profiles: readonly string[]): Promise<ConfigProblem[]> {
  if (profiles.length === 0) return [];
  const known = await knownProfiles();
  return profiles
    .filter((profile) => !known.includes(profile))
    .map((profile) =>
      usageProblem(
        '--profile',
        `There is no profile ${profile} in ~/.aws/config or ~/.aws/credentials.`,
        meantOrAll(profile, known, 'profile'),
      ),
    );
}

/** The name that was probably meant, or else all that there are, the first ten of them. */
export function meantOrAll(name: string, known: readonly string[], what: string): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `Did you mean ${meant}?`;
  if (known.length === 0) return `There is no ${what} at all.`;
  const more = known.length > 10 ? ', …' : '';
  return `There ${known.length === 1 ? 'is' : 'are'} ${known.slice(0, 10).join(', ')}${more}.`;
}
