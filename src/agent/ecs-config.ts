import { budgets } from '../kit/budgets.ts';
import { readBytes } from '../kit/files.ts';
import { blankEntry, type UsedEnvironment, usedEnvironment } from './agent-environment.ts';

/**
 * The files whose variables ecs-init puts over those of each container that it makes; of two that say something the later one
 * counts. The first is the instance's own (Debian's package), the second the operator's.
 */
export const ecsConfigFiles: readonly string[] = ['/var/lib/ecs/ecs.config', '/etc/ecs/ecs.config'];

/**
 * What the next container of ecs-init will have in its environment, as the files are now: they may have been edited since
 * the agent was started. A file that cannot be read says nothing.
 */
export function withEcsConfig(environment: UsedEnvironment, files: readonly string[]): UsedEnvironment {
  return new Map([...environment, ...usedEnvironment(files.flatMap(linesOf))]);
}

/** As ecs-init takes them: without blanks around the line, all else literally, quotes too. What is not used is overwritten first. */
function linesOf(path: string): string[] {
  let file: Buffer | undefined;
  try {
    file = readBytes(path, budgets.agentConfigBytes);
  } catch {
    return [];
  }
  const lines: string[] = [];
  for (let from = 0; file !== undefined && from < file.length; ) {
    const newline = file.indexOf(0x0a, from);
    const end = newline < 0 ? file.length : newline;
    const line = trimmed(file.subarray(from, end));
    blankEntry(line);
    lines.push(line.toString('utf8'));
    from = end + 1;
  }
  return lines;
}

function trimmed(line: Buffer): Buffer {
  let [from, to] = [0, line.length];
  while (from < to && isBlank(line[from])) from += 1;
  while (to > from && isBlank(line[to - 1])) to -= 1;
  return line.subarray(from, to);
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}
