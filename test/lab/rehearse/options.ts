import { parseArgs } from 'node:util';

/** What the rehearsal was asked for, and where it is to run. */
export interface RehearsalOptions {
  readonly fast: boolean;
  readonly json: boolean;
  /** Undefined: a real Engine where one can be used, else the embedded one. */
  readonly engine: 'docker' | 'embedded' | undefined;
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

export const usage = `usage: scripts/rehearse.sh [--fast] [--json] [--engine docker|embedded]

Rehearses a migration: a stand-in of the ECS agent runs on the public path, the
three interface endpoints appear one by one, and the daemon brings the agent
onto them. Nothing outside of this machine is contacted.

  --fast              shorter pauses between looks; under 20 s in all
  --json              print events as JSON lines
  --engine docker     only with a real Docker Engine
  --engine embedded   not with a real Docker Engine

Exit code: 0 all happened, 1 it did not, 64 usage, 69 not possible here,
130 or 143 interrupted.
`;

/** @throws TypeError for arguments that it does not know */
export function parseOptions(argv: readonly string[]): RehearsalOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      fast: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      engine: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
      inside: { type: 'string' },
    },
  });
  const { engine } = values;
  if (engine !== undefined && engine !== 'docker' && engine !== 'embedded') {
    throw new TypeError(`--engine is docker or embedded, not ${engine}`);
  }
  return {
    fast: values.fast,
    json: values.json,
    engine,
    help: values.help,
    inside: values.inside === undefined ? undefined : JSON.parse(values.inside),
  };
}

/** The arguments of the process inside. */
export function argumentsInside(options: RehearsalOptions, inside: InsideOptions): string[] {
  return [
    ...(options.fast ? ['--fast'] : []),
    ...(options.json ? ['--json'] : []),
    `--inside=${JSON.stringify(inside)}`,
  ];
}
