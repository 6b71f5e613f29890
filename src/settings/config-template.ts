import { wrapText } from '../kit/wrap-text.ts';
import { defaultInWords, envNameOf, optionGroups } from './option.ts';
import { configFileOption, options } from './options.ts';

const width = 100;

/** The config file that packages install: every setting, commented out, with its default. */
export function configTemplate(): string {
  const head = [
    '# Settings of ecs-privatelinkd: lines of KEY=VALUE. The last line of a key counts, so that user data',
    '# may append. Environment and flags go before this file; `ecs-privatelinkd config --origin` shows',
    '# the effective settings. After a change: systemctl restart ecs-privatelinkd',
  ];
  const groups = optionGroups.flatMap((group) => {
    const members = options.filter((option) => option.group === group && option !== configFileOption);
    return ['', `# --- ${group} ---`, ...members.flatMap((option) => ['', ...entry(option)])];
  });
  return `${[...head, ...groups].join('\n')}\n`;
}

function entry(option: (typeof options)[number]): string[] {
  const accepted = ` Accepted: ${option.kind.accepted}.`;
  const standing = option.default === undefined ? ` Unset: ${defaultInWords(option)}.` : '';
  const empty = option.whenEmpty === undefined ? '' : ` Empty: ${option.whenEmpty}.`;
  const text = `${option.help}${accepted}${standing}${empty}`;
  return [
    ...wrapText(text, width - 2).map((line) => `# ${line}`),
    `#${envNameOf(option)}=${option.default ?? ''}`,
  ];
}
