import { type AwsAccounts, admitted, jsonRefusals, pageOf, regionOf } from './account.ts';
import { AwsFault, type AwsService, type JsonCall } from './aws-api.ts';

/** Services, running tasks and their definitions, as the ECS API gives them. */
export interface TaskState {
  services: { name: string; cluster: string; definition: string; exec?: boolean; subnetIds?: string[] }[];
  tasks: { id: string; cluster: string; definition: string; exec?: boolean; subnetId?: string }[];
  /** Container definitions by `family:revision`. */
  definitions: Record<string, object[]>;
  /** `executeCommandConfiguration` by cluster. */
  exec: Record<string, object>;
}

/** The part of ECS that is about tasks; beside what `ecsService` answers. */
export function ecsTaskHandlers(accounts: AwsAccounts, state: TaskState): NonNullable<AwsService['json']> {
  const arn = (call: JsonCall, resource: string) =>
    `arn:aws:ecs:${call.region}:${admitted(accounts, call, jsonRefusals).id}:${resource}`;
  const clusterOf = (call: JsonCall) => {
    const given = String(call.input['cluster'] ?? 'default');
    const name = given.split('/').at(-1) ?? '';
    const { clusters } = regionOf(admitted(accounts, call, jsonRefusals), call);
    if (!clusters.includes(name)) throw new AwsFault('ClusterNotFoundException', 'Cluster not found.');
    return name;
  };
  const page = (call: JsonCall, name: string, arns: readonly string[]) => {
    const { items, nextToken } = pageOf(
      arns,
      { token: call.input['nextToken'], size: call.input['maxResults'] },
      100,
    );
    return { [name]: items, nextToken };
  };
  const asked = (call: JsonCall, name: string, most: number): string[] => {
    const given = call.input[name];
    if (!Array.isArray(given) || given.length === 0 || given.length > most)
      throw new AwsFault('InvalidParameterException', `${name} cannot be empty or more than ${most}.`);
    return given;
  };
  return {
    ListServices: (call) => {
      const cluster = clusterOf(call);
      const own = state.services.filter((one) => one.cluster === cluster);
      return page(
        call,
        'serviceArns',
        own.map(({ name }) => arn(call, `service/${cluster}/${name}`)),
      );
    },
    DescribeServices: (call) => {
      const cluster = clusterOf(call);
      const names = asked(call, 'services', 10).map((one) => one.split('/').at(-1));
      return {
        services: state.services
          .filter((one) => one.cluster === cluster && names.includes(one.name))
          .map(({ name, definition, exec, subnetIds }) => ({
            serviceName: name,
            status: 'ACTIVE',
            taskDefinition: arn(call, `task-definition/${definition}`),
            enableExecuteCommand: exec === true,
            ...(subnetIds && { networkConfiguration: { awsvpcConfiguration: { subnets: subnetIds } } }),
          })),
      };
    },
    ListTasks: (call) => {
      const cluster = clusterOf(call);
      const own = state.tasks.filter((one) => one.cluster === cluster);
      return page(
        call,
        'taskArns',
        own.map(({ id }) => arn(call, `task/${cluster}/${id}`)),
      );
    },
    DescribeTasks: (call) => {
      const ids = asked(call, 'tasks', 100).map((one) => one.split('/').at(-1));
      return {
        tasks: state.tasks
          .filter(({ id }) => ids.includes(id))
          .map(({ id, definition, exec, subnetId }) => ({
            taskArn: arn(call, `task/${clusterOf(call)}/${id}`),
            group: `family:${definition}`,
            taskDefinitionArn: arn(call, `task-definition/${definition}`),
            enableExecuteCommand: exec === true,
            attachments: subnetId ? [{ details: [{ name: 'subnetId', value: subnetId }] }] : [],
          })),
      };
    },
    DescribeTaskDefinition: (call) => {
      const name = String(call.input['taskDefinition']).split('/').at(-1) ?? '';
      const containerDefinitions = state.definitions[name];
      if (containerDefinitions === undefined)
        throw new AwsFault('ClientException', 'Unable to describe task definition.');
      return { taskDefinition: { containerDefinitions } };
    },
    DescribeClusters: (call) => ({
      clusters: asked(call, 'clusters', 100).map((one) => {
        const clusterName = one.split('/').at(-1) ?? '';
        const executeCommandConfiguration = state.exec[clusterName];
        return {
          clusterName,
          ...(executeCommandConfiguration && { configuration: { executeCommandConfiguration } }),
        };
      }),
    }),
  };
}
