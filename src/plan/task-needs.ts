import { partitionOfRegion } from '../instance/partitions.ts';

/** What is used of one container's definition. */
export interface ContainerFacts {
  readonly name: string;
  readonly image: string;
  readonly logDriver: string | undefined;
  readonly logOptions: Readonly<Record<string, string>>;
  /** `valueFrom` of its secrets and of its log driver's: ARNs, or names of parameters. */
  readonly secrets: readonly string[];
  /** ARN of the secret that the registry's password is in. */
  readonly repositoryCredentials: string | undefined;
  /** ARNs of S3 objects. */
  readonly environmentFiles: readonly string[];
}

export interface TaskDefinitionFacts {
  /** e.g. `web:12` */
  readonly name: string;
  readonly containers: readonly ContainerFacts[];
}

/** What ECS Exec is used by, and what a cluster has it use beside its own channel. */
export interface ExecFacts {
  /** Services and tasks with it, e.g. `service web`. */
  readonly users: readonly string[];
  readonly ownKey: boolean;
  readonly logsToCloudWatch: boolean;
  readonly logsToS3: boolean;
}

export interface TaskFacts {
  readonly definitions: readonly TaskDefinitionFacts[];
  readonly exec: ExecFacts;
  /** Subnets of tasks that have network interfaces of their own. */
  readonly subnetIds: readonly string[];
}

/** An endpoint service that tasks use, e.g. `ecr.api`, and what shows it. */
export interface Need {
  readonly service: string;
  readonly because: readonly string[];
}

/** What no endpoint of this VPC can reach. */
export interface OutsideNeed {
  readonly what: string;
  readonly because: readonly string[];
  readonly instead: string;
}

export interface TaskNeeds {
  readonly needs: readonly Need[];
  readonly outside: readonly OutsideNeed[];
  readonly subnetIds: readonly string[];
  /** How many definitions were read. */
  readonly definitions: number;
}

type Use = { readonly service: string } | { readonly what: string; readonly instead: string };

const anotherWay = 'NAT, a proxy, or the image copied to ECR in this region';

/**
 * What of AWS the tasks use by their definitions: not what their own code calls, which nobody can read there.
 * Sources: "Amazon ECS interface VPC endpoints" and "Amazon ECR interface VPC endpoints" of the developer guides: ECR needs
 * `ecr.api`, `ecr.dkr`, and S3 for the layers.
 */
export function taskNeeds({ definitions, exec, subnetIds }: TaskFacts, region: string): TaskNeeds {
  const uses = [
    ...definitions.flatMap(({ name, containers }) =>
      containers.flatMap((container) => usesOf(container, region).map((use) => ({ ...use, by: name }))),
    ),
    ...execUses(exec),
  ];
  return {
    needs: gather(
      uses.flatMap((use) => ('service' in use ? [{ key: use.service, because: because(use) }] : [])),
    ).map(({ key, because: texts }) => ({ service: key, because: texts })),
    outside: gather(
      uses.flatMap((use) => ('what' in use ? [{ key: use.what, because: because(use) }] : [])),
    ).map(({ key, because: texts }) => ({ what: key, because: texts, instead: insteadOf(uses, key) })),
    subnetIds: [...new Set(subnetIds)].sort(),
    definitions: definitions.length,
  };
}

type UseBy = (Use & { readonly why: string }) & { readonly by: string };

function because({ by, why }: UseBy): string {
  return `${by}: ${why}`;
}

function insteadOf(uses: readonly UseBy[], what: string): string {
  return uses.flatMap((use) => ('what' in use && use.what === what ? [use.instead] : []))[0] ?? '';
}

function gather(all: readonly { key: string; because: string }[]) {
  const found = new Map<string, Set<string>>();
  for (const { key, because: text } of all) found.set(key, (found.get(key) ?? new Set()).add(text));
  return [...found].map(([key, texts]) => ({ key, because: [...texts] }));
}

function usesOf(container: ContainerFacts, region: string): (Use & { why: string })[] {
  return [
    ...imageUses(container.image, region),
    ...logUses(container, region),
    ...container.secrets.flatMap((from) => secretUses(from, region)),
    ...(container.repositoryCredentials === undefined
      ? []
      : secretUses(container.repositoryCredentials, region)),
    ...container.environmentFiles.map((arn) => ({ service: 's3', why: `environment file ${arn}` })),
  ];
}

