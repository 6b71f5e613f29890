import { ConfigError, type ConfigProblem, rejectedValue } from './config-error.ts';
import { type ConfigFile, type ParsedConfigFile, parseConfigFile, unknownKey } from './config-file.ts';
import { exitCodes } from './exit-codes.ts';
import { boolean } from './kinds/basic.ts';
import { envNameOf, type Option } from './option.ts';
import { options } from './options.ts';
import type { Origins, ResolvedSettings, Settings } from './settings.ts';
import { valueKey } from './value-kind.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Texts of settings given as flags, by the option's name. */
export type FlagTexts = Readonly<Record<string, string>>;

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

export interface SettingSources {
  readonly flags: FlagTexts;
  readonly env: Environment;
  readonly file?: Pick<ParsedConfigFile, 'path' | 'entries'>;
}

interface Found {
  readonly text: string;
  readonly origin: string;
}

export interface Resolved {
  readonly value: unknown;
  readonly origin: string;
  readonly problem?: ConfigProblem;
}

/**
 * One option's effective value. Flag goes before environment, environment before file, file before the
 * standard variables of other tools (`aliases`), those before the default.
 */
export function resolveOption(option: Option, { flags, env, file }: SettingSources): Resolved {
  const envName = envNameOf(option);
  const entry = file?.entries.get(envName);
  const { text, origin } = forcedOff(option, env) ??
    given(option, flags[option.name], `flag --${option.name}`) ??
    fromEnvironment(option, env, envName) ??
    given(option, entry?.text, `file ${file?.path}:${entry?.line}`) ??
    option.aliases?.map((alias) => fromEnvironment(option, env, alias)).find(Boolean) ?? {
      text: option.default,
      origin: 'default',
    };

  if (text === undefined) return { value: undefined, origin };
  const parsed = option.kind.parse(text);
  if ('value' in parsed) return { value: parsed.value, origin };
  const { name, kind } = option;
  const what = { code: 'config-value', name, origin, value: text, accepted: kind.accepted } as const;
  return { value: undefined, origin, problem: rejectedValue(parsed.rejected, what) };
}

function fromEnvironment(option: Option, env: Environment, name: string): Found | undefined {
  return given(option, env[name], `environment ${name}`);
}

/** An empty value is none, but for options that say what it means. */
function given(option: Option, text: string | undefined, origin: string): Found | undefined {
  const trimmed = text?.trim();
  if (trimmed === undefined || (trimmed === '' && option.whenEmpty === undefined)) return undefined;
  return { text: trimmed, origin };
}

function forcedOff(option: Option, env: Environment): Found | undefined {
  const found = option.forcedOffBy ? fromEnvironment(option, env, option.forcedOffBy) : undefined;
  if (found === undefined) return undefined;
  const forced = boolean.parse(found.text);
  // A text that is no boolean goes on as it is: the option's own kind then refuses it.
  if ('rejected' in forced) return found;
  return forced.value ? { text: 'false', origin: found.origin } : undefined;
}
