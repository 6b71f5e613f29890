import { parseEnv } from 'node:util';
import type { ConfigProblem } from './config-error.ts';
import { nearest } from './nearest.ts';
import { envNameOf, envPrefix, type Option } from './option.ts';

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** A setting's text and the line it stands on. */
export interface FileEntry {
  readonly text: string;
  readonly line: number;
}

export interface ParsedConfigFile {
  readonly path: string;
  /** By key. The last of several lines counts: user data appends. */
  readonly entries: ReadonlyMap<string, FileEntry>;
  readonly problems: readonly ConfigProblem[];
}

/** A value whose quote is never closed; versions of Node.js differ in what they make of it. */
const openQuote = /^[^=]*=\s*(["'`])(?!.*\1)/;

/** Reads KEY=VALUE lines, as in /etc/ecs/ecs.config: blank lines, `#` comments, quotes. */
export function parseConfigFile(file: ConfigFile, options: readonly Option[]): ParsedConfigFile {
  const entries = new Map<string, FileEntry>();
  const problems: ConfigProblem[] = [];
  const lines = file.text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, source] of lines.entries()) {
    const content = source.trim();
    if (content === '' || content.startsWith('#')) continue;
    const line = index + 1;
    const origin = `file ${file.path}:${line}`;
    // Line by line, because parseEnv tells no line numbers. With its end: without it Node.js 20.19.2 and 22.14 also take
    // the value of A=b=c for a pair.
    const [pair] = Object.entries(parseEnv(`${content}\n`));
    if (pair === undefined || openQuote.test(content)) {
      problems.push(notAPair(content, origin));
      continue;
    }
    const [key, text = ''] = pair;
    const problem = keyProblem(key, origin, options);
    if (problem === undefined) entries.set(key, { text, line });
    else problems.push(problem);
  }
  return { path: file.path, entries, problems };
}

function notAPair(content: string, origin: string): ConfigProblem {
  const message = `The line "${content}" (${origin}) is not KEY=VALUE.`;
  const advice =
    'Write KEY=VALUE, with a closing quote if there is an opening one, or put # before a comment.';
  return { code: 'config-line', message, advice, name: content, origin };
}

function keyProblem(name: string, origin: string, options: readonly Option[]): ConfigProblem | undefined {
  const option = options.find((candidate) => envNameOf(candidate) === name);
  if (option?.notInFile) {
    const message = `${name} (${origin}) cannot be set in the file itself.`;
    const advice = `Give it as the flag --${option.name} or in the environment.`;
    return { code: 'config-key-not-in-file', message, advice, name, origin };
  }
  if (option !== undefined) return undefined;
  if (name.startsWith(envPrefix)) return unknownKey(name, origin, options);

  const sameMeaning = options.find((candidate) => candidate.aliases?.includes(name));
  const meant = sameMeaning ? envNameOf(sameMeaning) : nearest(envPrefix + name, options.map(envNameOf));
  const message = `${name} (${origin}) does not begin with ${envPrefix}.`;
  const advice = meant === undefined ? `Every key in this file needs that prefix.` : `Write ${meant}.`;
  return { code: 'config-key-prefix', message, advice, name, origin, nearest: meant };
}

/** A key or variable with (nearly) our prefix that is no setting. */
export function unknownKey(name: string, origin: string, options: readonly Option[]): ConfigProblem {
  const meant = nearest(name, options.map(envNameOf));
  const message = `Unknown setting ${name} (${origin}).`;
  const advice =
    meant === undefined ? 'ecs-privatelinkd help config lists them all.' : `Did you mean ${meant}?`;
  return { code: 'config-key-unknown', message, advice, name, origin, nearest: meant };
}
