import type { AgentSource } from '../agent/agent-observation.ts';
import type { EndpointsSource } from '../endpoints/endpoint-observation.ts';
import type { InstanceSource } from '../instance/instance-observation.ts';
import type { MaxAges } from '../kit/age.ts';

/** Everything that a look may ask. */
export type Source = InstanceSource | EndpointsSource | AgentSource;

/** What is asked in one kind of look. */
export interface Pace {
  /** How old the answer of each source may be. One that is left out is not asked: what is known of it is shown. */
  readonly maxAgeMs: MaxAges<Source>;
  /**
   * So many consecutive looks, one question that shows a name still to be public does for all names. No age tells that:
   * it is asked in every look, and the moment it shows a private address all names are asked in that very look.
   */
  readonly oneQuestionLooks: number;
  /** When the next look comes: a setting, or milliseconds. */
  readonly next: 'waitingIntervalMs' | 'settledIntervalMs' | number;
}

/** What only its own events change, or next to nothing. */
const seldom = {
  // CIDR blocks can be associated with a VPC, and network interfaces attached, at any time; neither is urgent.
  network: 600_000,
} as const satisfies MaxAges<Source>;

/** The agent, where its events and its process tell what changes. */
const agentByEvents = {
  ...seldom,
  // An agent stays registered until its process ends; one that is not registered is asked each time.
  registration: Number.POSITIVE_INFINITY,
  // While the agent opens and closes nothing, or holds on to the connection that proves its path: that may be
  // half-closed or dead, which only the table tells. The kernel walks its whole table of connections for each reading,
  // which costs up to 8 ms on a large host.
  sockets: 60_000,
} as const satisfies MaxAges<Source>;

/** And the Engine's events tell of every other process of the agent's. */
const agentAtRest = {
  ...agentByEvents,
  // While no name leads to a private address nothing hangs on a registered agent.
  agent: 60_000,
  // While /proc shows the same process. Health and restart policy are shown too, and no event is followed for them.
  inspect: 300_000,
  // Finding that nobody supervises it means reading a file of every process, and a question to systemd; a process that
  // does is looked at each time.
  supervisor: 30_000,
} as const satisfies MaxAges<Source>;

/** The paces: a decision picks one by its name. */
export const paces = {
  /** Not all names are private. One look after the other for days: it asks no more than it must. */
  waiting: {
    // Five seconds apart, what is shown of a name is no older than half a minute.
    maxAgeMs: { ...agentAtRest, answers: 0 },
    oneQuestionLooks: 5,
    next: 'waitingIntervalMs',
  },
  /** Before a restart everything is asked, and nothing remembered is relied on. */
  close: {
    maxAgeMs: {
      ...seldom,
      // AWS recommends to look for a spot notice every 5 s.
      lifecycle: 5_000,
      answers: 0,
      probes: 0,
      agent: 0,
      inspect: 0,
      registration: 0,
      tasks: 0,
      sockets: 0,
      log: 0,
      unit: 0,
      supervisor: 0,
    },
    oneQuestionLooks: 0,
    next: 'waitingIntervalMs',
  },
  /** Just after a restart the agent's process changes within milliseconds, and what DNS says changes nothing at once. */
  hasty: {
    // What the names answer while the new agent starts tells what its path is a proof of.
    maxAgeMs: { ...agentByEvents, answers: 5_000, agent: 0, inspect: 0 },
    oneQuestionLooks: 0,
    next: 200,
  },
  /** Later the new agent is waited for with less haste, and the endpoints may be withdrawn meanwhile. */
  patient: {
    maxAgeMs: { ...agentByEvents, answers: 0, agent: 0, inspect: 0 },
    oneQuestionLooks: 0,
    next: 2_000,
  },
  /** An agent that is down and has to be brought back: who runs it, and whether an operator has stopped it. */
  'bringing-back': {
    maxAgeMs: { ...agentByEvents, answers: 5_000, agent: 0, inspect: 0, unit: 0, supervisor: 0 },
    oneQuestionLooks: 0,
    next: 200,
  },
  /** Proven: an event, another process, another socket or another answer would be seen at once or within the interval. */
  settled: {
    maxAgeMs: { ...agentAtRest, answers: 0 },
    oneQuestionLooks: 0,
    next: 'settledIntervalMs',
  },
} as const satisfies Record<string, Pace>;

export type PaceName = keyof typeof paces;

/** For how long a phase that follows the call of a restart is looked at hastily. */
export const hastyForMs = 15_000;
