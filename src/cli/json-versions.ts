import type { CommandName } from '../settings/command-names.ts';
import type { commands } from './commands.ts';

/** The commands that take `--json`. */
export type JsonCommand = {
  [Name in CommandName]: 'json' extends (typeof commands)[Name]['flags'][number]['name'] ? Name : never;
}[CommandName];

/** Version of what each prints: raised when a field goes or comes to mean something else, not when one is added. */
export const jsonVersions = {
  check: 1,
  doctor: 1,
  explain: 1,
  restart: 1,
  status: 1,
  fleet: 1,
  plan: 1,
  config: 1,
  version: 1,
} as const satisfies Record<JsonCommand, number>;
