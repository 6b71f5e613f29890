import { type Command, commands } from '../../src/cli/commands.ts';
import { flagsOf } from '../../src/cli/flags.ts';
import { type CommandName, commandNames } from '../../src/settings/command-names.ts';
import { optionHelp } from '../../src/settings/options.ts';
import type { ValueKind } from '../../src/settings/value-kind.ts';

const settingHelps: Readonly<Record<string, string>> = optionHelp;

/** Completion of commands, flags and counted values for bash, for /usr/share/bash-completion/completions. */
export function bashCompletion(): string {
  const byChoices = flagsWithValues().map(
    ([flag, choices]) => `    ${flag}) words='${choices.join(' ')}' ;;`,
  );
  const byCommand = commandNames.map((name) => `      ${name}) words='${wordsOf(name).join(' ')}' ;;`);
  return `# Completion of ecs-privatelinkd for bash. Generated from the tables of its commands and settings.
_ecs_privatelinkd() {
  local words='' current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  case \${COMP_WORDS[1]}:$previous in
${byChoices.join('\n')}
    *)
      case \${COMP_CWORD}:\${COMP_WORDS[1]} in
      1:*) words='${commandNames.join(' ')} --help --version' ;;
${byCommand.join('\n').replaceAll(/^ {6}(\w+)\)/gm, '      *:$1)')}
      esac
      ;;
  esac
  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _ecs_privatelinkd ecs-privatelinkd
`;
}

/** The same for zsh, for /usr/share/zsh/vendor-completions or site-functions. */
export function zshCompletion(): string {
  const described = commandNames.map((name) => `    ${quoted(`${name}:${commands[name].help}`)}`);
  const byCommand = commandNames.map((name) => {
    const { operand }: Command = commands[name];
    const specs = [
      ...[...flagsOf(name)].map(([written, { name, kind, help, negated }]) => {
        const value = takesValue(kind) && !negated ? `:value:${valuesOf(kind)}` : '';
        const text = help ?? settingHelps[name] ?? '';
        return quoted(`--${written}[${escaped(negated ? `Turn off: ${text}` : text)}]${value}`);
      }),
      quoted('--help[Explain the command.]'),
      ...(operand === undefined ? [] : [quoted(`1::value:${valuesOf(operand.kind)}`)]),
    ];
    return `    ${name}) _arguments ${specs.join(' \\\n      ')} ;;`;
  });
  return `#compdef ecs-privatelinkd
# Completion of ecs-privatelinkd for zsh. Generated from the tables of its commands and settings.
_ecs_privatelinkd() {
  local -a commands=(
${described.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${byCommand.join('\n')}
  esac
}
_ecs_privatelinkd "$@"
`;
}

/** The same for fish, for /usr/share/fish/vendor_completions.d. */
export function fishCompletion(): string {
  const complete = 'complete -c ecs-privatelinkd';
  const byCommand = commandNames.flatMap((name) => {
    const { operand }: Command = commands[name];
    const within = `${complete} -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `${complete} -n __fish_use_subcommand -a ${name} -d ${fishQuoted(commands[name].help)}`,
      ...[...flagsOf(name)].map(([written, { name: setting, kind, help, negated }]) => {
        const text = help ?? settingHelps[setting] ?? '';
        const value = takesValue(kind) && !negated ? ` ${fishValue(kind)}` : '';
        return `${within} -l ${written}${value} -d ${fishQuoted(negated ? `Turn off: ${text}` : text)}`;
      }),
      ...(operand?.kind.choices ? [`${within} -a '${operand.kind.choices.join(' ')}'`] : []),
    ];
  });
  return `# Completion of ecs-privatelinkd for fish. Generated from the tables of its commands and settings.
${complete} -f
${complete} -s h -l help -d 'Explain the command.'
${complete} -n __fish_use_subcommand -s V -l version -d 'Print the version.'
${byCommand.join('\n')}
`;
}

/** No file where there are choices; any file where there are none, as for the other shells. */
function fishValue({ choices }: ValueKind<unknown>): string {
  return choices === undefined ? '-r -F' : `-x -a '${choices.join(' ')}'`;
}

/** In fish only these two are special between single quotes. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}

/** `*:--log-level` with its values, or `status:--wait` where the flag is another one with another command. */
function flagsWithValues(): [string, readonly string[]][] {
  const kinds = new Map<string, { readonly name: CommandName; readonly kind: ValueKind<unknown> }[]>();
  for (const name of commandNames) {
    for (const [written, { kind }] of flagsOf(name)) {
      kinds.set(written, [...(kinds.get(written) ?? []), { name, kind }]);
    }
  }
  return [...kinds].flatMap(([written, all]): [string, readonly string[]][] => {
    const texts = new Set(all.map(({ kind }) => `${takesValue(kind)} ${kind.choices?.join(' ')}`));
    const [first] = all;
    if (texts.size === 1 && first !== undefined) {
      return takesValue(first.kind) ? [[`*:--${written}`, first.kind.choices ?? []]] : [];
    }
    return all
      .filter(({ kind }) => takesValue(kind))
      .map(({ name, kind }) => [`${name}:--${written}`, kind.choices ?? []]);
  });
}

function wordsOf(name: CommandName): string[] {
  const { operand }: Command = commands[name];
  return [
    ...(operand?.kind.choices ?? []),
    ...[...flagsOf(name).keys()].map((flag) => `--${flag}`),
    '--help',
  ];
}

function takesValue(kind: ValueKind<unknown>): boolean {
  return kind.isSwitch !== true;
}

function valuesOf(kind: ValueKind<unknown>): string {
  return kind.choices === undefined ? '_files' : `(${kind.choices.join(' ')})`;
}

function escaped(text: string): string {
  return text.replaceAll(/[[\]:]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
