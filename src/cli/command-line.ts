import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type CommandName, commandNames } from '../settings/command-names.ts';
import { ConfigError, type ConfigProblem } from '../settings/config-error.ts';
import { exitCodes } from '../settings/exit-codes.ts';
import type { FlagTexts } from '../settings/resolve-settings.ts';
import { valueKey } from '../settings/value-kind.ts';
import { type Command, type CommandFlags, type CommandOperand, commands } from './commands.ts';
import { allFlags, type Flag, flagsOf } from './flags.ts';
import {
  commandProblem,
  flagProblem,
  missingValue,
  needlessValue,
  valueProblem,
  wordProblem,
} from './usage-problems.ts';

/** What a command line asks for. Flags that are settings stay text: `resolveSettings` weighs them. */
export type Invocation = {
  [Name in CommandName]: {
    readonly command: Name;
    readonly flags: FlagTexts;
    readonly commandFlags: CommandFlags<Name>;
    readonly operand: CommandOperand<Name>;
  };
}[CommandName];

/** One flag as it was written. */
interface Written {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  /** Written as `--name=value`. */
  readonly inline: boolean;
}

/**
 * Reads the arguments after the program's name. `--help` and `--version` win over everything else.
 * @throws ConfigError (exit code 64) with every problem found
 */
export function parseCommandLine(argv: readonly string[]): Invocation {
  const named = commandNames.find((name) => name === tokenise(argv, allFlags()).words[0]);
  // A flag of one name may take a value with one command, and none with another.
  const { words, written } = tokenise(
    argv,
    named === undefined ? allFlags() : new Map([...allFlags(), ...flagsOf(named)]),
  );
  const [commandWord, ...operands] = words;
  const command = commandNames.find((name) => name === commandWord);
  if (written.some(({ name }) => name === 'help')) return help(command);
  if (written.some(({ name }) => name === 'version')) {
    return parseCommandLine(['version', ...argv.filter((word) => word === '--json')]);
  }

  const problems: ConfigProblem[] = [];
  if (commandWord !== undefined && command === undefined) problems.push(commandProblem(commandWord));
  const { flags, commandFlags } = readFlags(command, written, problems);
  const operand = command && readOperand(command, operands, problems);
  // Of flags alone it is first said what is wrong with them.
  if (commandWord === undefined && problems.length === 0) problems.push(commandProblem(undefined));
  if (problems.length > 0) throw new ConfigError(problems, exitCodes.usage.code);
  // The tables that Invocation is made of have just been followed, row by row.
  return { command, flags, commandFlags, operand } as Invocation;
}

function help(operand: CommandName | undefined): Invocation {
  return { command: 'help', flags: {}, commandFlags: {}, operand };
}

/** What follows an unknown flag is probably its value: the flag alone is reported. */
function isWord({ index, value }: { index: number; value: string }, afterUnknown: number): boolean {
  return index !== afterUnknown || commandNames.some((name) => name === value);
}

/** parseArgs only splits; what may be written is for the tables to say, and all at once. */
function tokenise(
  argv: readonly string[],
  flags: ReadonlyMap<string, Flag>,
): { words: string[]; written: Written[] } {
  const known: NonNullable<ParseArgsConfig['options']> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'V' },
  };
  for (const [name, { kind }] of flags) known[name] = { type: kind.isSwitch ? 'boolean' : 'string' };
  const { tokens } = parseArgs({
    args: [...argv],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const written: Written[] = [];
  let afterUnknown = -1;
  for (const token of tokens) {
    if (token.kind === 'option') {
      const { name, rawName, value, inlineValue } = token;
      written.push({ name, rawName, value, inline: inlineValue === true });
      if (!Object.hasOwn(known, name) && !inlineValue) afterUnknown = token.index + 1;
    }
    if (token.kind === 'positional' && isWord(token, afterUnknown)) words.push(token.value);
  }
  return { words, written };
}

interface ReadFlags {
  readonly flags: Record<string, string>;
  readonly commandFlags: Record<string, unknown>;
}

function readFlags(
  command: CommandName | undefined,
  written: readonly Written[],
  problems: ConfigProblem[],
): ReadFlags {
  const allowed = command === undefined ? allFlags() : flagsOf(command);
  const flags: Record<string, string> = {};
  const commandFlags: Record<string, unknown> = {};
  for (const flag of allowed.values()) {
    if (!flag.isSetting) commandFlags[valueKey(flag.name, flag.kind)] = valueNotGiven(flag);
  }
  const unknown = new Set<string>();
  for (const item of written) {
    if (unknown.has(item.rawName)) continue;
    const flag = allowed.get(item.name);
    const problem =
      flag === undefined
        ? flagProblem(item.name, item.rawName, command, allowed)
        : readFlag(flag, item, { flags, commandFlags });
    if (problem === undefined) continue;
    if (flag === undefined) unknown.add(item.rawName);
    problems.push(problem);
  }
  return { flags, commandFlags };
}

function valueNotGiven({ kind, default: text }: Flag): unknown {
  if (kind.isSwitch) return false;
  const parsed = text === undefined ? undefined : kind.parse(text);
  return parsed !== undefined && 'value' in parsed ? parsed.value : undefined;
}

/** Puts one flag's value where it belongs, beside what a list has already, or tells what is wrong with it. */
function readFlag(
  flag: Flag,
  written: Written,
  { flags, commandFlags }: ReadFlags,
): ConfigProblem | undefined {
  const { name, kind, negated, isSetting } = flag;
  const { rawName } = written;
  const text = valueText(written, flag);
  if (text === undefined) return negated ? needlessValue(rawName) : missingValue(rawName, flag);
  if (isSetting) {
    flags[name] = kind.isList && flags[name] !== undefined ? `${flags[name]},${text}` : text;
    return undefined;
  }
  const parsed = kind.parse(text.trim());
  if ('rejected' in parsed) return valueProblem(rawName, text, kind.accepted, parsed.rejected);
  const key = valueKey(name, kind);
  const before = commandFlags[key];
  const { value } = parsed;
  commandFlags[key] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
  return undefined;
}

/** Undefined when there is no value where one is needed, or one where none may be. */
function valueText({ value, inline }: Written, flag: Flag): string | undefined {
  if (flag.negated) return value === undefined ? 'false' : undefined;
  if (flag.kind.isSwitch) return value ?? 'true';
  // `--region --json`: the next flag is no value. `--region=-x` says that it is meant.
  if (!inline && value?.startsWith('-')) return undefined;
  return value?.trim() === '' && !flag.mayBeEmpty ? undefined : value;
}

function readOperand(command: CommandName, words: readonly string[], problems: ConfigProblem[]): unknown {
  const { operand }: Command = commands[command];
  const [first, ...more] = words;
  const unexpected = operand === undefined ? words : more;
  for (const word of unexpected) problems.push(wordProblem(word, command));
  if (operand === undefined || first === undefined) return undefined;
  const parsed = operand.kind.parse(first);
  if ('value' in parsed) return parsed.value;
  problems.push(valueProblem(operand.kind.placeholder, first, operand.kind.accepted, parsed.rejected));
  return undefined;
}
