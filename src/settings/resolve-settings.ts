import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type ConfigFile, parseConfigFile, unknownKey } from './config-file.ts';
import { exitCodes } from './exit-codes.ts';
import { envNameOf } from './option.ts';
import { options } from './options.ts';
import { type Environment, type FlagTexts, resolveOption } from './setting-sources.ts';
import type { Origins, ResolvedSettings, Settings } from './settings.ts';
import { valueKey } from './value-kind.ts';

export interface SettingInputs {
  readonly flags: FlagTexts;
  readonly env: Environment;
  /** Left out when there is none. */
  readonly file?: ConfigFile | undefined;
}

/**
 * The effective settings.
 * @throws ConfigError (exit code 78) with every problem found
 */
export function resolveSettings({ flags, env, file }: SettingInputs): ResolvedSettings {
  const parsedFile = file && parseConfigFile(file, options);
  const problems: ConfigProblem[] = [...(parsedFile?.problems ?? [])];
  const settings: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  const sources = { flags, env, ...(parsedFile && { file: parsedFile }) };
  for (const option of options) {
    const key = valueKey(option.name, option.kind);
    const { value, origin, problem } = resolveOption(option, sources);
    settings[key] = value;
    origins[key] = origin;
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) throw new ConfigError(problems, exitCodes.config.code);
  // Settings is made of the same rows: each has put its own kind of value under its own key.
  return { settings: settings as Settings, origins: origins as Origins, warnings: unknownVariables(env) };
}

/** Ours without its last letter, which is easily forgotten: nobody else's variables begin so. */
const almostPrefix = 'ECS_PRIVATELINK';

function unknownVariables(env: Environment): string[] {
  const known = new Set(options.map(envNameOf));
  return Object.keys(env)
    .filter((name) => name.startsWith(almostPrefix) && !known.has(name))
    .map((name) => {
      const { message, advice } = unknownKey(name, 'environment', options);
      return `${message} ${advice}`;
    });
}