/** Private registries, by their IPv4 and their dual-stack names. */
const ecrHost =
  /^\d{12}\.dkr(?:\.ecr(?:-fips)?\.([a-z0-9-]+)\.([a-z.-]+)|-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.[a-z.]+)$/;

/** The region of the private registry of ECR that a host is. */
function ecrRegion(host: string): string | undefined {
  const [, region, suffix, dualStackRegion] = ecrHost.exec(host) ?? [];
  return region !== undefined && suffix === partitionOfRegion(region).suffix ? region : dualStackRegion;
}

function imageUses(image: string, region: string): (Use & { why: string })[] {
  const why = `image ${image}`;
  const host = registryOf(image);
  const imageRegion = ecrRegion(host);
  if (imageRegion === region)
    return [
      { service: 'ecr.api', why },
      { service: 'ecr.dkr', why },
      { service: 's3', why: `layers of ${why}` },
    ];
  const what = imageRegion === undefined ? `registry ${host}` : `ECR in ${imageRegion}`;
  return [{ what, instead: anotherWay, why }];
}

/** By the rule of Docker's reference parser: the first component is a host where it has a dot, a port, or is localhost. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}

/** Of Fluent Bit's outputs those of AWS, by the `Name` of the options of `awsfirelens`. */
const fluentBitOutputs: ReadonlyMap<string, string> = new Map([
  ['cloudwatch', 'logs'],
  ['cloudwatch_logs', 'logs'],
  ['firehose', 'kinesis-firehose'],
  ['kinesis_firehose', 'kinesis-firehose'],
  ['kinesis', 'kinesis-streams'],
  ['kinesis_streams', 'kinesis-streams'],
  ['s3', 's3'],
]);

const localLogDrivers: ReadonlySet<string> = new Set(['json-file', 'local', 'journald', 'none']);

function logUses({ logDriver, logOptions }: ContainerFacts, region: string): (Use & { why: string })[] {
  if (logDriver === undefined || localLogDrivers.has(logDriver)) return [];
  const service =
    logDriver === 'awslogs' ? 'logs' : fluentBitOutputs.get((logOptions['Name'] ?? '').toLowerCase());
  const why =
    service === undefined || logDriver === 'awslogs'
      ? `log driver ${logDriver}`
      : `${logDriver} to ${service}`;
  const logRegion = logOptions['awslogs-region'] ?? logOptions['region'] ?? region;
  if (service === undefined)
    return [
      {
        what: `log driver ${logDriver}`,
        instead: 'see where it is told to write: not in the definition',
        why,
      },
    ];
  if (logRegion !== region)
    return [{ what: `${service} in ${logRegion}`, instead: `logs kept in ${region}, or NAT`, why }];
  return [{ service, why }];
}

/** A name alone is that of a parameter of this region. */
function secretUses(from: string, region: string): (Use & { why: string })[] {
  const [prefix, , service, arnRegion] = from.split(':');
  const isSecret = prefix === 'arn' && service === 'secretsmanager';
  const used = isSecret ? 'secretsmanager' : 'ssm';
  const why = isSecret ? 'a secret of Secrets Manager' : 'a parameter of Parameter Store';
  if (prefix === 'arn' && arnRegion !== undefined && arnRegion !== '' && arnRegion !== region)
    return [{ what: `${used} in ${arnRegion}`, instead: `a replica in ${region}, or NAT`, why }];
  return [{ service: used, why }];
}

/** "Using ECS Exec": with a key of one's own the task calls KMS itself, and it writes the session's log itself. */
function execUses({ users, ownKey, logsToCloudWatch, logsToS3 }: ExecFacts): UseBy[] {
  return users.flatMap((by) => [
    { service: 'ssmmessages', why: 'ECS Exec', by },
    ...(ownKey ? [{ service: 'kms', why: 'ECS Exec with a key of its own', by }] : []),
    ...(logsToCloudWatch ? [{ service: 'logs', why: 'log of ECS Exec', by }] : []),
    ...(logsToS3 ? [{ service: 's3', why: 'log of ECS Exec', by }] : []),
  ]);
}
