import { type CommandName, commandNames } from '../settings/command-names.ts';
import { options } from '../settings/options.ts';
import type { ValueKind } from '../settings/value-kind.ts';
import { type Command, commands } from './commands.ts';

/** Something written as `--name` (or `--no-name`) on the command line. */
export interface Flag {
  /** Name of the setting or of the command's own flag. */
  readonly name: string;
  readonly kind: ValueKind<unknown>;
  /** Of a command's own flag: one sentence, and what holds where it is not given. */
  readonly help?: string;
  readonly default?: string;
  /** A setting: also a variable and a key of the config file. */
  readonly isSetting: boolean;
  /** `--no-name`. */
  readonly negated: boolean;
  readonly mayBeEmpty: boolean;
}

/** The flags that a command takes, by what is written after the dashes; its own flags first. */
export function flagsOf(name: CommandName): ReadonlyMap<string, Flag> {
  const command: Command = commands[name];
  const plain: Flag[] = [
    ...command.flags.map((flag) => ({ ...flag, isSetting: false, negated: false, mayBeEmpty: false })),
    ...options
      .filter((option) => option.commands.includes(name))
      .map(({ name, kind, whenEmpty }) => {
        return { name, kind, isSetting: true, negated: false, mayBeEmpty: whenEmpty !== undefined };
      }),
  ];
  const negations = plain
    .filter((flag) => flag.isSetting && flag.kind.isSwitch)
    .map((flag) => ({ ...flag, negated: true }));
  return new Map([...plain, ...negations].map((flag) => [`${flag.negated ? 'no-' : ''}${flag.name}`, flag]));
}

/** The flags of all commands. */
export function allFlags(): ReadonlyMap<string, Flag> {
  return new Map(commandNames.flatMap((name) => [...flagsOf(name)]));
}
