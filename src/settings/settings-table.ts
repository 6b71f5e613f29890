import { defaultInWords, envNameOf } from './option.ts';
import { type NamedOption, optionHelp, optionsByGroup } from './options.ts';

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
