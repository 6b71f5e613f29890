import { realpathSync } from 'node:fs';
import { readProcessStat } from '../agent/agent-process.ts';
import { engineAtRest } from '../agent/engine-problem.ts';
import { createMemory } from '../kit/age.ts';
import { within } from '../kit/deadline.ts';
import { readTextIfAny } from '../kit/files.ts';
import type { Problem } from '../kit/problem.ts';
import type { Systemctl } from './systemctl.ts';

export interface EngineAtRestOptions {
  readonly socketPath: string;
  readonly systemctl: Systemctl;
  readonly procDir: string;
  /** Where dockerd leaves its process id. */
  readonly pidFile?: string;
  readonly monotonicMs: () => number;
}

/** That nothing listens for Docker changes only when somebody sets the host up anew. */
const harmlessForMs = 60_000;

/** A systemd that hangs must not keep the daemon from the Engine. */
const answerMs = 1_000;

/**
 * Looks, without connecting, whether an operator has stopped dockerd: connecting to a socket that systemd holds
 * for it (docker.socket) starts it again. Resolves to the problem, or undefined where connecting starts nothing.
 */
export function createEngineAtRest(
  options: EngineAtRestOptions,
): (signal: AbortSignal) => Promise<Problem | undefined> {
  const { socketPath, systemctl, procDir, pidFile = '/run/docker.pid' } = options;
  const harmless = createMemory<true>(options.monotonicMs);

  function dockerdRuns(): boolean {
    try {
      // In a container that is not given it, the host's own: a stopped dockerd would leave a mount of it stale.
      const text = readTextIfAny(pidFile) ?? readTextIfAny(`${procDir}/1/root${pidFile}`);
      const pid = Number(text?.trim() || Number.NaN);
      if (!Number.isInteger(pid)) return false;
      const stat = readProcessStat(procDir, pid);
      return stat !== undefined && !stat.zombie && stat.comm === 'dockerd';
    } catch {
      return false;
    }
  }

  return async (signal) => {
    if (dockerdRuns() || harmless.recall(harmlessForMs)) return undefined;
    const shown = await show(systemctl, signal);
    const { socket, service } = shown ?? {};
    const held = socket?.get('ActiveState') === 'active' && listensAt(socket, socketPath);
    if (!held) {
      harmless.keep(true);
      return undefined;
    }
    const state = service?.get('ActiveState');
    return state === 'inactive' || state === 'failed' ? engineAtRest(socketPath, state) : undefined;
  };
}

type Properties = ReadonlyMap<string, string>;

/** Undefined where systemd cannot be asked. */
async function show(systemctl: Systemctl, signal: AbortSignal) {
  try {
    const args = [
      'show',
      'docker.socket',
      'docker.service',
      '--property=Id,ActiveState,Listen',
      '--no-pager',
    ];
    const text = await within('systemctl show', answerMs, signal, (own) => systemctl(args, own));
    const units = text.split(/\n\s*\n/).map(propertiesOf);
    const unit = (id: string) => units.find((one) => one.get('Id') === id);
    return { socket: unit('docker.socket'), service: unit('docker.service') };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function propertiesOf(block: string): Properties {
  return new Map(
    block.split('\n').map((line) => {
      const equals = line.indexOf('=');
      return [line.slice(0, equals), line.slice(equals + 1).trim()];
    }),
  );
}

/** `Listen=/run/docker.sock (Stream)` */
function listensAt(socket: Properties, socketPath: string): boolean {
  const listened = socket.get('Listen')?.replace(/ \(\w+\)$/, '');
  return listened !== undefined && resolved(listened) === resolved(socketPath);
}

/** /var/run is a link to /run. */
function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
