/** What stands in a file once, and what takes its place. Of a new file, its text. */
export type Edit = Replacement | readonly Replacement[] | { readonly text: string };

export type Replacement = readonly [from: string, to: string];

/** What is changed by hand, by path from the root. */
export type Example = Readonly<Record<string, Edit>>;

const insert = (before: string, added: string): Replacement => [before, `${added}${before}`];

/** An example of each recipe of docs/architecture.md, by its heading there. */
export const examples = {
  'A guard': {
    'src/reconcile/rules/guards.ts': [
      insert(
        "  'no-safe-restart': (",
        `  'agent-unsupervised': ({ agent }, { onlySupervised }) => {
    if (!onlySupervised || agent.supervisor !== 'none') return undefined;
    return { message: 'Nothing supervises the agent', advice: 'Run it under ecs-init.' };
  },
`,
      ),
      insert(
        "    'no-safe-restart': {",
        `    'agent-unsupervised': {
      phases: ['blocked'],
      meaning: 'nothing supervises the agent, and \`only-supervised\` is set',
      changes: 'Another value of the setting.',
    },
`,
      ),
    ],
    'src/settings/options.ts': [
      insert(
        "  { name: 'dry-run',",
        "  { name: 'only-supervised', kind: boolean, default: 'false', commands: acting },\n",
      ),
      insert("  'dry-run': '", "  'only-supervised': 'Restart only an agent that something supervises.',\n"),
    ],
    'test/unit/reconcile/blocked.test.ts': insert(
      "  ['restart=off', 'restart-off',",
      "  ['no supervisor', 'agent-unsupervised', { agent: { supervisor: 'none' } }, { onlySupervised: true }],\n",
    ),
  },
  'A rule': {
    'src/reconcile/rules/night.ts': {
      text: `import { settling } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** Nothing is restarted in the first minute of a day. */
export const night: Rule = ({ state, now }) =>
  now.wallMs % 86_400_000 >= 60_000
    ? passed('the day has begun')
    : spoke(settling(state, 'first-minute', 'Waiting for the first minute to end'));

export const words = {
  rule: 'Nothing is restarted in the first minute of a day.',
  changes: 'That minute.',
  reasons: { 'first-minute': { phases: ['settling'], meaning: 'the day has just begun' } },
} as const satisfies RuleWords;
`,
    },
    'src/reconcile/rules/order.ts': [
      insert('import { obeyOperator }', "import { night } from './night.ts';\n"),
      insert("  'cool-down': coolDown,", '  night,\n'),
    ],
    'src/reconcile/rules/words.ts': [
      insert('import { words as obeyOperator }', "import { words as night } from './night.ts';\n"),
      insert("  'cool-down': coolDown,", '  night,\n'),
    ],
    'test/unit/reconcile/night.test.ts': {
      text: `import { expect, it } from 'vitest';
import { Story } from './story.ts';

it('waits for the first minute to end', () => {
  const story = new Story();
  story.wallMs = 86_400_000 * 20_000;
  story.looks(4);
  expect(story.told).toBe('settling: first-minute');
  expect(story.untilAct().act?.verb).toBe('kill');
});
`,
    },
  },
  'A setting': {
    'src/settings/options.ts': [
      insert(
        "  {\n    name: 'log-level',",
        "  { name: 'check-timeout', kind: timeout, default: '3s', commands: ['doctor', 'config'] },\n",
      ),
      insert("  'log-level': '", "  'check-timeout': 'Timeout for each check.',\n"),
    ],
    'src/doctor/run-checks.ts': [', checkMs, signal,', ', host.settings.checkTimeoutMs ?? checkMs, signal,'],
  },
  'A doctor check': {
    'src/doctor/checks/proc-dir.ts': {
      text: `import { check } from '../check.ts';
import { found, passed, warn } from '../finding.ts';

export const procDirCheck = check({
  name: 'proc-dir',
  title: 'Where processes are looked for',
  findings: {
    'proc-dir-unusual': warn(
      'Processes are looked for in an unusual place.',
      'Unset ECS_PRIVATELINKD_PROC_DIR.',
    ),
  },
  needs: [],
  run: ({ settings: { procDir } }) =>
    Promise.resolve(procDir === '/proc' ? passed(procDir) : found('proc-dir-unusual', procDir)),
});
`,
    },
    'src/doctor/order.ts': insert("  'docker-engine',", "  'proc-dir',\n"),
  },
  'An endpoint': {
    'src/settings/endpoint-services.ts': insert(
      '] as const satisfies readonly EndpointServiceRow[];',
      "  { name: 'logs', label: 'logs', required: false },\n",
    ),
  },
  'A supervisor': {
    'src/agent/agent-observation.ts': insert("  /** Nobody. */\n  'none',", "  'nomad',\n"),
    'src/supervision/supervision-reader.ts': insert(
      "  const policy = container?.restartPolicy ?? 'no';",
      "  if (configured?.name === 'nomad.service') return { by: 'nomad', evidence: 'nomad.service' };\n",
    ),
    'src/supervision/restart-verb.ts': insert(
      "    case 'none':\n",
      `    case 'nomad':
      return { verb: 'systemctl-restart', unit, reason: 'Nomad starts it again' };
`,
    ),
    'src/agent/who-restarts.ts': insert(
      "    case 'none':\n",
      "    case 'nomad':\n      return 'Nomad restarts it';\n",
    ),
    'src/report/table.ts': insert("    none: 'unsupervised',", "    nomad: 'under Nomad',\n"),
    'test/unit/supervision/restart-verb.test.ts': insert(
      "    ['a unit that was not asked about',",
      "    ['an agent under Nomad', agent({ supervisor: 'nomad' }), 'auto'],\n",
    ),
  },
  'A metric': {
    'src/report/metrics/definitions.ts': insert(
      '  ecs_privatelinkd_agent_path: {',
      `  ecs_privatelinkd_private_names: {
    type: 'gauge',
    help: 'How many of the names are private.',
  },
`,
    ),
    'src/report/metrics/metrics.ts': [
      '      path(observation.agent.path.path);',
      `      path(observation.agent.path.path);
      const seen = observation.endpoints?.endpoints ?? [];
      single('ecs_privatelinkd_private_names')(seen.filter((one) => one.class === 'private').length);`,
    ],
  },
} as const satisfies Readonly<Record<string, Example>>;
