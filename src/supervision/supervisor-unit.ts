import type { SupervisorUnit, UnitEnd } from '../agent/agent-observation.ts';

/** What is known of a unit beside its state: by this it is told whether a process, or a container, is its business. */
export interface UnitFacts extends SupervisorUnit {
  /** Undefined for none: not running, or a `oneshot` that has ended. */
  readonly mainPid: number | undefined;
  /** As /proc/PID/cgroup names it, e.g. `/system.slice/ecs.service`. */
  readonly controlGroup: string | undefined;
  /** The command lines that start it, one a line. */
  readonly starts: string;
  /** A restart ends all its processes, and not the main one alone. */
  readonly endsAll: boolean;
}

/** What `parseUnits` needs to be shown. */
export const UNIT_PROPERTIES = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'Job',
  'ExecMainCode',
  'ExecMainStatus',
  'MainPID',
  'ControlGroup',
  'ExecStartPre',
  'ExecStart',
  'ExecStartPost',
  'KillMode',
  'Result',
  'InactiveExitTimestampMonotonic',
  'ActiveEnterTimestampMonotonic',
  'ActiveExitTimestampMonotonic',
  'ExecMainExitTimestampMonotonic',
];

/** `CLD_EXITED`: the main process ended by itself, so that its status is an exit code and not a signal. */
const EXITED = '1';

/** The output of `systemctl show`, lines of `Property=value`; a property that is not set may be missing. */
export function parseUnit(name: string, text: string): UnitFacts | undefined {
  const properties = readProperties(text);
  const value = (property: string) => properties.get(property)?.at(-1) || undefined;
  const loadState = value('LoadState');
  if (loadState === undefined) return undefined;
  const activeState = value('ActiveState');
  const status = Number(value('ExecMainStatus') ?? Number.NaN);
  const exited = value('ExecMainCode') === EXITED && Number.isInteger(status);
  const end = isDown(activeState) ? endOf(value, activeState) : undefined;
  return {
    name,
    loaded: loadState === 'loaded',
    activeState,
    subState: value('SubState'),
    // While it is being stopped the job is the stop.
    jobQueued: Number(value('Job') ?? 0) > 0 && activeState !== 'deactivating',
    mainExitStatus: exited ? status : undefined,
    ...(end && { end }),
    mainPid: Number(value('MainPID') ?? 0) || undefined,
    controlGroup: value('ControlGroup'),
    starts: ['ExecStartPre', 'ExecStart', 'ExecStartPost']
      .flatMap((property) => properties.get(property) ?? [])
      .join('\n'),
    endsAll: !/^(process|none)$/.test(value('KillMode') ?? ''),
  };
}

/** What `Result` says of a main process that ended badly. */
const failures: ReadonlySet<string | undefined> = new Set(['exit-code', 'signal', 'core-dump', 'timeout']);

/** It ended for want of memory, or its watchdog was not fed: systemd stops these without being asked. */
const stoppedBySystemd: ReadonlySet<string | undefined> = new Set(['oom-kill', 'watchdog']);

/**
 * What systemd's timestamps tell, in microseconds: a unit that somebody stops leaves `active` before its main process
 * ends, one whose process ends by itself after it. No other property tells the two apart: both are `failed` with the
 * same result where the process ended badly. Of an inactive unit that nothing refers to systemd forgets them (all 0).
 */
function endOf(
  value: (property: string) => string | undefined,
  activeState: string | undefined,
): UnitEnd | undefined {
  const time = (property: string) => Number(value(`${property}TimestampMonotonic`) ?? 0);
  const [began, left, mainEnded] = [time('InactiveExit'), time('ActiveExit'), time('ExecMainExit')];
  const result = value('Result');
  const beganMonoMs = began / 1_000;
  // A run that failed leaves it `failed` or waiting to be started again, and out of that wait a stop leads to `inactive`.
  if (activeState === 'inactive' && failures.has(result)) return { asked: true, beganMonoMs };
  // A run that did not get as far as `active` tells nothing of who ended it.
  if (mainEnded === 0 || left < began) return undefined;
  // The process of a `oneshot` has ended before the unit is active: only a stop ends that.
  const hadNoProcess = mainEnded < time('ActiveEnter');
  return { asked: !stoppedBySystemd.has(result) && (hadNoProcess || left < mainEnded), beganMonoMs };
}

