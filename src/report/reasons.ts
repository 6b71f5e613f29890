export interface ReasonRow {
  /** Phases in which it is given; `check` where only that command gives it. */
  readonly seen: string;
  /** For docs/events.md. */
  readonly meaning: string;
}

/** Every reason for a phase, beside problems (problems.ts). Codes are public: never renamed, never reused. */
export const reasons = {
  starting: { seen: 'waiting', meaning: 'the daemon has not looked yet' },
  'names-not-known': { seen: 'waiting', meaning: 'no region yet: IMDS has not answered' },
  'names-not-private': { seen: 'waiting', meaning: 'an endpoint is missing; the message lists which' },
  'endpoints-withdrawn': { seen: 'waiting', meaning: 'they were private and are no longer' },
  'names-settling': { seen: 'settling', meaning: 'all names are private and reachable; counting rounds' },
  'path-settling': { seen: 'settling', meaning: 'the agent is on the public path; counting looks' },
  'path-unknown': {
    seen: 'settling, check',
    meaning: "the agent's path cannot be told; after `unknown-path-after` start times decide",
  },
  'restart-abandoned': { seen: 'settling', meaning: 'an earlier daemon ended before its call' },
  'agent-not-registered': {
    seen: 'settling, blocked, check',
    meaning: "it runs and has not registered: its supervisor's business; blocked after a minute",
  },
  'agent-not-running': {
    seen: 'settling, blocked',
    meaning: "there is no running agent: its supervisor's business; blocked after a minute",
  },
  'agent-exit-5': { seen: 'blocked', meaning: 'the agent ended for good' },
  'unit-stopped': { seen: 'blocked', meaning: '`ecs.service` was stopped on purpose' },
  'endpoint-not-probed': {
    seen: 'blocked, check',
    meaning: 'port 443 of an endpoint has not been tried yet',
  },
  'agent-behind-proxy': { seen: 'blocked', meaning: 'the proxy resolves the names, not this host' },
  'agent-region-differs': {
    seen: 'blocked',
    meaning: 'the agent is set to another region than the endpoints',
  },
  'agent-too-old': { seen: 'blocked', meaning: 'before 1.25.1' },
  'instance-terminating': {
    seen: 'blocked',
    meaning: 'Auto Scaling or a spot notice takes the instance away',
  },
  'no-safe-restart': {
    seen: 'blocked',
    meaning: 'no way to restart that would surely bring the agent back; the message says why',
  },
  'restart-off': { seen: 'blocked', meaning: 'set so (`restart=off`)' },
  'dry-run': { seen: 'blocked', meaning: 'set so (`dry-run`); it would have been restarted' },
  'attempts-used-up': { seen: 'blocked', meaning: '`max-restarts` restarts did not help' },
  'restart-no-effect': { seen: 'blocked', meaning: 'the call was made and the same agent is still there' },
  'cool-down': {
    seen: 'scheduled',
    meaning: 'the last restart did not help; `status` says when the next is due',
  },
  splay: { seen: 'scheduled', meaning: "waiting for this host's turn in the fleet" },
  'tasks-starting': { seen: 'scheduled', meaning: 'tasks are starting; waited for up to `task-wait`' },
  restarting: { seen: 'restarting', meaning: 'the call is being made' },
  'restart-in-flight': { seen: 'restarting', meaning: 'called; it may yet take effect' },
  'waiting-for-supervisor': {
    seen: 'restarting',
    meaning: 'the old agent has ended, the new one is about to come',
  },
  'supervisor-did-not-recreate': {
    seen: 'restarting',
    meaning: 'not re-created within `recreate-timeout`; its unit is being started',
  },
  'agent-found-stopped': {
    seen: 'restarting',
    meaning: 'the Engine did not start it again; it is being started',
  },
  'agent-absent': { seen: 'restarting, blocked', meaning: 'its container was removed in mid-restart' },
  verifying: { seen: 'verifying', meaning: 'waiting for registration and private path' },
  'on-private-path': { seen: 'settled, check', meaning: "proven from the agent's own connections" },
  'path-unproven': {
    seen: 'settled',
    meaning: 'the agent started after the endpoints were private, but its connections cannot be seen',
  },
  'agent-on-public-path': { seen: 'check', meaning: 'all is ready and the agent has not been restarted' },
} as const satisfies Record<string, ReasonRow>;

/** For docs/events.md. */
export function reasonsMarkdown(): string {
  const rows = Object.entries<ReasonRow>(reasons).map(
    ([code, { seen, meaning }]) => `| \`${code}\` | ${seen} | ${meaning} |`,
  );
  return ['| reason | phase | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}
