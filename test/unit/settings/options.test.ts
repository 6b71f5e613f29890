import { describe, expect, it } from 'vitest';
import { exitCodesMarkdown } from '../../../scripts/texts/catalogues.ts';
import { commands } from '../../../src/cli/commands.ts';
import { commandNames } from '../../../src/settings/command-names.ts';
import { exitCodes } from '../../../src/settings/exit-codes.ts';
import { envNameOf, type Option } from '../../../src/settings/option.ts';
import { optionHelp, options } from '../../../src/settings/options.ts';
import { valueKey } from '../../../src/settings/value-kind.ts';

describe('the table of settings', () => {
  it('has one row per name', () => {
    expect(new Set(options.map(({ name }) => name)).size).toBe(options.length);
  });

  it.each(options.map((option) => [option.name, option] as const))('%s is complete', (_, option) => {
    expect(option.name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(option.name.startsWith('no-')).toBe(false);
    expect(optionHelp[option.name]).toMatch(/^[A-Za-z].*\.$/);
    expect(optionHelp[option.name].length).toBeLessThanOrEqual(80);
    expect(option.commands).toContain('config');
    // Either a default that is itself accepted and written in its shortest form, or what holds without one.
    if (option.default === undefined) {
      expect(option.whenUnset).toBeTruthy();
    } else {
      expect(option.whenUnset).toBeUndefined();
      const parsed = option.kind.parse(option.default);
      if ('rejected' in parsed) throw new Error(`the default of ${option.name} is rejected`);
      expect(option.kind.parse(option.kind.format(parsed.value))).toEqual(parsed);
    }
  });

  it('shares no name with flags of commands, so that a flag means one thing', () => {
    const settings = new Map<string, Option>(options.map((option) => [option.name, option]));
    for (const command of commandNames) {
      for (const { name, kind } of commands[command].flags) {
        const setting = settings.get(name);
        if (setting === undefined) continue;
        // `fleet`, which knows no settings, takes a list of regions.
        expect(setting.commands).not.toContain(command);
        expect(kind.accepted).toContain(setting.kind.accepted);
      }
    }
  });

  it('derives variable and key', () => {
    const option = options.find(({ name }) => name === 'imds-v1-fallback');
    if (option === undefined) throw new Error('no such row');
    expect(envNameOf(option)).toBe('ECS_PRIVATELINKD_IMDS_V1_FALLBACK');
    expect(valueKey(option.name, option.kind)).toBe('imdsV1Fallback');
  });
});

describe('exit codes', () => {
  it('are those of the contract, each with a sentence', () => {
    expect(Object.values(exitCodes).map(({ code }) => code)).toEqual([0, 1, 64, 69, 75, 77, 78]);
    for (const { meaning, supervisor } of Object.values(exitCodes)) {
      expect(meaning).toMatch(/\.$/);
      expect(supervisor).toMatch(/\.$/);
    }
    expect(exitCodesMarkdown()).toContain('| 78 | Invalid configuration. |');
  });
});
