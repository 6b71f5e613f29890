import { wrapText } from '../../src/kit/wrap-text.ts';
import { defaultInWords, envNameOf } from '../../src/settings/option.ts';
import { type NamedOption, optionHelp, optionsByGroup } from '../../src/settings/options.ts';

/** All settings as one Markdown table, by group. */
export function settingsTableMarkdown(): string {
  const rows = optionsByGroup().flatMap(({ title, members }) => [
    `| **${title}** | | |`,
    ...members.map(row),
  ]);
  return ['| flag and variable | default | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}

/** All that there is to say of a setting; `code` marks the name of a variable, `standing` is what else belongs there. */
export function settingMeaning(
  option: NamedOption,
  code: (text: string) => string,
  standing: readonly string[],
): string {
  const { name, kind, whenEmpty, aliases = [], forcedOffBy, notInFile } = option;
  return [
    optionHelp[name],
    ...(kind.isSwitch ? [] : [`Accepted: ${kind.accepted}.`]),
    ...standing,
    ...(whenEmpty === undefined ? [] : [`Empty: ${whenEmpty}.`]),
    ...aliases.map((alias) => `Also read from ${code(alias)}.`),
    ...(forcedOffBy === undefined ? [] : [`${code(`${forcedOffBy}=true`)} forces it off.`]),
    ...(notInFile ? ['Not in the file.'] : []),
  ].join(' ');
}

function row(option: NamedOption): string {
  const names = `\`--${option.name}\`<br>\`${envNameOf(option)}\``;
  const standing = option.default ? `\`${option.default}\`` : defaultInWords(option) || 'none';
  const meaning = settingMeaning(option, (text) => `\`${text}\``, []);
  return `| ${names} | ${standing} | ${meaning.replaceAll('|', '\\|')} |`;
}

const width = 100;

/** The config file that packages install: every setting, commented out, with its default. */
export function configTemplate(): string {
  const head = [
    '# Settings of ecs-privatelinkd: lines of KEY=VALUE. The last line of a key counts, so that user data',
    '# may append. Environment and flags go before this file; `ecs-privatelinkd config --origin` shows',
    '# the effective settings. After a change: systemctl restart ecs-privatelinkd',
  ];
  const groups = optionsByGroup().flatMap(({ title, members }) => {
    const inFile = members.filter(({ notInFile }) => !notInFile);
    return ['', `# --- ${title} ---`, ...inFile.flatMap((option) => ['', ...entry(option)])];
  });
  return `${[...head, ...groups].join('\n')}\n`;
}

function entry(option: NamedOption): string[] {
  const accepted = ` Accepted: ${option.kind.accepted}.`;
  const standing = option.default === undefined ? ` Unset: ${defaultInWords(option)}.` : '';
  const empty = option.whenEmpty === undefined ? '' : ` Empty: ${option.whenEmpty}.`;
  const text = `${optionHelp[option.name]}${accepted}${standing}${empty}`;
  return [
    ...wrapText(text, width - 2).map((line) => `# ${line}`),
    `#${envNameOf(option)}=${option.default ?? ''}`,
  ];
}
