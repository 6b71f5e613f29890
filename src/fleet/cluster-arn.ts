/** `arn:aws:ecs:us-east-1:111122223333:cluster/prod`; empty parts where it is none. */
export function arnParts(arn: string): {
  readonly account: string;
  readonly region: string;
  readonly resource: string;
} {
  const [, , , region = '', account = '', resource = ''] = arn.startsWith('arn:') ? arn.split(':') : [];
  return { account, region, resource };
}

/** Of a name or an ARN. */
export function clusterName(cluster: string): string {
  return cluster.startsWith('arn:') ? (arnParts(cluster).resource.split('/')[1] ?? '') : cluster;
}
