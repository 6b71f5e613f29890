import { errorCodeOf, messageOf } from '../kit/problem.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { configFileOption } from './options.ts';
import { type Environment, type FlagTexts, resolveOption, resolveSettings } from './resolve-settings.ts';
import type { ResolvedSettings } from './settings.ts';

export interface LoadInputs {
  readonly flags: FlagTexts;
  readonly env: Environment;
  /** The text of a file; undefined when there is none. Throws when it cannot be read. */
  readonly readText: (path: string) => string | undefined;
}

/**
 * Reads the config file that flags and environment name, or the default one, and resolves the settings.
 * Without a file at the default path the settings stand without it; one that was named has to be there.
 * @throws ConfigError with every problem found: exit code 78, or 77 when reading the file is denied
 */
export function loadSettings({ flags, env, readText }: LoadInputs): ResolvedSettings {
  const { value: path, origin } = resolveOption(configFileOption, { flags, env });
  // A path that is no path is reported there, beside whatever else is wrong.
  if (typeof path !== 'string') return resolveSettings({ flags, env });

  const fail = (what: string, advice: string, exitCode: ExitCode, cause?: unknown) => {
    const message = `The config file ${path} (${origin}) ${what}.`;
    const name = configFileOption.name;
    const problem = { code: 'config-file', message, advice, name, origin, value: path } as const;
    return new ConfigError([problem, ...problemsWithoutFile(flags, env)], exitCode, { cause });
  };
  let text: string | undefined;
  try {
    text = readText(path);
  } catch (error) {
    const denied = ['EACCES', 'EPERM'].includes(errorCodeOf(error) ?? '');
    throw fail(
      `cannot be read: ${messageOf(error)}`,
      denied ? 'Run as root.' : 'Make it a readable file.',
      denied ? exitCodes.noPermission.code : exitCodes.config.code,
      error,
    );
  }
  if (text === undefined && origin !== 'default') {
    throw fail('does not exist', 'Create it, or name another.', exitCodes.config.code);
  }
  return resolveSettings({ flags, env, file: text === undefined ? undefined : { path, text } });
}

function problemsWithoutFile(flags: FlagTexts, env: Environment): readonly ConfigProblem[] {
  try {
    resolveSettings({ flags, env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
