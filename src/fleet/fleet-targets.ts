import { arnParts } from './cluster-arn.ts';

/** One account and region that the flags name. */
export interface TargetSpec {
  readonly name: string;
  /** Undefined: whatever the environment or the profile says. */
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly clusters: readonly string[];
}

export interface TargetFlags {
  readonly cluster: readonly string[];
  readonly region: readonly string[];
  readonly profile: readonly string[];
}

/**
 * Every profile in every region. An ARN names its region: it is asked for there only, and where no region is given that is
 * one of those asked. `problem`: a cluster lies in none of the regions that were given.
 */
export function targetSpecs({
  cluster,
  region,
  profile,
}: TargetFlags):
  | { readonly targets: readonly TargetSpec[] }
  | { readonly problem: readonly [message: string, advice: string] } {
  const names = cluster.filter((one) => !one.startsWith('arn:'));
  const arnRegions = cluster.filter((one) => one.startsWith('arn:')).map((arn) => arnParts(arn).region);
  const usual = names.length > 0 || cluster.length === 0 ? [undefined] : [];
  const regions: (string | undefined)[] = region.length > 0 ? [...region] : [...usual, ...arnRegions];
  const lost = cluster.find((one) => one.startsWith('arn:') && !regions.includes(arnParts(one).region));
  if (lost !== undefined) {
    const asked = `${region.join(', ')} ${region.length === 1 ? 'is' : 'are'} asked (--region)`;
    const message = `The cluster ${lost} is in ${arnParts(lost).region}, and only ${asked}.`;
    return { problem: [message, 'Leave --region out: an ARN names its region.'] };
  }
  const targets = unique(profile.length > 0 ? profile : [undefined]).flatMap((account) =>
    unique(regions).flatMap((place) => {
      const given = region.length > 0 || place === undefined;
      const wanted = unique([
        ...(given ? names : []),
        ...cluster.filter((one) => one.startsWith('arn:') && arnParts(one).region === place),
      ]);
      // All clusters only where none was named.
      if (wanted.length === 0 && cluster.length > 0) return [];
      const who = account === undefined ? [] : [`profile ${account}`];
      const name = [...who, place ?? 'the default region'].join(', ');
      return [{ name, region: place, profile: account, clusters: wanted }];
    }),
  );
  return { targets };
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
