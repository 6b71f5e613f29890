import { describe, expect, it } from 'vitest';
import { bashCompletion, fishCompletion, zshCompletion } from '../../../scripts/texts/completions.ts';
import { manPage } from '../../../scripts/texts/man-page.ts';
import { configTemplate } from '../../../scripts/texts/settings.ts';
import { loadSettings } from '../../../src/settings/load-settings.ts';
import { envNameOf } from '../../../src/settings/option.ts';
import { configFileOption, options } from '../../../src/settings/options.ts';

const path = configFileOption.default;

function settingsFrom(text: string) {
  return loadSettings({ flags: {}, env: {}, readText: (asked) => (asked === path ? text : undefined) });
}

describe('the config file of the packages', () => {
  it('sets nothing', () => {
    const resolved = settingsFrom(configTemplate());
    expect(resolved.warnings).toEqual([]);
    expect(resolved).toEqual(settingsFrom(''));
  });

  it('has a line for every setting, which is the default once its # is taken away', () => {
    const text = configTemplate().replaceAll(/^#(ECS_PRIVATELINKD_)/gm, '$1');
    const resolved = settingsFrom(text);
    expect(resolved.settings).toEqual(settingsFrom('').settings);
    for (const option of options) {
      if (option === configFileOption) continue;
      expect(text).toMatch(new RegExp(`^${envNameOf(option)}=`, 'm'));
    }
  });

  it('has lines of at most 100 characters', () => {
    const lines = configTemplate().split('\n');
    expect(lines.filter((line) => line.startsWith('# ') && line.length > 100)).toEqual([]);
  });
});

describe('man page and completions', () => {
  it('name every setting', () => {
    const page = manPage({ version: '1.2.3', date: '2026-01-02' }).replaceAll('\\-', '-');
    for (const option of options) {
      expect(page).toContain(envNameOf(option));
      for (const completion of [bashCompletion(), zshCompletion()]) {
        expect(completion).toContain(`--${option.name}`);
      }
      expect(fishCompletion()).toContain(` -l ${option.name} `);
    }
  });

  it('complete a flag by its command where commands differ in it', () => {
    const completion = bashCompletion();
    expect(completion).toContain("    status:--wait) words='waiting settling");
    expect(completion).not.toContain('fleet:--wait)');
    expect(completion).toContain("    fleet:--only) words='all not-done' ;;");
    expect(completion).toContain("    *:--log-level) words='");
  });

  it('the page has no line that would be taken for a request', () => {
    const known = /^\.(TH|SH|SS|TP|B|I|BR|RI|RS|RE)( |$)/;
    const page = manPage({ version: '1.2.3', date: '2026-01-02' });
    expect(page.split('\n').filter((line) => /^[.']/.test(line) && !known.test(line))).toEqual([]);
  });
});
