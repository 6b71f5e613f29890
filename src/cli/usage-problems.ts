import { type CommandName, commandNames } from '../settings/command-names.ts';
import { type ConfigProblem, rejectedValue } from '../settings/config-error.ts';
import { nearest } from '../settings/nearest.ts';
import type { Rejection } from '../settings/value-kind.ts';
import { allFlags, type Flag, flagsOf } from './flags.ts';

const origin = 'command line';

/** No command was given, or none of that name is known. */
export function commandProblem(word: string | undefined): ConfigProblem {
  const all = `The commands are ${commandNames.join(', ')}.`;
  if (word === undefined) {
    return { code: 'usage-no-command', message: 'No command is given.', advice: all, name: '', origin };
  }
  const meant = nearest(word, commandNames);
  const advice = meant === undefined ? all : `Did you mean ${meant}?`;
  const message = `Unknown command ${word}.`;
  return { code: 'usage-command', message, advice, name: word, origin, nearest: meant };
}

/** A flag that the command does not take, or that nobody takes. */
export function flagProblem(
  flag: string,
  name: string,
  command: CommandName | undefined,
  allowed: ReadonlyMap<string, Flag>,
): ConfigProblem {
  const code = 'usage-flag';
  const takers = takersOf(flag);
  if (takers.length > 0) {
    const advice = `It belongs to ${takers.join(', ')}.`;
    return { code, message: `Unknown flag ${name} for ${command}.`, advice, name, origin };
  }
  const meant = flag === 'v' ? 'version' : nearest(flag, [...allowed.keys(), 'help', 'version']);
  const advice = meant === undefined ? whereElse(flag, command) : `Did you mean --${meant}?`;
  return {
    code,
    message: `Unknown flag ${name}.`,
    advice,
    name,
    origin,
    nearest: meant && `--${meant}`,
  };
}

/** Of a flag that resembles none of the command's own. */
function whereElse(flag: string, command: CommandName | undefined): string {
  const list = `ecs-privatelinkd help${command ? ` ${command}` : ''} lists the flags`;
  const other = nearest(flag, allFlags().keys());
  return other === undefined ? `${list}.` : `${list}; --${other} belongs to ${takersOf(other).join(', ')}.`;
}

function takersOf(flag: string): CommandName[] {
  return commandNames.filter((candidate) => flagsOf(candidate).has(flag));
}

/** A flag without the value that it needs. */
export function missingValue(name: string, { kind: { accepted } }: Flag): ConfigProblem {
  const advice = `Accepted: ${accepted}.`;
  return { code: 'usage-value-missing', message: `${name} needs a value.`, advice, name, origin, accepted };
}

/** `--no-name=value`. */
export function needlessValue(name: string): ConfigProblem {
  const advice = `Write ${name} alone.`;
  return { code: 'usage-value-needless', message: `${name} takes no value.`, advice, name, origin };
}

/** A value that a command's own flag, or its operand, does not accept. */
export function valueProblem(name: string, value: string, accepted: string, why: Rejection): ConfigProblem {
  return rejectedValue(why, { code: 'usage-value', name, origin, value, accepted });
}

/** An argument that the command does not take. */
export function wordProblem(name: string, command: CommandName): ConfigProblem {
  const message = `Unexpected argument ${JSON.stringify(name)} for ${command}.`;
  const advice = `ecs-privatelinkd help ${command} shows what it takes.`;
  return { code: 'usage-word', message, advice, name, origin };
}
