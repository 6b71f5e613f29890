import { guardWords } from '../reconcile/guards.ts';
import type { OwnReasonCode, ReasonCode } from '../reconcile/reasons.ts';
import type { Status } from '../report/status-schema.ts';

/** Why the daemon stands where it does. All in words. */
export interface Explanation {
  readonly decision: string;
  /** What it was decided on. */
  readonly observations: readonly string[];
  readonly rule: string;
  readonly changes: string;
}

interface Row {
  /** The rule that led to the decision. */
  readonly rule: string;
  readonly changes: string;
}

const bySupervisor: Row = {
  rule: 'An agent that does not run, or has not registered, is not restarted by this daemon but by ecs-init or its restart policy. It is called a block after a minute.',
  changes: 'The agent runs and registers; a new process asks anew and so starts on the private path.',
};
const underWay: Row = {
  rule: 'While the intent of a restart is on disk, nothing else is decided: there must be a running agent that is not the one of the intent.',
  changes: 'A new agent process; where its supervisor does not create it, the daemon starts it.',
};
const allPrivate = 'All names must be private, with all their answers, before anything is touched.';

const rows: Readonly<Record<OwnReasonCode, Row>> = {
  starting: { rule: 'Nothing is decided before the first look.', changes: 'The first look.' },
  'names-not-known': {
    rule: 'Without the region the names of the endpoints are not known.',
    changes: 'An answer of IMDS, or ECS_PRIVATELINKD_REGION set by hand.',
  },
  'names-not-private': {
    rule: allPrivate,
    changes: 'The endpoints that are missing, with private DNS names on.',
  },
  'endpoints-withdrawn': {
    rule: 'Endpoints that were private and are no longer are reported; the agent is not restarted.',
    changes:
      'The endpoints back. Without them the agent takes the public path at its next reconnect, if there is one.',
  },
  'names-settling': {
    rule: 'All names must be private and reachable on 443 with TLS for `settle-rounds` consecutive rounds.',
    changes: 'Enough rounds; any failure resets the count.',
  },
  'path-settling': {
    rule: 'The agent must be seen on the public path for `path-rounds` consecutive looks before it is restarted.',
    changes: 'Enough looks; a connection to a private address of ecs-a settles it at once.',
  },
  'path-unknown': {
    rule: 'Only the agent’s own connections prove its path. After `unknown-path-after` start times decide instead.',
    changes: 'An ACS connection, or that time.',
  },
  'restart-abandoned': {
    rule: 'An intent whose call was never made does not count.',
    changes: 'The next rounds; it starts over.',
  },
  'agent-not-registered': bySupervisor,
  'agent-not-running': bySupervisor,
  'agent-process-gone': {
    rule: 'A container whose process is gone, and that the Engine takes for running, cannot be restarted by it.',
    changes: '`docker rm -f` of it, and a start of its unit; the agent then starts on the private path.',
  },
  'agent-exit-5': {
    rule: 'Exit code 5 is the agent’s own terminal error: it must not be restarted.',
    changes: 'Its cause fixed (/var/log/ecs/ecs-agent.log), and `systemctl start ecs`.',
  },
  'unit-stopped': {
    rule: 'A unit that an operator stopped is left stopped.',
    changes: '`systemctl start ecs`; the agent then starts on the private path.',
  },
  'endpoint-not-probed': {
    rule: 'Port 443 and TLS must work before the agent is restarted.',
    changes: 'The next look, which tries them.',
  },
  ...guardWords,
  'dry-run': {
    rule: 'The setting ECS_PRIVATELINKD_DRY_RUN says so.',
    changes:
      'Another value of ECS_PRIVATELINKD_DRY_RUN in /etc/ecs-privatelinkd/ecs-privatelinkd.config, and `systemctl restart ecs-privatelinkd`.',
  },
  'attempts-used-up': {
    rule: 'At most `max-restarts` restarts are made for one change from public to private.',
    changes:
      '`ecs-privatelinkd restart --if-needed`, after `ecs-privatelinkd doctor` found why they did not help.',
  },
  'restart-no-effect': {
    rule: 'A call that was made and left the same process running is not repeated without end.',
    changes: '`journalctl -u docker`; then `ecs-privatelinkd restart --if-needed`.',
  },
  'cool-down': {
    rule: 'After a restart that did not help, the next one waits for a cool-down (`cool-downs`).',
    changes: 'That time, the agent on the private path by itself, or `ecs-privatelinkd restart --if-needed`.',
  },
  splay: {
    rule: 'Restarts of a fleet are spread over `splay` by instance id.',
    changes: 'This host’s turn, or `ecs-privatelinkd restart --if-needed`.',
  },
  'tasks-starting': {
    rule: 'A restart waits for tasks that are starting, for `task-wait` at most.',
    changes: 'The tasks running, or that time.',
  },
  restarting: underWay,
  'restart-in-flight': underWay,
  'waiting-for-supervisor': underWay,
  'supervisor-did-not-recreate': underWay,
  'agent-found-stopped': underWay,
  'agent-absent': underWay,
  verifying: {
    rule: 'A restart has helped once the new process is registered and connected to a private address of ecs-a.',
    changes: 'Both seen, or `verify-timeout`.',
  },
  'on-private-path': {
    rule: 'An agent on the private path is never touched; it is looked at now and then.',
    changes: 'A connection to a public address, or endpoints that are no longer private.',
  },
  'path-unproven': {
    rule: 'An agent that started after the endpoints were private is not restarted, though its path cannot be seen.',
    changes: 'The daemon as root, so that it sees the agent’s connections.',
  },
  'agent-on-public-path': {
    rule: 'The endpoints are ready; the agent keeps the public hosts that it was told until it is restarted.',
    changes: 'A restart.',
  },
};

