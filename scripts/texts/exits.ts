import { type Exits, exits } from '../../src/cli/exits.ts';
import { keysOf } from '../../src/kit/keys-of.ts';
import { type CommandName, commandNames } from '../../src/settings/command-names.ts';
import { exitCodes } from '../../src/settings/exit-codes.ts';

export interface ExitRow {
  readonly command: CommandName;
  readonly code: number;
  readonly when: string;
}

/** Each code of each command, in the order of commands and codes. */
export function exitRows(): readonly ExitRow[] {
  return commandNames.flatMap((command) => {
    const own: Exits = exits[command];
    return keysOf(exitCodes).flatMap((name) => {
      const when = own[name];
      return when === undefined ? [] : [{ command, code: exitCodes[name].code, when }];
    });
  });
}
