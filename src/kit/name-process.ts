import { writeFileSync } from 'node:fs';

/**
 * What top, `ps -e` and the kernel's messages call this process, cut at 15 characters; Node.js calls itself MainThread.
 * Not process.title: that takes the command line away, which says with what it runs.
 */
export function nameProcess(): void {
  try {
    writeFileSync('/proc/self/comm', 'ecs-privatelinkd');
  } catch {
    // It is only a name.
  }
}
