import { keysOf } from '../kit/keys-of.ts';
import { layOut, layOutEntry } from '../kit/layout.ts';
import { type CommandName, commandNames } from '../settings/command-names.ts';
import { exitCodes } from '../settings/exit-codes.ts';
import { defaultInWords, envPrefix } from '../settings/option.ts';
import { configFileOption, type NamedOption, optionHelp, optionsByGroup } from '../settings/options.ts';
import type { ValueKind } from '../settings/value-kind.ts';
import { type Command, type CommandFlag, commands } from './commands.ts';
import { type Exits, exits } from './exits.ts';

const textColumn = 33;

/** What `--help` prints: all commands, or one with its flags. Ends in a newline. */
export function helpText(command: CommandName | undefined, width: number): string {
  const lines = command === undefined ? overview(width) : commandHelp(command, width);
  return `${lines.join('\n')}\n`;
}

function overview(width: number): string[] {
  return [
    ...layOut(
      'ecs-privatelinkd brings the ECS container agent onto AWS PrivateLink as soon as that can work.',
      0,
      width,
    ),
    '',
    'Usage: ecs-privatelinkd COMMAND [FLAGS]',
    '',
    'Commands',
    ...commandNames.flatMap((name) => layOutEntry(`  ${name}`, commands[name].help, 12, width)),
    '',
    'Flags of every command',
    ...layOutEntry('  -h, --help', 'Explain the command.', 18, width),
    ...layOutEntry('  -V, --version', 'Print the version.', 18, width),
    '',
    'Settings',
    ...settingsNote(width),
    '',
    'Exit codes',
    ...Object.values(exitCodes).flatMap((row) => layOutEntry(`  ${row.code}`, row.meaning, 6, width)),
    '',
    ...layOut('ecs-privatelinkd help COMMAND shows its flags; help config shows all settings.', 0, width),
  ];
}

function commandHelp(name: CommandName, width: number): string[] {
  const { help, flags, operand }: Command = commands[name];
  const ends: Exits = exits[name];
  const groups = optionsByGroup().flatMap(({ title, members }) => {
    const taken = members.filter((option) => option.commands.includes(name));
    return taken.length === 0 ? [] : ['', title, ...taken.flatMap((option) => settingEntry(option, width))];
  });
  return [
    ...layOut(help, 0, width),
    '',
    `Usage: ecs-privatelinkd ${name} ${operand === undefined ? '[FLAGS]' : `[${operand.kind.placeholder}]`}`,
    ...(operand === undefined
      ? []
      : ['', ...layOutEntry(`  ${operand.kind.placeholder}`, operand.help, 12, width)]),
    '',
    'Flags',
    ...flags.flatMap((flag) =>
      layOutEntry(`  ${flagUsage(flag.name, flag.kind)}`, flagHelp(flag), textColumn, width),
    ),
    ...layOutEntry('  -h, --help', 'Explain the command.', textColumn, width),
    ...groups,
    '',
    'Exit codes',
    ...keysOf(exitCodes).flatMap((code) => {
      const when = ends[code];
      return when === undefined ? [] : layOutEntry(`  ${exitCodes[code].code}`, when, 6, width);
    }),
    ...(groups.length === 0 ? [] : ['', ...settingsNote(width)]),
  ];
}

/** With the value that it has where it is not given. */
export function flagHelp({ help, default: text }: CommandFlag): string {
  return text === undefined ? help : `${help} [${text}]`;
}

function settingEntry(option: NamedOption, width: number): string[] {
  const standing = defaultInWords(option) || 'none';
  const empty = option.whenEmpty === undefined ? '' : `; empty: ${option.whenEmpty}`;
  const text = `${optionHelp[option.name]} [${standing}${empty}]`;
  return layOutEntry(`  ${flagUsage(option.name, option.kind)}`, text, textColumn, width);
}

/** A flag with what stands for its value. */
export function flagUsage(name: string, kind: ValueKind<unknown>): string {
  return kind.isSwitch ? `--${name}` : `--${name} ${kind.placeholder}`;
}

function settingsNote(width: number): string[] {
  return layOut(
    `Each setting is a flag, a variable (--log-level is ${envPrefix}LOG_LEVEL) and a KEY=VALUE line ` +
      `of ${configFileOption.default}. Flag goes before environment, environment before file. ` +
      'Switches are turned off with --no-NAME.',
    2,
    width,
  );
}
