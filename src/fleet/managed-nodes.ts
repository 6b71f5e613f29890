import { paginateDescribeInstanceInformation, type SSMClient } from '@aws-sdk/client-ssm';
import { type Answer, answered, eachPage, inParallel } from './ask-aws.ts';
import type { NodesTold } from './fleet-reading.ts';

/** DescribeInstanceInformation gives at most so many at once (API reference). */
const page = 50;
const pagesAtOnce = 4;

/** Whether Systems Manager knows the instances, and has its agent on the line. */
export async function readManagedNodes(
  ssm: SSMClient,
  instanceIds: readonly string[],
  signal: AbortSignal,
): Promise<Answer<NodesTold>> {
  const asked = new Set<string>();
  const standing = new Map<string, 'online' | 'offline'>();
  return await answered({ asked, standing }, () =>
    inParallel(chunksOf(instanceIds, page), pagesAtOnce, async (ids) => {
      const pages = paginateDescribeInstanceInformation(
        { client: ssm, pageSize: page },
        { Filters: [{ Key: 'InstanceIds', Values: ids }] },
        { abortSignal: signal },
      );
      const action = 'ssm:DescribeInstanceInformation';
      await eachPage(action, signal, pages, ({ InstanceInformationList: nodes = [] }) => {
        for (const { InstanceId: id = '', PingStatus: ping } of nodes) {
          standing.set(id, ping === 'Online' ? 'online' : 'offline');
        }
      });
      for (const id of ids) asked.add(id);
    }),
  );
}

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
