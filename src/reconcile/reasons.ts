import { mapValues } from '../kit/keys-of.ts';
import type { ProblemCode } from '../kit/problem.ts';
import { type GuardCode, guardWords } from './guards.ts';
import type { Phase } from './phase.ts';

export interface ReasonRow {
  /** Phases in which it is given. */
  readonly phases: readonly Phase[];
  /** Given by the command `check` too, or by it alone. */
  readonly check?: true;
  /** For docs/events.md. */
  readonly meaning: string;
}

const ofGuards: Readonly<Record<GuardCode, ReasonRow>> = mapValues(guardWords, ({ meaning }) => ({
  phases: ['blocked'],
  meaning,
}));

/** Every reason for a phase, beside problems. Codes are public: never renamed, never reused. */
export const reasons = {
  starting: { phases: ['waiting'], meaning: 'the daemon has not looked yet' },
  'names-not-known': { phases: ['waiting'], meaning: 'no region yet: IMDS has not answered' },
  'names-not-private': { phases: ['waiting'], meaning: 'an endpoint is missing; the message lists which' },
  'endpoints-withdrawn': { phases: ['waiting'], meaning: 'they were private and are no longer' },
  'names-settling': { phases: ['settling'], meaning: 'all names are private and reachable; counting rounds' },
  'path-settling': { phases: ['settling'], meaning: 'the agent is on the public path; counting looks' },
  'path-unknown': {
    phases: ['settling'],
    check: true,
    meaning: "the agent's path cannot be determined; after `unknown-path-after` start times decide",
  },
  'restart-abandoned': { phases: ['settling'], meaning: 'an earlier daemon ended before its call' },
  'agent-not-registered': {
    phases: ['settling', 'blocked'],
    check: true,
    meaning: 'it runs and has not registered; not restarting it; blocked after a minute',
  },
  'agent-not-running': {
    phases: ['settling', 'blocked'],
    meaning: 'there is no running agent; the message says what restarts it; blocked after a minute',
  },
  'agent-process-gone': {
    phases: ['settling', 'blocked'],
    meaning: 'the Docker Engine says that it runs, its process is gone; blocked after a minute',
  },
  'agent-exit-5': { phases: ['blocked'], meaning: 'the agent exited with a terminal error (exit code 5)' },
  'unit-stopped': { phases: ['blocked'], meaning: '`ecs.service` was stopped on purpose' },
  'endpoint-not-probed': {
    phases: ['blocked'],
    check: true,
    meaning: 'port 443 of an endpoint has not been tried yet',
  },
  ...ofGuards,
  'dry-run': {
    phases: ['blocked'],
    meaning: 'set by configuration (`dry-run`); it would have been restarted',
  },
  'attempts-used-up': { phases: ['blocked'], meaning: '`max-restarts` restarts did not help' },
  'restart-no-effect': {
    phases: ['blocked'],
    meaning: 'the call was made and the same agent is still there',
  },
  'cool-down': {
    phases: ['scheduled'],
    meaning: 'the last restart did not help; `status` says when the next is due',
  },
  splay: { phases: ['scheduled'], meaning: "waiting for this host's turn in the fleet" },
  'tasks-starting': { phases: ['scheduled'], meaning: 'tasks are starting; waited for up to `task-wait`' },
  restarting: { phases: ['restarting'], meaning: 'the call is being made' },
  'restart-in-flight': { phases: ['restarting'], meaning: 'called; it may yet take effect' },
  'waiting-for-supervisor': {
    phases: ['restarting'],
    meaning: 'the old agent has ended, the new one is about to come',
  },
  'supervisor-did-not-recreate': {
    phases: ['restarting'],
    meaning: 'not re-created within `recreate-timeout`; its unit is being started',
  },
  'agent-found-stopped': {
    phases: ['restarting'],
    meaning: 'the Engine did not start it again; it is being started',
  },
  'agent-absent': {
    phases: ['restarting', 'blocked'],
    meaning: 'its container was removed during a restart',
  },
  verifying: { phases: ['verifying'], meaning: 'waiting for registration and private path' },
  'on-private-path': { phases: ['settled'], check: true, meaning: "proven from the agent's own connections" },
  'path-unproven': {
    phases: ['settled'],
    meaning: 'the agent started after the endpoints were private, but its connections cannot be seen',
  },
  'agent-on-public-path': {
    phases: [],
    check: true,
    meaning: 'all is ready and the agent has not been restarted',
  },
} as const satisfies Record<string, ReasonRow>;

/** The reasons of the reconciler itself. */
export type OwnReasonCode = keyof typeof reasons;

/** Why a phase is what it is: a reason of its own, or the problem that blocks. */
export type ReasonCode = OwnReasonCode | ProblemCode;
