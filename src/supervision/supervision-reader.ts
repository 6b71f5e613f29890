import type {
  AgentContainer,
  Supervision,
  SupervisionReader,
  SupervisorUnit,
} from '../agent/agent-observation.ts';
import { readProcessStat } from '../agent/agent-process.ts';
import { createMemory } from '../kit/age.ts';
import type { Clock } from '../kit/clock.ts';
import {
  findSupervisingProcesses,
  isStartedBy,
  type SupervisingProcess,
  stillRuns,
} from './supervising-process.ts';
import {
  isAboutToAct,
  isInGroupOf,
  serviceOfControlGroup,
  startsAgent,
  type UnitFacts,
} from './supervisor-unit.ts';
import { readServices, readUnit, type Systemctl } from './systemctl.ts';

export interface SupervisionReaderOptions {
  readonly systemctl: Systemctl;
  readonly clock: Clock;
  readonly containerName: string;
  /** The unit that the settings name; another than `ecs.service` is the operator's word. */
  readonly unitName: string;
  /** The unit that ran it, by the word of an earlier daemon; asked until one is seen to run it. */
  readonly ranBy?: () => string | undefined;
  readonly procDir: string;
}

interface Known {
  readonly supervision: Supervision;
  readonly agentPid: number | undefined;
  /** The process that was seen to run it. */
  readonly process: SupervisingProcess | undefined;
}

const nobodyAsked: Supervision = { by: 'unknown', unit: undefined, evidence: 'not looked for yet' };

/** Nobody's word but the kernel's and systemd's: control group, uids, pid namespace, and the units' own properties. */
export function createSupervisionReader(options: SupervisionReaderOptions): SupervisionReader {
  const { clock, procDir } = options;
  const last = createMemory<Known>(() => clock.now().monoMs);
  let doubted = false;
  /** The unit that was last seen to run it: at rest, none of its processes shows that it did. */
  let ranBy: string | undefined;

  function remembered(agentPid: number | undefined, maxAgeMs: number): Known | undefined {
    const known = last.recall(Number.POSITIVE_INFINITY);
    if (known === undefined || doubted) return undefined;
    if (known.process !== undefined) return stillRuns(procDir, known.process) ? known : undefined;
    // A new agent process has been started by somebody, perhaps by one that was not there before.
    return known.agentPid === agentPid ? last.recall(maxAgeMs) : undefined;
  }

  return {
    forget: () => {
      doubted = true;
    },

    async look(container, maxAgeMs, signal) {
      const agentPid = container?.pid;
      if (maxAgeMs.unit === undefined) {
        const known = last.recall(Number.POSITIVE_INFINITY);
        if (maxAgeMs.supervisor === undefined) return known?.supervision ?? nobodyAsked;
        const found = remembered(agentPid, maxAgeMs.supervisor);
        if (found) return found.supervision;
      }
      const now = await find(options, container, ranBy ?? options.ranBy?.(), signal);
      doubted = false;
      const { by, unit } = now.supervision;
      if (by === 'unit' || by === 'ecs-init') ranBy = unit?.name;
      last.keep({ ...now, agentPid });
      return now.supervision;
    },
  };
}

interface Seen {
  readonly by: Supervision['by'];
  readonly evidence: string;
  readonly unit?: UnitFacts;
  readonly process?: SupervisingProcess;
}

async function find(
  options: SupervisionReaderOptions,
  container: AgentContainer | undefined,
  ranBy: string | undefined,
  signal: AbortSignal,
): Promise<Omit<Known, 'agentPid'>> {
  const configured = await readUnit(options.systemctl, options.unitName, signal);
  const seen =
    (await findProcess(options, container, configured, signal)) ??
    (configured && (await findUnit(options, configured, signal))) ??
    nobody(container, configured);
  const { by, evidence, process, unit = (await atRest(options, ranBy, signal)) ?? configured } = seen;
  return { supervision: { by, evidence, unit: unit && stateOf(unit) }, process };
}

/** Undefined where that is the configured one, or is no more: one that was stopped and masked still tells its end. */
async function atRest(
  { systemctl, unitName }: SupervisionReaderOptions,
  ranBy: string | undefined,
  signal: AbortSignal,
): Promise<UnitFacts | undefined> {
  if (ranBy === undefined || ranBy === unitName) return undefined;
  const unit = await readUnit(systemctl, ranBy, signal);
  return unit?.loaded || unit?.end ? unit : undefined;
}

