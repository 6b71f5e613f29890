/** Levels of the log, as pino and (by number) journald know them. */
export type EventLevel = 'debug' | 'info' | 'warn' | 'error';

export interface EventRow {
  readonly level: EventLevel;
  /** The whole message; what varies is in the fields. */
  readonly message: string;
}

/** Every line the daemon may log. Codes are public: never renamed, never used for something else. */
export const events = {
  'daemon-started': { level: 'info', message: 'Started' },
  'daemon-stopped': { level: 'info', message: 'Stopped' },
  'look-requested': { level: 'info', message: 'Looking now, as asked by SIGHUP' },
  looked: { level: 'debug', message: 'Looked' },
  'config-warning': { level: 'warn', message: 'Unknown setting ignored' },
  'phase-changed': { level: 'info', message: 'Phase or its reason changed' },
  'phase-blocked': { level: 'warn', message: 'Blocked: the agent is not being moved to PrivateLink' },
  'endpoint-changed': { level: 'info', message: 'The answers for an endpoint changed' },
  'agent-path-changed': { level: 'info', message: "The agent's path changed" },
  'endpoints-withdrawn': {
    level: 'error',
    message: 'The endpoints were private and are no longer; not restarting the agent',
  },
  'restart-issued': { level: 'info', message: 'Restarting the agent' },
  'restart-dry-run': { level: 'info', message: 'Dry run: the agent would be restarted now' },
  'restart-new-process': { level: 'info', message: 'The new agent is up' },
  'restart-verified': { level: 'info', message: 'The agent is connected over PrivateLink' },
  'restart-not-verified': { level: 'warn', message: 'The restarted agent was not seen on the private path' },
  'restart-failed': { level: 'error', message: 'The restart did not lead to a new agent' },
  'restart-call-failed': { level: 'warn', message: 'The call to restart the agent failed or timed out' },
  'restart-abandoned': {
    level: 'info',
    message: 'An unfinished restart of an earlier daemon had not touched the agent; it does not count',
  },
  'restart-fallback': {
    level: 'warn',
    message: 'The agent did not come back by itself; it is being started',
  },
  'agent-stopped-for-good': {
    level: 'error',
    message: 'The agent exited with a terminal error (exit code 5) and must not be restarted',
  },
  'preflight-answered': { level: 'info', message: 'ECS was asked what a new agent would ask' },
  problem: { level: 'warn', message: 'Problem found' },
  'problem-cleared': { level: 'info', message: 'Problem cleared' },
  'journal-set-aside': {
    level: 'warn',
    message: 'The state file could not be read and has been moved aside',
  },
  'journal-of-later-version': {
    level: 'warn',
    message:
      'The state file was written by a later version of ecs-privatelinkd; what is understood of it is used',
  },
  'event-stream-lost': { level: 'warn', message: 'Lost the event stream of the Docker Engine; polling only' },
  'log-lines-lost': { level: 'warn', message: 'Log lines were lost: standard output was not read' },
  'look-failed': { level: 'error', message: 'A look failed with an unexpected error; the next one follows' },
} as const satisfies Record<string, EventRow>;

export type EventCode = keyof typeof events;

/** For docs/events.md: when each is logged, and what to do. Apart, so that the daemon does not carry it. */
export const meanings: Readonly<Record<EventCode, string>> = {
  'daemon-started': 'The daemon has read its settings and its journal and is about to take its first look.',
  'daemon-stopped':
    'SIGTERM or SIGINT was obeyed. A restart under way is in the journal and is finished at the next start.',
  'look-requested': 'SIGHUP, or the `restart` command.',
  looked:
    'Every look, with `log-level=debug`: what each source gave (`instance`, `endpoints`, `agent`, `path`, `connections`; ' +
    '`ageMs` by source, 0 for what this look asked), how far it has counted, the `phase` ' +
    'and `reason` that came of it, and when and at which pace it looks next.',
  'config-warning': '`detail` names the setting and the nearest known one.',
  'phase-changed':
    '`phase` and `reason` are the new ones, `detail` says why in words; `from` is the phase before, where it was another.',
  'phase-blocked':
    '`reason` and `detail` name it, `advice` says how to fix it. It goes on by itself once fixed.',
  'endpoint-changed': '`service`, `host`, `class`, `addresses`, and the `rule` that decided the class.',
  'agent-path-changed': '`path` and the `evidence` for it.',
  'endpoints-withdrawn':
    'An endpoint was deleted, or its private DNS was switched off. `names` lists what is not private.',
  'restart-issued': 'The intent is on disk; `call` is the exact call that follows.',
  'restart-dry-run': '`call` is the exact call that would have been made.',
  'restart-new-process': '`newProcessMs` is the time since the call.',
  'restart-verified':
    '`connectedMs` is the time since the call; `evidence` is what was seen of its own connections.',
  'restart-not-verified':
    '`outcome` and `evidence` say what was seen; another attempt follows after a cool-down where that can help.',
  'restart-failed': '`detail` says why.',
  'restart-call-failed': '`problem`, `detail`, `advice`. The next looks find out whether it took effect.',
  'restart-abandoned': 'The daemon was killed between writing its intent and making the call.',
  'restart-fallback': '`call` is the fallback used.',
  'agent-stopped-for-good': 'A terminal error of the agent itself; see its log.',
  'preflight-answered':
    '`outcome` is told (`acsHost` is where ECS would send a new agent), refused (`said`) or unanswered (`why`), which is no ' +
    'obstacle. With `agentCredentials`, variables that give the agent other credentials than the role that asked, a ' +
    'refusal is none either. Each answer is logged once, until there is another.',
  problem:
    '`problem` is its code, `detail` what was seen, `advice` how to fix it. Each code is logged once for a place ' +
    '(`where`), until that place has no problem any more.',
  'problem-cleared': '`problem` is the code that was logged.',
  'journal-set-aside': '`file` is where it lies now. The daemon starts with an empty journal.',
  'journal-of-later-version':
    '`version` is that of its form, `lost` names the parts that were not understood, `file` is where a copy lies. A ' +
    'restart under way goes on unless `lost` names `intent`: then see that the agent runs.',
  'event-stream-lost':
    'The agent is still looked at in every round, only not at once. `problem`, `detail`, `advice`.',
  'log-lines-lost':
    '`lines` could not be written before this one: journald, or what else reads standard output, hung or had ended. ' +
    'The daemon went on without them; `daemon.linesLost` of the status counts all.',
  'look-failed': 'A bug of ecs-privatelinkd: please report `detail`.',
};
