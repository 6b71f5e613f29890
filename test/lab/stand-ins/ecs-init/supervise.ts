import type { Engine } from './engine.ts';

/** Exit codes of the agent that mean something to ecs-init (ecs-init/engine/engine.go). */
const success = 0;
const terminalFailure = 5;
const upgrade = 42;

export interface SupervisorOptions {
  readonly engine: Engine;
  readonly name: string;
  /** Body of the create call; asked for each new container. */
  readonly containerBody: () => string;
  readonly nextWaitMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: (message: string) => void;
}

/** Thrown when the Engine fails ecs-init: it ends, and systemd starts it again. */
export class SupervisionError extends Error {
  override readonly name = 'SupervisionError';
}

/**
 * Runs the agent until it ends for good: removes the container of the name, creates and starts a new one, waits.
 * Resolves with the exit code of ecs-init itself.
 * @throws SupervisionError in ecs-init's words, such as `could not start Agent: …`
 */
export async function supervise(options: SupervisorOptions): Promise<number> {
  const { engine, name, log } = options;
  for (;;) {
    await orFail('could not remove existing Agent container', () => engine.remove(name));
    const exitCode = await orFail('could not start Agent', () => runAgent(options));
    log(`Agent exited with code ${exitCode}`);
    switch (exitCode) {
      case success:
        return success;
      case terminalFailure:
        return terminalFailure;
      case upgrade:
        log('Loading the updated Agent image');
        continue;
      default: {
        const waitMs = options.nextWaitMs();
        log(`Waiting ${Math.round(waitMs)} ms before the Agent is started again`);
        await options.sleep(waitMs);
      }
    }
  }
}

async function runAgent({ engine, name, containerBody, log }: SupervisorOptions): Promise<number> {
  const id = await engine.create(name, containerBody());
  await engine.start(id);
  log(`Agent started as container ${id.slice(0, 12)}`);
  return await engine.wait(id);
}

async function orFail<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new SupervisionError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
