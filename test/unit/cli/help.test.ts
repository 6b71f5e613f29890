import { describe, expect, it } from 'vitest';
import { settingsTableMarkdown } from '../../../scripts/texts/settings.ts';
import { flagsOf } from '../../../src/cli/flags.ts';
import { helpText } from '../../../src/cli/help.ts';
import { commandNames } from '../../../src/settings/command-names.ts';
import { envNameOf } from '../../../src/settings/option.ts';
import { options } from '../../../src/settings/options.ts';

describe('help', () => {
  describe.each([undefined, ...commandNames])('of %s', (command) => {
    it.each([40, 79, 80, 200])('keeps to %i columns', (width) => {
      const text = helpText(command, width);
      expect(text.endsWith('\n')).toBe(true);
      for (const line of text.split('\n')) {
        // The path of the config file is one word; a flag with its value is not broken.
        if (!/\S{37}|^ {2}--\S+ \S+$/.test(line)) expect(line.length).toBeLessThanOrEqual(width);
        expect(line).toBe(line.trimEnd());
      }
      if (width === 200 && command === 'run')
        expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeGreaterThan(80);
    });
  });

  it('names every command, each on a line', () => {
    for (const command of commandNames)
      expect(helpText(undefined, 80)).toMatch(new RegExp(`^  ${command} +[A-Z].*\\.$`, 'm'));
  });

  it.each(commandNames)('of %s names each of its flags and no other', (command) => {
    const shown = [...helpText(command, 80).matchAll(/^ {2}--([a-z0-9-]+)(?= |$)/gm)].map(
      (match) => match[1],
    );
    const taken = [...flagsOf(command)].filter(([, flag]) => !flag.negated).map(([name]) => name);
    expect(shown.toSorted()).toEqual(taken.toSorted());
  });

  it('shows defaults and what empty means', () => {
    const text = helpText('run', 80).replaceAll(/\s+/g, ' ');
    expect(text).toContain('[5m,15m,45m]');
    expect(text).toContain('[from IMDS]');
    expect(text).toContain('[/var/log/ecs/ecs-agent.log; empty: not read]');
  });
});

describe('the table of settings', () => {
  it('has a row for each setting and three cells in each row', () => {
    const lines = settingsTableMarkdown().trimEnd().split('\n');
    for (const option of options) {
      expect(lines.filter((line) => line.includes(`\`${envNameOf(option)}\` |`))).toHaveLength(1);
    }
    for (const line of lines) expect(line.match(/(?<!\\)\|/g)).toHaveLength(4);
  });
});
