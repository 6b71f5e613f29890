import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { restartBackoff } from './backoff.ts';
import { containerBody } from './container-body.ts';
import { addCredentialRoutes, removeCredentialRoutes } from './credential-routes.ts';
import { engineAt } from './engine.ts';
import { supervise } from './supervise.ts';

const stopTimeoutSeconds = 10;
/** What ecs-init ends with where it could not do its work: -1. */
const failed = 255;

/** The stand-in for ecs-init: the four commands that ecs.service runs. Resolves with its exit code. */
async function runCommand(command: string | undefined, env: NodeJS.ProcessEnv): Promise<number> {
  const engine = engineAt(env['DOCKER_HOST'] || 'unix:///var/run/docker.sock');
  const name = env['LAB_AGENT_NAME'] || 'ecs-agent';
  const routes = env['LAB_NAT_COMMANDS'] !== 'off';
  switch (command) {
    case 'pre-start':
      if (routes) addCredentialRoutes();
      return 0;
    case 'start': {
      const spec = env['LAB_AGENT_SPEC'];
      if (spec === undefined) throw new Error('LAB_AGENT_SPEC names no file');
      const configFiles = (env['LAB_ECS_CONFIG'] ?? '').split(':').filter(Boolean);
      return await supervise({
        engine,
        name,
        containerBody: () => containerBody(readFileSync(spec, 'utf8'), configFiles),
        nextWaitMs: restartBackoff(Math.random),
        sleep: (ms) => delay(ms),
        log,
      });
    }
    case 'stop':
      log((await engine.stop(name, stopTimeoutSeconds)) ? 'Agent stopped' : 'No Agent to stop');
      return 0;
    case 'post-stop':
      if (routes) removeCredentialRoutes(log);
      return 0;
    default:
      log('usage: amazon-ecs-init pre-start | start | stop | post-stop');
      return 64;
  }
}

function log(message: string, level: 'info' | 'error' = 'info'): void {
  const line = `level=${level} time=${new Date().toISOString()} msg=${JSON.stringify(message)}\n`;
  process.stdout.write(line);
  const file = process.env['LAB_INIT_LOG'];
  if (!file) return;
  try {
    appendFileSync(file, line);
  } catch {
    // The journal has it.
  }
}

// The name by which the process is told from others. Not process.title, which would overwrite the arguments too.
writeFileSync('/proc/self/comm', 'amazon-ecs-init');
runCommand(process.argv[2], process.env).then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    log(error instanceof Error ? error.message : String(error), 'error');
    process.exit(failed);
  },
);
