import type { SupervisorUnit } from './agent-observation.ts';

/** What `parseUnit` needs to be shown. */
export const UNIT_PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'Job',
  'ExecMainCode',
  'ExecMainStatus',
];

/** `CLD_EXITED`: the main process ended by itself, so that its status is an exit code and not a signal. */
const EXITED = '1';

/** The output of `systemctl show`, lines of `Property=value`; a property that is not set may be missing. */
export function parseUnit(name: string, text: string): SupervisorUnit | undefined {
  const properties = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) properties.set(line.slice(0, equals), line.slice(equals + 1).trim());
  }
  const loadState = properties.get('LoadState');
  if (loadState === undefined) return undefined;
  const activeState = properties.get('ActiveState') || undefined;
  const status = Number(properties.get('ExecMainStatus') ?? '');
  const exited = properties.get('ExecMainCode') === EXITED && Number.isInteger(status);
  return {
    name,
    loaded: loadState === 'loaded',
    activeState,
    subState: properties.get('SubState') || undefined,
    // While it is being stopped the job is the stop.
    jobQueued: Number(properties.get('Job') ?? 0) > 0 && activeState !== 'deactivating',
    mainExitStatus: exited ? status : undefined,
  };
}
