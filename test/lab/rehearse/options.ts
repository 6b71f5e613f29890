import { parseArgs } from 'node:util';

/** What the rehearsal was asked for, and where it is to run. */
export interface RehearsalOptions {
  readonly fast: boolean;
  readonly json: boolean;
  /** A host without ecs-init. */
  readonly plain: boolean;
  /** Undefined: a real Engine where one can be used, else the embedded one. */
  readonly engine: 'docker' | 'embedded' | undefined;
  /** Settings of the daemon by name, as NAME=VALUE. */
  readonly set: readonly string[];
  /** How long any one thing is waited for. */
  readonly timeoutSeconds: number;
  readonly help: boolean;
  /** Set in the process that the first one starts in the rehearsal's network. */
  readonly inside: InsideOptions | undefined;
}

export interface InsideOptions {
  readonly engine: 'docker' | 'embedded';
  readonly place: 'namespace' | 'loopback';
  /** Socket of the real Engine. */
  readonly socketPath: string | undefined;
  /** The container whose network this is. */
  readonly holder: string | undefined;
  /** When the rehearsal began, in milliseconds since the Unix epoch. */
  readonly begunAt: number;
}

/** At the normal pace a restart is due within 20 s. */
const defaultTimeoutSeconds = 45;

export const usage = `usage: scripts/rehearse.sh [--fast] [--json] [--plain]
         [--engine docker|embedded] [--set NAME=VALUE]... [--timeout SECONDS]

Rehearses a migration on an ordinary host: ecs-init runs a stand-in of the ECS
agent, which is on the public path; the three interface endpoints appear one by
one; the daemon kills the agent's container, ecs-init creates it anew, and the
new agent is on the private path. At the end: does ecs-init own the container,
are the NAT rules of task credentials in place? Nothing outside of this machine
is contacted. About 45 s.

  --fast              shorter pauses between looks; under 20 s in all
  --json              print events as JSON lines
  --plain             a host without ecs-init: the daemon kills and starts it
  --engine docker     only with a real Docker Engine
  --engine embedded   not with a real Docker Engine
  --set NAME=VALUE    a setting of the daemon, such as settle-rounds=5
  --timeout SECONDS   how long any one thing is waited for (45)

The last line says how the agent was restarted (verb=) and whether ecs-init owns
its new container (supervised=true, false, or none with --plain). When it fails,
the daemon's whole log is kept, and the path printed.

Exit code: 0 all happened, 1 it did not, 64 usage, 69 not possible here,
129, 130 or 143 interrupted.
`;

/** @throws TypeError for arguments that it does not know */
export function parseOptions(argv: readonly string[]): RehearsalOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      fast: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      plain: { type: 'boolean', default: false },
      engine: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      timeout: { type: 'string', default: `${defaultTimeoutSeconds}` },
      help: { type: 'boolean', short: 'h', default: false },
      inside: { type: 'string' },
    },
  });
  const { engine, set, timeout } = values;
  if (engine !== undefined && engine !== 'docker' && engine !== 'embedded') {
    throw new TypeError(`--engine is docker or embedded, not ${engine}`);
  }
  const wrong = set.find((setting) => !/^[a-z0-9-]+=/.test(setting));
  if (wrong !== undefined) {
    throw new TypeError(`--set takes NAME=VALUE such as settle-rounds=5, not ${wrong}`);
  }
  const timeoutSeconds = Number(timeout);
  if (!(timeoutSeconds > 0)) {
    throw new TypeError(`--timeout takes seconds, not ${timeout}`);
  }
  return {
    fast: values.fast,
    json: values.json,
    plain: values.plain,
    engine,
    set,
    timeoutSeconds,
    help: values.help,
    inside: values.inside === undefined ? undefined : JSON.parse(values.inside),
  };
}

/** The arguments of the process inside. */
export function argumentsInside(options: RehearsalOptions, inside: InsideOptions): string[] {
  return [
    ...(['fast', 'json', 'plain'] as const).filter((name) => options[name]).map((name) => `--${name}`),
    ...options.set.map((setting) => `--set=${setting}`),
    `--timeout=${options.timeoutSeconds}`,
    `--inside=${JSON.stringify(inside)}`,
  ];
}
