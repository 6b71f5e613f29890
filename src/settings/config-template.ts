import { wrapText } from '../kit/wrap-text.ts';
import { defaultInWords, envNameOf } from './option.ts';
import { type NamedOption, optionHelp, optionsByGroup } from './options.ts';

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
