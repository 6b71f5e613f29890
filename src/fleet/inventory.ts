import { type InventoryResultEntity, paginateGetInventory, type SSMClient } from '@aws-sdk/client-ssm';
import { FLEET_RECORD_TYPE } from '../report/record.ts';
import { type Answer, answered, eachPage } from './ask-aws.ts';
import type { FoundRecord } from './fleet-reading.ts';
import { readRecord } from './record-reader.ts';

/** A host has one record; what a host may upload has thousands of entries. */
const recordsOfHost = 4;

/** GetInventory gives at most so many at once (API reference). */
const page = 50;

/**
 * The records that hosts left in Systems Manager's inventory: those of hosts long gone too, for 30 days. Nodes without one
 * come back as well, and count as nothing.
 */
export async function readInventory(
  ssm: SSMClient,
  progress: (found: number) => void,
  signal: AbortSignal,
): Promise<Answer<readonly FoundRecord[]>> {
  const found: FoundRecord[] = [];
  const pages = paginateGetInventory(
    { client: ssm, pageSize: page },
    { ResultAttributes: [{ TypeName: FLEET_RECORD_TYPE }] },
    { abortSignal: signal },
  );
  return await answered(found, () =>
    eachPage('ssm:GetInventory', signal, pages, ({ Entities: entities = [] }) => {
      found.push(...entities.flatMap(recordsOf));
      progress(found.length);
    }),
  );
}

function recordsOf({ Id: instanceId, Data: data }: InventoryResultEntity): FoundRecord[] {
  const content = data?.[FLEET_RECORD_TYPE]?.Content ?? [];
  if (instanceId === undefined) return [];
  return content
    .slice(0, recordsOfHost)
    .map((entry) => ({ instanceId, by: 'inventory', reading: readRecord(entry) }));
}
