import type { ProblemCode } from '../kit/problem.ts';
import { type CommandName, commandNames } from '../settings/command-names.ts';
import { type ConfigProblem, rejectedValue } from '../settings/config-error.ts';
import { nearest } from '../settings/nearest.ts';
import type { Rejection } from '../settings/value-kind.ts';
import { allFlags, type Flag, flagsOf } from './flags.ts';

const origin = 'command line';

type Details = Omit<ConfigProblem, 'code' | 'message' | 'advice' | 'origin'>;

function usageProblem(code: ProblemCode, message: string, advice: string, details: Details): ConfigProblem {
  return { code, message, advice, origin, ...details };
}

/** No command was given, or none of that name is known. */
export function commandProblem(word: string | undefined): ConfigProblem {
  const all = `The commands are ${commandNames.join(', ')}.`;
  if (word === undefined) return usageProblem('usage-no-command', 'No command is given.', all, { name: '' });
  const meant = nearest(word, commandNames);
  const advice = meant === undefined ? all : `Did you mean ${meant}?`;
  return usageProblem('usage-command', `Unknown command ${word}.`, advice, { name: word, nearest: meant });
}

/** A flag that the command does not take, or that nobody takes. */
export function flagProblem(
  name: string,
  rawName: string,
  command: CommandName | undefined,
  allowed: ReadonlyMap<string, Flag>,
): ConfigProblem {
  const takers = commandNames.filter((candidate) => flagsOf(candidate).has(name));
  if (takers.length > 0) {
    const advice = `It belongs to ${takers.join(', ')}.`;
    return usageProblem('usage-flag', `Unknown flag ${rawName} for ${command}.`, advice, { name: rawName });
  }
  const close = nearest(name, [...allowed.keys(), 'help', 'version']) ?? nearest(name, allFlags().keys());
  const meant = close && `--${close}`;
  const advice = meant
    ? `Did you mean ${meant}?`
    : `ecs-privatelinkd help${command ? ` ${command}` : ''} lists the flags.`;
  return usageProblem('usage-flag', `Unknown flag ${rawName}.`, advice, { name: rawName, nearest: meant });
}

/** A flag without the value that it needs. */
export function missingValue(rawName: string, { kind }: Flag): ConfigProblem {
  return usageProblem('usage-value-missing', `${rawName} needs a value.`, `Accepted: ${kind.accepted}.`, {
    name: rawName,
    accepted: kind.accepted,
  });
}

/** `--no-name=value`. */
export function needlessValue(rawName: string): ConfigProblem {
  return usageProblem('usage-value-needless', `${rawName} takes no value.`, `Write ${rawName} alone.`, {
    name: rawName,
  });
}

/** A value that a command's own flag, or its operand, does not accept. */
export function valueProblem(name: string, value: string, accepted: string, why: Rejection): ConfigProblem {
  return rejectedValue(why, { code: 'usage-value', name, origin, value, accepted });
}

/** An argument that the command does not take. */
export function wordProblem(word: string, command: CommandName): ConfigProblem {
  const advice = `ecs-privatelinkd help ${command} shows what it takes.`;
  return usageProblem('usage-word', `Unexpected argument ${JSON.stringify(word)} for ${command}.`, advice, {
    name: word,
  });
}