/** Undefined when /proc shows no process that runs it. */
async function findProcess(
  options: SupervisionReaderOptions,
  container: AgentContainer | undefined,
  configured: UnitFacts | undefined,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const { procDir, containerName: name } = options;
  try {
    const { processes, unreadable } = findSupervisingProcesses(procDir, { name, id: container?.id });
    for (const one of processes) {
      const seen = await judge(options, one, configured, signal);
      if (seen !== undefined) return seen;
    }
    // A /proc that does not show the container's process would not show who runs it either.
    if (container?.pid !== undefined && readProcessStat(procDir, container.pid) === undefined) {
      return unknown(`${procDir} does not show the agent’s process`);
    }
    return unreadable
      ? unknown('a process of root says that it runs the agent, and whether it is the host’s cannot be read')
      : undefined;
  } catch {
    signal.throwIfAborted();
    return unknown(`${procDir} cannot be read`);
  }
}

/** Undefined when the process is no unit's, or of one that has nothing to do with the agent. */
async function judge(
  options: SupervisionReaderOptions,
  one: SupervisingProcess,
  configured: UnitFacts | undefined,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const name = serviceOfControlGroup(one.controlGroup);
  if (name === undefined) return undefined;
  const unit = name === options.unitName ? configured : await readUnit(options.systemctl, name, signal);
  const where = `${wordsFor(one)} in the control group of ${name}`;
  if (unit === undefined) return unknown(`${where}, of which systemd tells nothing`);
  if (!isOf(options, one, unit)) return undefined;
  const evidence = `${where}${unlessActive(unit)}`;
  // One of its one-shot commands is under way, and what follows it may stop the agent.
  if (one.kind === 'one-shot' && !isAboutToAct(unit)) return { ...unknown(evidence), unit };
  const stays = unit.activeState === 'active' && !unit.jobQueued;
  return {
    by: one.kind === 'docker-client' ? 'unit' : 'ecs-init',
    evidence,
    unit,
    ...(stays && { process: one }),
  };
}

function unknown(evidence: string): Seen {
  return { by: 'unknown', evidence };
}

function nobody(container: AgentContainer | undefined, configured: UnitFacts | undefined): Seen {
  const seen = `no process ${configured ? 'or unit ' : ''}seen that runs it`;
  const policy = container?.restartPolicy ?? 'no';
  return policy === 'no'
    ? { by: 'none', evidence: `${seen}, no restart policy` }
    : { by: 'restart-policy', evidence: `${seen}; restart policy ${policy}` };
}

/** A unit that is up, or about to be, whose command lines name the container or ecs-init; or that the operator named. */
async function findUnit(
  { systemctl, unitName, containerName }: SupervisionReaderOptions,
  configured: UnitFacts,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  if (configured.loaded && isUp(configured)) {
    const by =
      startsAgent(configured, containerName) === 'ecs-init' && isAboutToAct(configured) ? 'ecs-init' : 'unit';
    return {
      by,
      unit: configured,
      evidence: `the settings name ${unitName}, which is ${configured.activeState}`,
    };
  }
  for (const unit of await readServices(systemctl, signal)) {
    const what = isUp(unit) ? startsAgent(unit, containerName) : undefined;
    if (what === undefined) continue;
    const named = what === 'ecs-init' ? 'amazon-ecs-init' : containerName;
    const evidence = `${named} in ExecStart of ${unit.name}${unlessActive(unit)}`;
    return { by: what === 'ecs-init' && isAboutToAct(unit) ? 'ecs-init' : 'unit', unit, evidence };
  }
  return undefined;
}

/**
 * In its control group, and named in its command lines or started by its main process. What cron, sshd and the SSM agent
 * start is in their groups too, and outlives a restart of theirs (`KillMode=process`).
 */
function isOf(
  { procDir, containerName }: SupervisionReaderOptions,
  one: SupervisingProcess,
  unit: UnitFacts,
): boolean {
  const { controlGroup, mainPid, endsAll } = unit;
  if (!unit.loaded || controlGroup === undefined || !isUp(unit)) return false;
  if (!isInGroupOf(controlGroup, one.controlGroup)) return false;
  if (startsAgent(unit, containerName) !== undefined) return true;
  return one.pid === mainPid || (endsAll && mainPid !== undefined && isStartedBy(procDir, one.pid, mainPid));
}

function isUp({ activeState, jobQueued }: SupervisorUnit): boolean {
  return jobQueued || (activeState !== undefined && activeState !== 'inactive' && activeState !== 'failed');
}

function wordsFor({ pid, kind }: SupervisingProcess): string {
  return `${kind === 'docker-client' ? 'Docker client' : 'amazon-ecs-init'} (pid ${pid})`;
}

function unlessActive({ activeState }: UnitFacts): string {
  return activeState === 'active' ? '' : `, ${activeState}`;
}

function stateOf({
  name,
  loaded,
  activeState,
  subState,
  jobQueued,
  mainExitStatus,
  end,
}: UnitFacts): SupervisorUnit {
  return { name, loaded, activeState, subState, jobQueued, mainExitStatus, ...(end && { end }) };
}
