import { execFile } from 'node:child_process';
import {
  messageIn,
  type Supervisor,
  type SupervisorOptions,
  startSupervisor,
  supervisorEnvironment,
} from './supervisor.ts';

export interface EcsUnitOptions extends SupervisorOptions {
  /** Why no NAT rules are to be made, such as in a network that others use. */
  readonly withoutRoutes?: string | undefined;
}

/** ecs-init with what systemd does around it (`ecs.service`), where there is no systemd. */
export interface EcsUnit extends Supervisor {
  /** Why there are no NAT rules for task credentials; undefined when they were made. */
  readonly withoutRoutes: string | undefined;
}

/** The agent ends at SIGTERM; an Engine that does not answer must not hold up the end. */
const commandWithinMs = 15_000;

/**
 * Runs the unit's commands: `pre-start`, `start`, and however that one ends, `stop` and `post-stop`. So an agent that
 * is stopped takes its supervisor and the NAT rules with it, as on a host. Unlike systemd it starts nothing again.
 */
export async function startEcsUnit(options: EcsUnitOptions): Promise<EcsUnit> {
  let { withoutRoutes } = options;
  if (withoutRoutes === undefined) {
    withoutRoutes = await run('pre-start', options, 'on');
  }
  const natCommands = withoutRoutes === undefined ? 'on' : 'off';
  const supervisor = startSupervisor(options);
  const ended = supervisor.ended.then(async (exitCode) => {
    await run('stop', options, natCommands);
    await run('post-stop', options, natCommands);
    return exitCode;
  });
  return {
    ...supervisor,
    ended,
    withoutRoutes,
    close: async () => {
      await supervisor.close();
      await ended;
    },
  };
}

/** Resolves with the reason when the command fails. */
function run(
  command: 'pre-start' | 'stop' | 'post-stop',
  options: SupervisorOptions,
  natCommands: 'on' | 'off',
): Promise<string | undefined> {
  const env = { ...supervisorEnvironment(options), LAB_NAT_COMMANDS: natCommands };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [options.program, command],
      { env, timeout: commandWithinMs, killSignal: 'SIGKILL' },
      (error, stdout) => {
        const said = messageIn(stdout.trim().split('\n').at(-1) ?? '');
        resolve(error === null ? undefined : said || error.message);
      },
    );
  });
}
