import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ECSClient } from '@aws-sdk/client-ecs';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { apiHost } from '../../../src/endpoints/endpoint-names.ts';
import { partitionOfRegion } from '../../../src/instance/partitions.ts';
import { untold } from './api-settings.ts';

const partitionSchema = v.object({
  id: v.string(),
  outputs: v.object({ dnsSuffix: v.string(), dualStackDnsSuffix: v.string() }),
  regions: v.record(v.string(), v.unknown()),
});

/** The partitions that this version of the SDK knows: a file of its own, which it does not export. */
async function sdkPartitions() {
  const main = createRequire(import.meta.url).resolve('@aws-sdk/core');
  const root = main.slice(0, main.lastIndexOf(join('@aws-sdk', 'core'))) + join('@aws-sdk', 'core');
  const file = join(root, 'dist-es/submodules/client/util-endpoints/lib/aws/partitions.js');
  const module: unknown = await import(pathToFileURL(file).href);
  const { partitionsInfo } = v.parse(
    v.object({ partitionsInfo: v.object({ partitions: v.array(partitionSchema) }) }),
    module,
  );
  return partitionsInfo.partitions;
}

/** Pseudo-regions of services without regions: no instance is in one. */
function isOfInstances(region: string): boolean {
  return !region.endsWith('-global');
}

const partitions = await sdkPartitions();
const { endpointProvider } = new ECSClient({ region: 'us-east-1' }).config;

it('the SDK knows partitions and regions', () => {
  expect(partitions.map(({ id }) => id)).toContain('aws-cn');
  expect(partitions.flatMap(({ regions }) => Object.keys(regions)).length).toBeGreaterThan(30);
});

it.each(partitions.map((one) => [one.id, one] as const))(
  'the hosts of %s are those of the SDK’s endpoint rules',
  (id, { outputs, regions }) => {
    for (const region of Object.keys(regions).filter(isOfInstances)) {
      const { partition, suffix } = partitionOfRegion(region);
      expect([region, partition, suffix]).toEqual([region, id, outputs.dnsSuffix]);
      for (const useFips of [false, true]) {
        for (const useDualStack of [false, true]) {
          const api = { ...untold, useFips, useDualStack };
          const place = { region, partition, suffix, ipv6Only: false, agentVersion: undefined };
          const { host } = apiHost({ ...place, api, overrides: {} });
          const rules = { Region: region, UseFIPS: useFips, UseDualStack: useDualStack };
          expect(host).toBe(endpointProvider?.(rules).url.host);
        }
      }
    }
  },
);

it.each(['UseFIPS', 'UseDualStack'])('the SDK refuses a custom endpoint with %s', (variant) => {
  const rules = { Region: 'us-east-1', Endpoint: 'https://ecs.example', [variant]: true };
  expect(() => endpointProvider?.(rules)).toThrow('custom endpoint');
});