function isDown(activeState: string | undefined): boolean {
  return activeState === 'inactive' || activeState === 'failed';
}

/** Of a property that lists commands there is a line for each. */
function readProperties(text: string): ReadonlyMap<string, readonly string[]> {
  const properties = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals <= 0) continue;
    const property = line.slice(0, equals);
    properties.set(property, [...(properties.get(property) ?? []), line.slice(equals + 1).trim()]);
  }
  return properties;
}

/** The output of `systemctl show` for a pattern: the units' properties, a blank line between them. */
export function parseUnits(text: string): readonly UnitFacts[] {
  return text.split(/\n\s*\n/).flatMap((block) => {
    const name = /^Id=(.+)$/m.exec(block)?.[1];
    const unit = name === undefined ? undefined : parseUnit(name, block);
    return unit === undefined ? [] : [unit];
  });
}

/**
 * systemd is about to start, stop or restart it, which will replace the agent without us. `auto-restart` (in newer
 * versions with `-queued` and the like) waits for RestartSec, with no job queued.
 */
export function isAboutToAct({ activeState, jobQueued }: SupervisorUnit): boolean {
  return (
    jobQueued || activeState === 'activating' || activeState === 'deactivating' || activeState === 'reloading'
  );
}

/** It has ended as after an operator's stop, and systemd is not about to start it. */
export function isStopped({ loaded, activeState, jobQueued, end }: SupervisorUnit): boolean {
  if (jobQueued || !isDown(activeState)) return false;
  return end?.asked === true || (loaded && activeState === 'inactive');
}

/** The name of the service that a control group belongs to, as systemd names them: slices, then the unit. */
export function serviceOfControlGroup(controlGroup: string): string | undefined {
  const unit = controlGroup.split('/').find((part) => !/^(?:|\.\.|.*\.slice)$/.test(part));
  // systemd puts `_` before a name that the kernel would take for a file of its own.
  return unit?.endsWith('.service') === true ? unit.replace(/^_/, '') : undefined;
}

/**
 * Whether a process's control group is that of the unit, or below it. To a daemon in a container, whose name space for
 * control groups begins at its own, paths of others begin with as many `/..` as that is deep, and the rest of them is
 * the end of the whole path (cgroup_namespaces(7)).
 */
export function isInGroupOf(unitGroup: string, processGroup: string): boolean {
  const shown = processGroup.replace(/^(?:\/\.\.)+/, '');
  const inside = `${shown}/`;
  if (shown === processGroup) return inside.startsWith(`${unitGroup}/`);
  const name = unitGroup.slice(unitGroup.lastIndexOf('/'));
  const at = inside.indexOf(`${name}/`);
  return at >= 0 && unitGroup.endsWith(inside.slice(0, at) + name);
}

/** Whether its command lines start ecs-init, or this container. */
export function startsAgent(
  { starts }: UnitFacts,
  containerName: string,
): 'ecs-init' | 'container' | undefined {
  if (/\/amazon-ecs-init\s+start\b/.test(starts)) return 'ecs-init';
  return starts.split('\n').some((line) => startsContainer(line, containerName)) ? 'container' : undefined;
}

/** `docker run --name NAME …`, `docker start NAME`: another container's may name it too (`--volumes-from NAME`). */
function startsContainer(line: string, name: string): boolean {
  const words = line.split(/[\s"'`;=]+/);
  if (!words.some((word) => /(^|\/)docker[^/]*$/.test(word))) return false;
  const run = words.findIndex((word) => word === 'run' || word === 'create');
  if (run >= 0 && words.some((word, at) => at > run && word === name && words[at - 1] === '--name'))
    return true;
  const start = words.findIndex((word) => word === 'start' || word === 'restart');
  return start >= 0 && words.indexOf(name, start) >= 0;
}
