import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../system/clock.ts';
import type { AgentContainer, AgentSupervisor, SupervisorUnit } from './agent-observation.ts';
import { type ProcessStat, readProcessStat, unlessEnded } from './process-stat.ts';

/** Name of ecs-init's process: exactly the 15 characters that the kernel keeps. */
const ECS_INIT = 'amazon-ecs-init';

/** For how long "no ecs-init here" is believed: finding out means reading a file of every process. */
const ABSENCE_MS = 30_000;

export interface SupervisorDetector {
  /**
   * Who starts the agent again, or would if there is no container now. With a unit (asked at a full look)
   * nothing remembered is relied on. Never throws; what cannot be read is `unknown`.
   */
  detect(container: AgentContainer | undefined, unit: SupervisorUnit | undefined): AgentSupervisor;
}

export function createSupervisorDetector(clock: Clock, procDir: string): SupervisorDetector {
  let known: { readonly pid: number; readonly stat: ProcessStat } | undefined;
  let absent: { readonly since: number; readonly agentPid: number | undefined } | undefined;

  function ecsInitRuns(afresh: boolean, agentPid: number | undefined): boolean {
    if (known !== undefined) {
      const stat = readProcessStat(procDir, known.pid);
      if (stat?.startedMonoMs === known.stat.startedMonoMs && isEcsInit(stat)) return true;
      known = undefined;
    }
    const now = clock.now().monoMs;
    // A new agent process has been started by somebody, perhaps by an ecs-init that was not there before.
    const remembered = absent?.agentPid === agentPid ? absent : undefined;
    if (!afresh && remembered !== undefined && now - remembered.since < ABSENCE_MS) return false;
    known = findEcsInit(procDir);
    absent = known === undefined ? { since: now, agentPid } : undefined;
    return known !== undefined;
  }

  return {
    detect(container, unit) {
      if (container !== undefined && container.restartPolicy !== 'no') return 'restart-policy';
      if (unit !== undefined && isUp(unit)) return 'ecs-init';
      try {
        const pid = container?.pid;
        if (ecsInitRuns(unit !== undefined, pid)) return 'ecs-init';
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

function findEcsInit(procDir: string): { pid: number; stat: ProcessStat } | undefined {
  for (const entry of readdirSync(procDir)) {
    if (!/^\d+$/.test(entry)) continue;
    const pid = Number(entry);
    const stat = readProcessStat(procDir, pid);
    if (stat !== undefined && isEcsInit(stat) && isSupervising(procDir, pid)) return { pid, stat };
  }
  return undefined;
}

function isEcsInit(stat: ProcessStat): boolean {
  return stat.comm === ECS_INIT && !stat.zombie;
}

/** `amazon-ecs-init start` stays; `pre-start`, `stop` and `post-stop` are errands of the unit. */
function isSupervising(procDir: string, pid: number): boolean {
  const text = unlessEnded(() => readFileSync(`${procDir}/${pid}/cmdline`, 'utf8')) ?? '';
  return text.split('\0').includes('start');
}
