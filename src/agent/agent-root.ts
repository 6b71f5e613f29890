import { readlinkSync } from 'node:fs';
import type { AgentContainer } from './agent-observation.ts';
import { readProcessStat } from './agent-process.ts';

/**
 * The root directory of the agent's container as seen from here; undefined when it does not run, has no file system of
 * its own, or /proc/PID cannot be read (CAP_SYS_PTRACE). Never throws.
 */
export function agentRoot(procDir: string, container: AgentContainer | undefined): string | undefined {
  if (container?.pid === undefined) return undefined;
  try {
    const { pid, startedMonoMs } = container;
    const namespaceOf = (one: string) => readlinkSync(`${procDir}/${one}/ns/mnt`);
    const own = namespaceOf(String(pid));
    if (own === namespaceOf('self') || own === namespaceOf('1')) return undefined;
    return readProcessStat(procDir, pid)?.startedMonoMs === startedMonoMs
      ? `${procDir}/${pid}/root`
      : undefined;
  } catch {
    return undefined;
  }
}
