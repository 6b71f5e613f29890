import {
  type ContainerDefinition,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  paginateListServices,
  paginateListTasks,
  type Service,
  type Task,
} from '@aws-sdk/client-ecs';
import { AwsFailureError, askAws, inParallel } from '../fleet/ask-aws.ts';
import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';
import { collect, seeing } from './seeing.ts';
import type { ContainerFacts, TaskDefinitionFacts, TaskFacts } from './task-needs.ts';
import type { Seen } from './vpc-facts.ts';

/** Reads at once: the bucket of reads is shared by the account (100 at once, then 20 a second). */
const atOnce = 4;
/** The API's limits of one call. */
const servicesAtOnce = 10;
const tasksAtOnce = 100;

/** What a cluster's services and running tasks use. */
interface Uses {
  readonly definitions: Set<string>;
  readonly execUsers: Set<string>;
  readonly subnetIds: Set<string>;
  ownKey: boolean;
  logsToCloudWatch: boolean;
  logsToS3: boolean;
}

/**
 * What the services and the running tasks of some clusters are defined by. Task definitions that no service and no task uses
 * now are not looked at.
 *
 * @param clusters names or ARNs
 */
export async function readTasks(
  ecs: ECSClient,
  clusters: readonly string[],
  progress: (done: string) => void,
  signal: AbortSignal,
): Promise<Seen<TaskFacts>> {
  const uses: Uses = {
    definitions: new Set(),
    execUsers: new Set(),
    subnetIds: new Set(),
    ownKey: false,
    logsToCloudWatch: false,
    logsToS3: false,
  };
  // Without a word of who asks: each of the calls below names its own action.
  return await seeing('ecs:DescribeTaskDefinition', signal, async () => {
    for (const cluster of clusters) {
      await readServices(ecs, cluster, uses, signal);
      await readRunningTasks(ecs, cluster, uses, signal);
      if (uses.execUsers.size > 0) await readExec(ecs, cluster, uses, signal);
    }
    const definitions: TaskDefinitionFacts[] = [];
    await inParallel(uses.definitions, atOnce, async (definition) => {
      const told = await readDefinition(ecs, definition, signal);
      if (told !== undefined) definitions.push(told);
      progress(`${definitions.length} of ${uses.definitions.size} task definitions`);
    });
    return {
      definitions: definitions.sort((left, right) => left.name.localeCompare(right.name)),
      exec: {
        users: [...uses.execUsers].sort(),
        ownKey: uses.ownKey,
        logsToCloudWatch: uses.logsToCloudWatch,
        logsToS3: uses.logsToS3,
      },
      subnetIds: [...uses.subnetIds].sort(),
    };
  });
}

async function readServices(ecs: ECSClient, cluster: string, uses: Uses, signal: AbortSignal): Promise<void> {
  const arns = await askAws('ecs:ListServices', signal, () =>
    collect(
      paginateListServices({ client: ecs, pageSize: 100 }, { cluster }, { abortSignal: signal }),
      (page) => page.serviceArns,
    ),
  );
  await inParallel(chunks(arns, servicesAtOnce), atOnce, async (services) => {
    const told = await askAws('ecs:DescribeServices', signal, () =>
      ecs.send(new DescribeServicesCommand({ cluster, services }), { abortSignal: signal }),
    );
    for (const service of told.services ?? []) noteService(service, uses);
  });
}

function noteService(service: Service, { definitions, execUsers, subnetIds }: Uses): void {
  if (service.status === 'INACTIVE') return;
  if (service.taskDefinition) definitions.add(service.taskDefinition);
  if (service.enableExecuteCommand) execUsers.add(`service ${short(service.serviceName)}`);
  for (const id of service.networkConfiguration?.awsvpcConfiguration?.subnets ?? []) subnetIds.add(id);
}

async function readRunningTasks(
  ecs: ECSClient,
  cluster: string,
  uses: Uses,
  signal: AbortSignal,
): Promise<void> {
  const arns = await askAws('ecs:ListTasks', signal, () =>
    collect(
      paginateListTasks({ client: ecs, pageSize: 100 }, { cluster }, { abortSignal: signal }),
      (page) => page.taskArns,
    ),
  );
  await inParallel(chunks(arns, tasksAtOnce), atOnce, async (tasks) => {
    const told = await askAws('ecs:DescribeTasks', signal, () =>
      ecs.send(new DescribeTasksCommand({ cluster, tasks }), { abortSignal: signal }),
    );
    for (const task of told.tasks ?? []) noteTask(task, uses);
  });
}

function noteTask(task: Task, { definitions, execUsers, subnetIds }: Uses): void {
  if (task.taskDefinitionArn) definitions.add(task.taskDefinitionArn);
  const ofService = task.group?.startsWith('service:') === true;
  if (task.enableExecuteCommand && !ofService) execUsers.add(`task of ${nameOf(task.taskDefinitionArn)}`);
  for (const { name, value } of (task.attachments ?? []).flatMap(({ details = [] }) => details)) {
    if (name === 'subnetId' && value) subnetIds.add(value);
  }
}

async function readExec(ecs: ECSClient, cluster: string, uses: Uses, signal: AbortSignal): Promise<void> {
  const told = await askAws('ecs:DescribeClusters', signal, () =>
    ecs.send(new DescribeClustersCommand({ clusters: [cluster], include: ['CONFIGURATIONS'] }), {
      abortSignal: signal,
    }),
  );
  for (const { configuration } of told.clusters ?? []) {
    const exec = configuration?.executeCommandConfiguration;
    if (exec?.kmsKeyId) uses.ownKey = true;
    if (exec?.logConfiguration?.cloudWatchLogGroupName) uses.logsToCloudWatch = true;
    if (exec?.logConfiguration?.s3BucketName) uses.logsToS3 = true;
  }
}

/** Undefined for one that was deleted meanwhile: ECS calls it unable to be described, or invalid. */
async function readDefinition(
  ecs: ECSClient,
  taskDefinition: string,
  signal: AbortSignal,
): Promise<TaskDefinitionFacts | undefined> {
  try {
    const told = await askAws('ecs:DescribeTaskDefinition', signal, () =>
      ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }), { abortSignal: signal }),
    );
    return {
      name: nameOf(taskDefinition),
      containers: (told.taskDefinition?.containerDefinitions ?? []).map(containerOf),
    };
  } catch (thrown) {
    if (thrown instanceof AwsFailureError && thrown.failure.kind === 'failed') return undefined;
    throw thrown;
  }
}

function containerOf(container: ContainerDefinition): ContainerFacts {
  const { logConfiguration: log } = container;
  return {
    name: short(container.name),
    image: short(container.image),
    logDriver: log && short(log.logDriver),
    logOptions: Object.fromEntries(
      Object.entries(log?.options ?? {}).flatMap(([name, value]) =>
        // Others may hold passwords.
        ['Name', 'region', 'awslogs-region'].includes(name) ? [[name, short(value)]] : [],
      ),
    ),
    secrets: [...(container.secrets ?? []), ...(log?.secretOptions ?? [])].map(({ valueFrom }) =>
      short(valueFrom),
    ),
    repositoryCredentials:
      container.repositoryCredentials && short(container.repositoryCredentials.credentialsParameter),
    environmentFiles: (container.environmentFiles ?? []).map(({ value }) => short(value)),
  };
}

/** `arn:aws:ecs:us-east-1:111122223333:task-definition/web:12` → `web:12` */
function nameOf(arn: string | undefined): string {
  return short(arn?.split('/').at(-1));
}

function short(text: string | undefined): string {
  return printable(text ?? '', budgets.nameLength);
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
