import { errorCodeOf, messageOf } from '../../../src/kit/problem.ts';
import { exitCodes, interruptions } from './exit-codes.ts';
import type { InsideOptions, RehearsalOptions } from './options.ts';
import { play } from './script.ts';
import { type Pace, setStage } from './stage.ts';
import { succeeded, summaryFields, summaryLine } from './summary.ts';
import { Timeline } from './timeline.ts';

/** The daemon's own pace, and one for the impatient. */
const paces = {
  normal: { lookMs: 5_000, betweenEndpointsMs: 7_000, watchMs: 15_000 },
  fast: { lookMs: 500, betweenEndpointsMs: 1_200, watchMs: 3_000 },
} as const satisfies Record<string, Pace>;

/** Rehearses in the network that this process is in. Resolves with the exit code. */
export async function rehearseInside(options: RehearsalOptions, inside: InsideOptions): Promise<number> {
  const timeline = new Timeline({ json: options.json, begunAt: inside.begunAt });
  const pace = options.fast ? paces.fast : paces.normal;
  const interruption = new AbortController();
  let interruptedBy: number | undefined;
  for (const [name, code] of Object.entries(interruptions)) {
    process.on(name, () => {
      interruptedBy ??= code;
      interruption.abort();
    });
  }

  const patience = { timeoutSeconds: options.timeoutSeconds, signal: interruption.signal };
  try {
    const stage = await setStage(options, inside, { pace, patience }, timeline);
    try {
      const summary = await play({ engine: inside.engine, pace, patience }, stage, timeline);
      const log = succeeded(summary) ? undefined : stage.keepLog();
      if (log !== undefined) {
        timeline.tell('rehearse', 'log-kept', `the daemon's whole log: ${log}`, { path: log });
      }
      timeline.tell('rehearse', 'cleaning', 'cleaning up');
      await stage.close();
      if (options.json) {
        timeline.print('', summaryFields(summary));
      }
      process.stdout.write(`${summaryLine(summary)}\n`);
      return succeeded(summary) ? exitCodes.done : exitCodes.failed;
    } finally {
      await stage.close();
    }
  } catch (error) {
    if (interruptedBy !== undefined) {
      timeline.tell('rehearse', 'interrupted', 'interrupted; everything is cleaned up');
      return interruptedBy;
    }
    const whyNot = inside.place === 'loopback' ? whyNotOnLoopback(error) : undefined;
    if (whyNot !== undefined) {
      timeline.tell('rehearse', 'impossible', whyNot);
      return exitCodes.impossible;
    }
    timeline.tell('rehearse', 'failed', messageOf(error));
    return exitCodes.failed;
  }
}

function whyNotOnLoopback(error: unknown): string | undefined {
  switch (errorCodeOf(error)) {
    case 'EACCES':
      return (
        'ports 53, 80 and 443 cannot be used here: run as root, allow user namespaces (Ubuntu: ' +
        'sysctl kernel.apparmor_restrict_unprivileged_userns=0), or sysctl net.ipv4.ip_unprivileged_port_start=0'
      );
    case 'EADDRINUSE':
      return `something on this machine uses an address that is needed here: ${messageOf(error)}`;
    default:
      return undefined;
  }
}
