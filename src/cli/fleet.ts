import { AwsFailureError } from '../fleet/ask-aws.ts';
import { createFleetClients } from '../fleet/aws-clients.ts';
import { readContainerInstances } from '../fleet/container-instances.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import type { CommandFlags } from './commands.ts';
import type { Output } from './output.ts';

export interface FleetParts {
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
}

/** `fleet`: whether the agents of all container instances no longer need NAT. */
export async function fleet(
  { output, env }: FleetParts,
  { cluster = [], region = [], profile = [] }: CommandFlags<'fleet'>,
  signal: AbortSignal,
): Promise<ExitCode> {
  const clients = createFleetClients({ region: region[0], profile: profile[0] }, env);
  const { told, failure } = await readContainerInstances(clients.ecs, cluster, () => {}, signal);
  if (failure !== undefined) throw new AwsFailureError(failure);
  output.out(`${told.instances.length} container instances in ${told.clusters.length} clusters\n`);
  return exitCodes.notDone.code;
}
