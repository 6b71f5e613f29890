import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { type DaemonEvent, describeDaemonEvent, isForPeople } from './daemon-event.ts';

const statusSchema = v.object({
  phase: v.string(),
  since: v.string(),
  reason: v.object({ code: v.string(), message: v.string(), advice: v.nullable(v.string()) }),
});

/** The parts of the daemon's status file that the rehearsal goes by. */
export type DaemonStatus = v.InferOutput<typeof statusSchema>;

/** Undefined while there is none. */
export function readStatus(file: string): DaemonStatus | undefined {
  try {
    const parsed = v.safeParse(statusSchema, JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

const eventsShown = 3;

/** What the daemon said last, in words, when something that was waited for did not come. */
export function lastWords(
  status: DaemonStatus | undefined,
  events: readonly DaemonEvent[],
  nowMs: number,
): string {
  const lines = events.filter(isForPeople).slice(-eventsShown).map(describeDaemonEvent);
  const log = lines.length === 0 ? 'It has logged nothing.' : `Its last events: ${lines.join(' | ')}`;
  if (status === undefined) {
    return `The daemon has written no status. ${log}`;
  }
  const { phase, since, reason } = status;
  const seconds = Math.round((nowMs - Date.parse(since)) / 1000);
  const advice = reason.advice === null ? '' : ` Advice: ${reason.advice}`;
  return `The daemon has been ${phase} for ${seconds} s (${reason.code}): ${reason.message}.${advice} ${log}`;
}
