import { type Command, commands } from '../../src/cli/commands.ts';
import { flagHelp, flagUsage } from '../../src/cli/help.ts';
import { type CommandName, commandNames } from '../../src/settings/command-names.ts';
import { exitCodes } from '../../src/settings/exit-codes.ts';
import { defaultInWords, envNameOf, envPrefix } from '../../src/settings/option.ts';
import { configFileOption, type NamedOption, optionsByGroup } from '../../src/settings/options.ts';
import { exitRows } from './exits.ts';
import { settingMeaning } from './settings.ts';

/**
 * ecs-privatelinkd(8), in man(7) macros.
 *
 * @param date `YYYY-MM-DD`
 */
export function manPage({ version, date }: { readonly version: string; readonly date: string }): string {
  const lines = [
    `.TH ECS\\-PRIVATELINKD 8 ${date} "ecs\\-privatelinkd ${version}"`,
    '.SH NAME',
    'ecs\\-privatelinkd \\- moves the Amazon ECS container agent onto AWS PrivateLink',
    '.SH SYNOPSIS',
    '.B ecs\\-privatelinkd',
    '.I COMMAND',
    '.RI [ FLAGS ]',
    '.SH DESCRIPTION',
    text(
      'A small daemon for Amazon ECS container instances. When the three ECS interface endpoints of the VPC ' +
        '(ecs-agent, ecs-telemetry, ecs) can be reached at private addresses, it restarts the container agent ' +
        'once, in the way that is right for the host, and proves from its connections that it uses them. An ' +
        'agent that is there already is not touched.',
    ),
    '.SH COMMANDS',
    ...commandNames.flatMap(commandEntry),
    '.SH SETTINGS',
    text(
      `Each is a flag, a variable of the environment and a KEY=VALUE line of ${configFileOption.default}; ` +
        `--log-level is ${envPrefix}LOG_LEVEL. Flag goes before environment, environment before file. ` +
        'Switches are turned off with --no-NAME.',
    ),
    ...optionsByGroup().flatMap(({ title, members }) => [
      `.SS ${text(title)}`,
      ...members.flatMap(optionEntry),
    ]),
    '.SH EXIT STATUS',
    ...Object.values(exitCodes).flatMap((row) => [
      '.TP',
      `.B ${row.code}`,
      text(row.meaning),
      text(row.supervisor),
    ]),
    '.SS By command',
    ...commandNames.flatMap((name) => [
      '.TP',
      `.B ${name}`,
      text(
        exitRows()
          .filter(({ command }) => command === name)
          .map(({ code, when }) => `${code}: ${when}`)
          .join(' '),
      ),
    ]),
    '.SH FILES',
    ...files.flatMap(([path, meaning]) => ['.TP', `.I ${text(path)}`, text(meaning)]),
    '.SH SIGNALS',
    text(
      'SIGHUP makes the daemon look at once. SIGTERM ends it; a restart under way is finished at its next start.',
    ),
    '.SH SEE ALSO',
    text('systemctl(1), journalctl(1); /usr/share/doc/ecs-privatelinkd'),
  ];
  return `${lines.join('\n')}\n`;
}

const files = [
  [configFileOption.default, 'Settings.'],
  [
    '/var/lib/ecs-privatelinkd/state.json',
    'What must survive a reboot: restarts, and one that is under way.',
  ],
  ['/run/ecs-privatelinkd/status.json', 'What ecs-privatelinkd status shows.'],
] as const;

function commandEntry(name: CommandName): string[] {
  const { help, flags, operand }: Command = commands[name];
  const argument = operand === undefined ? '' : ` [${operand.kind.placeholder}]`;
  return [
    '.TP',
    `.B ${text(`${name}${argument}`)}`,
    text(help),
    ...(flags.length === 0
      ? []
      : [
          '.RS',
          ...flags.flatMap((flag) => [
            '.TP',
            `.B ${text(flagUsage(flag.name, flag.kind))}`,
            text(flagHelp(flag)),
          ]),
          '.RE',
        ]),
  ];
}

function optionEntry(option: NamedOption): string[] {
  const standing = `Default: ${defaultInWords(option) || 'none'}.`;
  return [
    '.TP',
    `.BR ${text(flagUsage(option.name, option.kind)).replaceAll(' ', '\\ ')} " (" ${text(envNameOf(option))} )`,
    text(settingMeaning(option, (name) => name, [standing])),
  ];
}

/** As it is to be read: no hyphenation of `-`, no escapes, no request at the beginning of a line. */
function text(plain: string): string {
  return plain.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');
}
