import type { ProblemCode } from '../kit/problem.ts';
import type { CommandName } from '../settings/command-names.ts';
import { type JsonCommand, jsonVersions } from './json-versions.ts';
import { type Output, printJson } from './output.ts';

/** Why a command has no result, or not the one that was asked for. */
export interface JsonError {
  /** Stable and public (docs/events.md). */
  readonly code: ProblemCode;
  readonly message: string;
  readonly advice: string | null;
  /** What else is wrong, of the kinds that are told all at once: settings, the command line. */
  readonly others?: readonly Omit<JsonError, 'others'>[];
}

/**
 * Prints what a command found. Its fields stand beside those of the envelope, not below one of them, so that `jq .phase`
 * finds what it looks for, and null where `error` says why there is none.
 *
 * @param error why it is not the result that was waited for
 */
export function printResult(
  output: Output,
  command: JsonCommand,
  result: object,
  error: JsonError | null = null,
): void {
  printJson(output, { version: jsonVersions[command], command, error, ...result });
}

/** Prints that there is no result, and why. The command is null where none could be made out. */
export function printError(output: Output, command: CommandName | undefined, error: JsonError): void {
  const versions: Readonly<Record<string, number>> = jsonVersions;
  printJson(output, { version: versions[command ?? ''] ?? 1, command: command ?? null, error });
}
