import {
  type AgentContainer,
  type AgentSupervisor,
  agentSupervisors,
  type SupervisorUnit,
} from '../../src/agent/agent-observation.ts';
import {
  chooseRestartVerb,
  type RestartableAgent,
  type RestartChoice,
} from '../../src/supervision/restart-verb.ts';

const container: AgentContainer = {
  id: 'CONTAINER',
  name: 'ecs-agent',
  image: '',
  running: true,
  restarting: false,
  paused: false,
  processGone: false,
  pid: 1,
  startedMonoMs: 0,
  startedAt: '',
  health: 'none',
  exitCode: undefined,
  outOfMemory: false,
  autoRemove: false,
  restartPolicy: 'no',
  networkMode: 'host',
  dns: { nameservers: [], options: [], search: [], extraHosts: [], networkMode: 'host' },
};
const unit: SupervisorUnit = {
  name: 'UNIT',
  loaded: true,
  activeState: 'active',
  subState: 'running',
  jobQueued: false,
  mainExitStatus: undefined,
};

interface Case {
  readonly supervisor?: AgentSupervisor;
  readonly version?: string | undefined;
  readonly is?: Partial<AgentContainer>;
  readonly unit?: Partial<SupervisorUnit>;
}

function choose(one: Case, restart: 'auto' | 'systemd' = 'auto'): RestartChoice {
  const agent: RestartableAgent = {
    engineProblem: undefined,
    container: { ...container, ...one.is },
    supervisor: one.supervisor ?? 'ecs-init',
    supervisorEvidence: 'the evidence',
    unit: { ...unit, ...one.unit },
    registration: {
      registered: true,
      version: 'version' in one ? one.version : '1.105.1',
      cluster: undefined,
      containerInstanceArn: undefined,
      introspection: 'registered',
      tasksStarting: 0,
    },
  };
  return chooseRestartVerb(agent, { restart, agentUnit: 'UNIT' });
}

const versions = [
  ['1.44.4 or later', '1.105.1'],
  ['before 1.44.4', '1.44.3'],
  ['not known', undefined],
] as const;

const states: readonly (readonly [string, Case])[] = [
  ['a unit in `auto-restart`', { unit: { activeState: 'activating', subState: 'auto-restart' } }],
  ['a unit that is queued to start', { unit: { activeState: 'inactive', jobQueued: true } }],
  ['a unit that is being stopped', { unit: { activeState: 'deactivating' } }],
  ['`none`, its container created with `--rm`', { supervisor: 'none', is: { autoRemove: true } }],
  ['a paused container', { is: { paused: true } }],
  ['a container that does not run', { is: { running: false, pid: undefined, exitCode: 1 } }],
];

/** What the code chooses, case by case, for docs/restarting-the-agent.md. */
export function verbsMarkdown(): string {
  const row = (by: string, version: string, { verb, reason }: RestartChoice) =>
    `| ${by} | ${version} | ${verb === 'none' ? 'nothing' : `\`${verb}\``} | ${reason} |`;
  return [
    '| supervisor | agent | verb | because |',
    '|---|---|---|---|',
    ...agentSupervisors.flatMap((supervisor) =>
      versions.map(([name, version]) => row(`\`${supervisor}\``, name, choose({ supervisor, version }))),
    ),
    ...states.map(([name, one]) => row(name, 'any', choose(one))),
    row('any, with `restart=systemd`', 'any', choose({}, 'systemd')),
    '',
  ].join('\n');
}
