import { setTimeout as delay } from 'node:timers/promises';
import type { EcsApi } from './ecs-api.ts';
import type { Log } from './log.ts';
import { CallError } from './sdk-client.ts';
import type { RegistrationTimes } from './settings.ts';

/**
 * Registers the instance and resolves with its ARN. Retries in process for as long as the service fails (HTTP 500);
 * rejects where the service refuses or cannot be reached, for the process to end with 1 and its supervisor to start
 * another.
 */
export async function register(
  api: EcsApi,
  cluster: string,
  times: RegistrationTimes,
  log: Log,
): Promise<string> {
  let waitMs = times.firstRetryMs;
  log('info', 'Registering Instance with ECS');
  for (;;) {
    try {
      return await api.register(cluster, times.call);
    } catch (thrown) {
      if (!(thrown instanceof CallError)) throw thrown;
      const error = { error: thrown.message };
      log('error', 'Unable to register as a container instance with ECS', error);
      if (thrown.status < 500) {
        log('error', 'Received terminal error from RegisterContainerInstance call, exiting', error);
        log('error', 'Error registering container instance', error);
        throw thrown;
      }
      log(
        'error',
        'Received non-terminal error from RegisterContainerInstance call, retrying with exponential backoff',
        error,
      );
      await delay(waitMs * (0.8 + 0.4 * Math.random()));
      waitMs = Math.min(waitMs * 2, times.lastRetryMs);
    }
  }
}
