import * as v from 'valibot';

const text = v.optional(v.string());

/** The parts of the daemon's log lines that the rehearsal goes by or shows. */
const daemonEventSchema = v.looseObject({
  event: v.string(),
  msg: v.string(),
  time: v.string(),
  level: text,
  phase: text,
  detail: text,
  advice: text,
  host: text,
  class: text,
  addresses: v.optional(v.array(v.string())),
  path: text,
  evidence: text,
  call: text,
  verb: text,
  problem: text,
});

export type DaemonEvent = v.InferOutput<typeof daemonEventSchema>;

/** Undefined for a line that is no log line, such as a stack trace. */
export function parseDaemonEvent(line: string): DaemonEvent | undefined {
  try {
    const parsed = v.safeParse(daemonEventSchema, JSON.parse(line));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it is of a level that a host logs by default. */
export function isForPeople({ level }: DaemonEvent): boolean {
  return level !== 'debug' && level !== 'trace';
}

/** A log line of the daemon in words for the timeline, ids of containers shortened. */
export function describeDaemonEvent(event: DaemonEvent): string {
  return describe(event).replace(/\b[0-9a-f]{64}\b/g, (id) => id.slice(0, 12));
}

function describe(event: DaemonEvent): string {
  const { detail, addresses = [] } = event;
  switch (event.event) {
    case 'phase-changed':
    case 'phase-blocked':
      return `${event.phase}: ${detail}`;
    case 'endpoint-changed':
      return `${event.host} is ${event.class}: ${addresses.join(', ') || 'no address'}`;
    case 'agent-path-changed':
      return `the agent's path is ${event.path}: ${event.evidence}`;
    default:
      return [event.msg, event.call ?? detail ?? event.evidence].filter(Boolean).join(': ');
  }
}
