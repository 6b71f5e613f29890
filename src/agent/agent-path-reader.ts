import type { MaxAges } from '../kit/age.ts';
import type { Clock } from '../kit/clock.ts';
import type { Problem } from '../kit/problem.ts';
import { processOf } from './agent-container.ts';
import { type AgentLogSays, createAgentLogReader } from './agent-log-reader.ts';
import type { AgentContainer, AgentObservation, AgentSettings, AgentSource } from './agent-observation.ts';
import {
  agentPath,
  type ControlPlaneAddresses,
  type PathLimits,
  privateAcsConnection,
} from './agent-path.ts';
import { createAgentSocketReader } from './agent-sockets.ts';
import type { AgentSockets } from './seen-socket.ts';
import { createSilence } from './silence.ts';

export interface AgentPathReaderOptions {
  readonly clock: Clock;
  readonly procDir: string;
  readonly limits: PathLimits;
  readonly isPrivate: (address: string) => boolean;
  readonly logPath: string | undefined;
}

export interface ConnectionsLook {
  readonly addresses: ControlPlaneAddresses;
  readonly maxAgeMs: MaxAges<AgentSource>;
}

export interface SeenAgent {
  readonly container: AgentContainer;
  readonly settings: AgentSettings;
  readonly registered: boolean;
}

export interface AgentPathReader {
  /** The path, and what the log says of why it is not private. Never throws. */
  look(agent: SeenAgent, look: ConnectionsLook): Pick<AgentObservation, 'path' | 'saying'>;
  /** Why there is no agent process: what ecs-init says of it in this boot, else what the last process did. */
  sayingWithout(container: AgentContainer | undefined): Problem | undefined;
  /** Lets no former reading of its connections stand. */
  forget(): void;
  /** How long before `lookMs` its connections were read, 0 when since then; undefined when they were not. */
  ageAt(lookMs: number): number | undefined;
}

const nothingSaid: AgentLogSays = { lastWebsocketHost: undefined, saying: undefined, complains: false };

/** Beside the connections as they are, what is remembered of them while the process is the same. */
export function createAgentPathReader(options: AgentPathReaderOptions): AgentPathReader {
  const { clock, procDir, limits, isPrivate, logPath } = options;
  const socketReader = createAgentSocketReader(clock, procDir, limits.lastingMs);
  const silence = createSilence(limits.lastingMs);
  const log = createAgentLogReader(logPath);

  function connections(container: AgentContainer, look: ConnectionsLook): AgentSockets {
    const { pid } = container;
    if (pid === undefined) return { connections: [], readMonoMs: clock.now().monoMs };
    return socketReader.read({
      pid,
      process: processOf(container),
      maxAgeMs: look.maxAgeMs.sockets ?? 0,
      proves: privateAcsConnection(look.addresses),
    });
  }

  function sayingWithout(container: AgentContainer | undefined): Problem | undefined {
    const { wallMs, monoMs } = clock.now();
    // The clocks do not agree to the millisecond, and what is the same question is not read again.
    const bootMs = Math.floor((wallMs - monoMs) / 60_000) * 60_000;
    return log.ecsInit(bootMs) ?? (container && log.agent(startOf(container)).saying);
  }

  return {
    forget: socketReader.forget,
    ageAt: socketReader.ageAt,
    sayingWithout,

    look({ container, settings, registered }, look) {
      const { addresses, maxAgeMs } = look;
      const sockets = connections(container, look);
      const silentMs = silence({
        process: processOf(container),
        registered,
        sockets,
        acs: addresses.acs,
        isPrivate,
      });
      const judge = ({ lastWebsocketHost, complains }: AgentLogSays) =>
        agentPath({
          running: container.running,
          sockets,
          addresses,
          registered,
          metricsDisabled: settings.metricsDisabled,
          lastWebsocketHost,
          complains,
          silentMs,
          isPrivate,
          limits,
        });
      const seen = judge(nothingSaid);
      if (!container.running) return { path: seen, saying: sayingWithout(container) };
      // While `ecs-a` itself is public nothing hangs on the log of an agent that has registered.
      const hangsOnLog = seen.path !== 'private' && (!registered || addresses.acs.some((one) => one.private));
      if (!hangsOnLog && maxAgeMs.log === undefined) return { path: seen, saying: undefined };
      const said = log.agent(startOf(container));
      const path = judge(said);
      return { path, saying: path.path === 'private' ? undefined : said.saying };
    },
  };
}

/** By the wall clock, as the log's times are. */
function startOf({ startedAt }: AgentContainer): number | undefined {
  const startedMs = Date.parse(startedAt);
  return Number.isNaN(startedMs) ? undefined : startedMs;
}
