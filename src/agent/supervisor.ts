import { readdirSync } from 'node:fs';
import { createMemory } from '../kit/age.ts';
import type { Clock } from '../kit/clock.ts';
import { readText } from '../kit/files.ts';
import type { AgentContainer, AgentSupervisor, SupervisorUnit } from './agent-observation.ts';
import { readProcessStat } from './agent-process.ts';
import type { ProcessStat } from './process-stat.ts';

/** Name of ecs-init's process: exactly the 15 characters that the kernel keeps. */
const ECS_INIT = 'amazon-ecs-init';

export interface SupervisorDetector {
  /**
   * Who starts the agent again, or would if there is no container now. That there is no ecs-init is believed for
   * `maxAgeMs`, and of this agent process only. Never throws; what cannot be read is `unknown`.
   */
  detect(
    container: AgentContainer | undefined,
    unit: SupervisorUnit | undefined,
    maxAgeMs: number,
  ): AgentSupervisor;
  /** Believes nothing that it saw before. */
  forget(): void;
}

export function createSupervisorDetector(clock: Clock, procDir: string): SupervisorDetector {
  let known: { readonly pid: number; readonly stat: ProcessStat } | undefined;
  const absentBeside = createMemory<{ readonly agentPid: number | undefined }>(() => clock.now().monoMs);

  function stillRuns({ pid, stat: before }: NonNullable<typeof known>): boolean {
    const stat = readProcessStat(procDir, pid);
    return stat?.startedMonoMs === before.startedMonoMs && isEcsInit(stat);
  }

  /** Undefined where only a process of that name runs that does something else than supervise. */
  function ecsInitRuns(maxAgeMs: number, agentPid: number | undefined): boolean | undefined {
    if (known !== undefined && stillRuns(known)) return true;
    known = undefined;
    // A new agent process has been started by somebody, perhaps by an ecs-init that was not there before.
    const absent = absentBeside.recall(maxAgeMs);
    if (absent !== undefined && absent.agentPid === agentPid) return false;
    const found = findEcsInit(procDir);
    known = found.supervising;
    absentBeside.forget();
    if (known !== undefined) return true;
    if (found.oneShot) return undefined;
    absentBeside.keep({ agentPid });
    return false;
  }

  return {
    forget: absentBeside.forget,

    detect(container, unit, maxAgeMs) {
      if (container !== undefined && container.restartPolicy !== 'no') return 'restart-policy';
      if (unit !== undefined && isUp(unit)) return 'ecs-init';
      try {
        const pid = container?.pid;
        const runs = ecsInitRuns(maxAgeMs, pid);
        if (runs) return 'ecs-init';
        // A one-shot of the unit is under way: who supervises the agent is about to change.
        if (runs === undefined) return 'unknown';
        // A /proc that does not show the container's process would not show ecs-init either.
        return pid === undefined || readProcessStat(procDir, pid) !== undefined ? 'none' : 'unknown';
      } catch {
        return 'unknown';
      }
    },
  };
}

/** ecs-init runs, or systemd is about to start it. `deactivating` too: its ExecStop will still stop the agent. */
function isUp({ activeState, jobQueued }: SupervisorUnit): boolean {
  return jobQueued || (activeState !== undefined && activeState !== 'inactive' && activeState !== 'failed');
}

interface EcsInit {
  readonly supervising: { readonly pid: number; readonly stat: ProcessStat } | undefined;
  readonly oneShot: boolean;
}

function findEcsInit(procDir: string): EcsInit {
  let oneShot = false;
  for (const entry of readdirSync(procDir)) {
    if (!/^\d+$/.test(entry)) continue;
    const pid = Number(entry);
    const stat = readProcessStat(procDir, pid);
    if (stat === undefined || !isEcsInit(stat)) continue;
    if (isSupervising(procDir, pid)) return { supervising: { pid, stat }, oneShot: false };
    oneShot = true;
  }
  return { supervising: undefined, oneShot };
}

function isEcsInit(stat: ProcessStat): boolean {
  return stat.comm === ECS_INIT && !stat.zombie;
}

/** `amazon-ecs-init start` stays; `pre-start`, `stop` and `post-stop` are one-shots of the unit. */
function isSupervising(procDir: string, pid: number): boolean {
  const text = readText(`${procDir}/${pid}/cmdline`) ?? '';
  return text.split('\0').includes('start');
}
