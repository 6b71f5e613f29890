import { defaultInWords, envNameOf, type Option, optionGroups } from './option.ts';
import { options } from './options.ts';

/** All settings as one Markdown table, by group. */
export function settingsTableMarkdown(): string {
  const rows = optionGroups.flatMap((group) => [
    `| **${group}** | | |`,
    ...options.filter((option) => option.group === group).map(row),
  ]);
  return ['| flag and variable | default | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}

function row(option: Option): string {
  const names = `\`--${option.name}\`<br>\`${envNameOf(option)}\``;
  const standing = option.default ? `\`${option.default}\`` : defaultInWords(option) || 'none';
  return `| ${names} | ${standing} | ${escapeCell(meaning(option))} |`;
}

function meaning(option: Option): string {
  const notes = [option.help];
  if (!option.kind.isSwitch) notes.push(`Accepted: ${option.kind.accepted}.`);
  if (option.whenEmpty !== undefined) notes.push(`Empty: ${option.whenEmpty}.`);
  for (const alias of option.aliases ?? []) notes.push(`Also read from \`${alias}\`.`);
  if (option.forcedOffBy !== undefined) notes.push(`\`${option.forcedOffBy}=true\` forces it off.`);
  if (option.notInFile) notes.push('Not in the file.');
  return notes.join(' ');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