/** For reasons that are problems of some part of the host, by the beginning of their codes. */
const byArea: readonly (readonly [prefix: string, row: Row])[] = [
  ['imds-', rows['names-not-known']],
  [
    'dns-',
    { rule: allPrivate, changes: 'A nameserver of this host that answers for all three names, privately.' },
  ],
  [
    'endpoint-',
    {
      rule: 'Port 443 and TLS, with a certificate for the name, must work on at least one address of each endpoint.',
      changes: 'An address of that endpoint that can be reached.',
    },
  ],
  [
    'engine-',
    {
      rule: 'Without the Docker Engine the agent can be neither seen nor restarted.',
      changes: 'An Engine that answers.',
    },
  ],
  [
    'state-',
    {
      rule: 'No restart is made whose intent cannot be written to disk first.',
      changes: 'A state directory that can be written.',
    },
  ],
];

const otherwise: Row = {
  rule: 'Something that a restart depends on is not in order.',
  changes: 'What the reason names; `ecs-privatelinkd doctor` looks at it closely.',
};

/** From what the daemon last wrote. Pure. */
export function explainStatus(status: Status): Explanation {
  const { phase, reason } = status;
  const { rule, changes } = rowOf(reason.code);
  return {
    decision: `${phase}, since ${clockTime(status.since)} UTC: ${reason.message}`,
    observations: observations(status),
    rule,
    changes: `${changes}${nextStep(status)}`,
  };
}

function rowOf(code: ReasonCode): Row {
  const known: Readonly<Partial<Record<ReasonCode, Row>>> = rows;
  return known[code] ?? byArea.find(([prefix]) => code.startsWith(prefix))?.[1] ?? otherwise;
}

function observations({
  endpoints,
  agent,
  counts,
  transition,
  lastRestart,
  warnings,
  instance,
}: Status): string[] {
  const unreached = { true: ', 443 with TLS works', false: ', 443 fails', null: '' } as const;
  return [
    ...(instance.problem === null ? [] : [instance.problem.message]),
    ...endpoints.map(
      ({ host, class: classified, rule, reachable }) =>
        `${host} is ${classified} (${rule})${unreached[`${reachable}`]}`,
    ),
    agent.problem === null
      ? `agent: ${agent.container?.running ? 'running' : 'not running'}, ${agent.registered ? 'registered' : 'not registered'}, ${agent.supervisor}`
      : `agent: not seen (${agent.problem.message})`,
    `path: ${agent.path} (${agent.evidence})`,
    `rounds with all names private and reachable: ${counts.readyRounds} of ${counts.settleRounds}; looks at the agent on ` +
      `the public path: ${counts.publicLooks} of ${counts.pathRounds}`,
    ...(transition === null
      ? []
      : [
          `private since ${clockTime(transition.privateSince)} UTC; restarts since then: ${counts.restarts} of ${counts.maxRestarts}`,
        ]),
    ...(lastRestart === null
      ? []
      : [`last restart ${clockTime(lastRestart.at)} UTC: ${lastRestart.verb}, ${lastRestart.outcome}`]),
    ...warnings.map((warning) => `would block: ${warning.message}`),
  ];
}

function nextStep({ next, reason }: Status): string {
  const restart = next.restartAt === null ? '' : ` The restart is due at ${clockTime(next.restartAt)} UTC.`;
  const advice = reason.advice === null ? '' : ` ${reason.advice}`;
  return `${restart}${advice}`;
}

function clockTime(iso: string): string {
  return iso.replace('T', ' ').slice(0, 19);
}
