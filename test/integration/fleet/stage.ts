import { afterEach } from 'vitest';
import { type CommandResult, runCommand } from '../../lab/hosts/machine/command.ts';
import { bundle } from '../../lab/program.ts';
import type { AccountState } from '../../lab/stand-ins/aws/account.ts';
import type { AwsApi } from '../../lab/stand-ins/aws/aws-api.ts';
import { newWorld, startFleetApi, type World } from '../../lab/stand-ins/aws/fleet-world.ts';

export const accessKey = 'AKIAIOSFODNN7EXAMPLE';

/** AWS on loopback with one account, and `fleet` as it is built. */
export interface FleetStage {
  readonly world: World;
  api(): AwsApi;
  /** Runs `fleet`; its credentials are the account's unless told otherwise. */
  fleet(flags: string, env?: Readonly<Record<string, string | undefined>>): Promise<CommandResult>;
}

/** For the tests of one `describe`: a stage of its own for each. */
export function fleetStages() {
  const apis: AwsApi[] = [];
  afterEach(async () => {
    await Promise.all(apis.splice(0).map((api) => api.close()));
  });
  return async (more: ReadonlyMap<string, AccountState> = new Map()): Promise<FleetStage> => {
    const world = newWorld(Date.now());
    const api = await startFleetApi(new Map([[accessKey, world.account], ...more]));
    apis.push(api);
    return {
      world,
      api: () => api,
      fleet: (flags, env = {}) => {
        const given = {
          PATH: process.env['PATH'],
          // Nothing of the machine's own.
          HOME: '/nonexistent',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_ENDPOINT_URL: api.url,
          AWS_REGION: world.regionName,
          AWS_ACCESS_KEY_ID: accessKey,
          AWS_SECRET_ACCESS_KEY: 'not-a-secret',
          ...env,
        };
        const kept = Object.entries(given).filter(
          (entry): entry is [string, string] => entry[1] !== undefined,
        );
        const words = flags.split(' ').filter((word) => word !== '');
        return runCommand([process.execPath, bundle, 'fleet', ...words], {
          env: Object.fromEntries(kept),
          timeout: 240_000,
        });
      },
    };
  };
}

/** How often each action was asked for. */
export function countCalls({ calls }: AwsApi): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const call of calls) counts[call] = (counts[call] ?? 0) + 1;
  return counts;
}
