import { ConfigError, type ConfigProblem } from './config-error.ts';
import { exitCodes } from './exit-codes.ts';

/** A flag whose value is of the right form, and names something that is not there or does not go with the others. */
export function usageProblem(name: string, message: string, advice: string): ConfigProblem {
  return { code: 'usage-value', name, origin: 'command line', message, advice };
}

/** What ends a command with exit code 64. */
export function usageErrors(problems: readonly ConfigProblem[]): ConfigError {
  return new ConfigError(problems, exitCodes.usage.code);
}

/** The same for one problem. */
export function usageError(...problem: Parameters<typeof usageProblem>): ConfigError {
  return usageErrors([usageProblem(...problem)]);
}
