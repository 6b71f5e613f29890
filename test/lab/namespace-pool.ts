import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { PoolOptions, PoolRunnerInitializer, PoolWorker } from 'vitest/node';
import { inCheckout } from './checkout.ts';

/** Vitest's name for a worker's process that listens on the channel of its parent. */
const workerProgram = 'workers/forks.js';
/** Which file descriptor the channel is, behind the three of the standard streams. */
const channel = 3;
const channelVariable = 'NODE_CHANNEL_FD';
/** namespace.sh ends what runs in it, and removes its files. */
const endsWithinMs = 10_000;

/** Any other Node.js that namespace.sh starts would take the channel for its own. */
function inNamespace(command: readonly string[]): string[] {
  return ['env', `--unset=${channelVariable}`, inCheckout('test/lab/namespace.sh'), ...command];
}

/**
 * Runs each test file in a network, mount and pid namespace of its own, so that files run side by side although all
 * of them use the same addresses and well-known ports. From within a namespace already, they run in that one.
 */
export const namespacePool: PoolRunnerInitializer = {
  name: 'namespace',
  createPoolWorker: (options) => createWorker(options),
};

function createWorker({ distPath, env, execArgv, project }: PoolOptions): PoolWorker {
  const { outputStream, errorStream } = project.vitest.logger;
  let child: ChildProcess | undefined;

  function running(): ChildProcess {
    if (child === undefined) throw new Error('the worker was not started');
    return child;
  }

  return {
    name: 'namespace',
    cacheFs: true,
    on: (event, callback) => void running().on(event, callback),
    off: (event, callback) => void running().off(event, callback),
    send: (message) => void running().send(message),
    deserialize: (data) => data,
    start: async () => {
      // setpriv: ends in an orderly way when this process does in whatever way.
      child = fork(join(distPath, workerProgram), {
        execPath: 'setpriv',
        execArgv: [
          '--pdeathsig=TERM',
          ...inNamespace(['env', `${channelVariable}=${channel}`, process.execPath, ...execArgv]),
        ],
        env: { ...env },
        stdio: 'pipe',
        serialization: 'advanced',
      });
      child.stdout?.pipe(outputStream, { end: false });
      child.stderr?.pipe(errorStream, { end: false });
      await once(child, 'spawn');
    },
    stop: async () => {
      const ending = running();
      if (ending.exitCode !== null || ending.signalCode !== null) return;
      const gone = once(ending, 'exit');
      const tooLate = setTimeout(() => ending.kill('SIGKILL'), endsWithinMs);
      ending.kill('SIGTERM');
      await gone;
      clearTimeout(tooLate);
    },
  };
}
