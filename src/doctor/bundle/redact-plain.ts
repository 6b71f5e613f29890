import { isHarmless, isSecretName } from './secret-names.ts';

/** What stands in the place of a secret. */
export const removed = 'REDACTED';

/** One line of text without secrets, by what can be seen of them in it. */
export function redactPlain(line: string): string {
  return redactLooks(redactNamed(line.replaceAll(/\S+/g, withoutUser)));
}

/**
 * `http://user:password@host`, without its scheme too. A password may have any character in it that is no blank, `@` and
 * `/` too; it ends at the last `@`. `name:tag@sha256:…` is an image.
 */
function withoutUser(chunk: string): string {
  const at = Math.max(chunk.lastIndexOf('@'), chunk.lastIndexOf('%40'));
  if (at === -1) return chunk;
  const [scheme] = /:\/\/|%3a%2f%2f/i.exec(chunk.slice(0, at)) ?? [];
  const begin = scheme === undefined ? 0 : chunk.indexOf(scheme) + scheme.length;
  const user = chunk.slice(begin, at);
  const secret = scheme !== undefined || (user.includes(':') && !/^@sha\d+:/.test(chunk.slice(at)));
  if (!secret) return chunk;
  // `KEY=user:password@host` keeps its key.
  const key = scheme === undefined ? (/^["']?[\w.-]{1,64}["']?[=:]["']?(?=.*:)/.exec(user)?.[0] ?? '') : '';
  return chunk.slice(0, begin) + key + removed + chunk.slice(at);
}

/** `KEY=value`, `"key": "value"`, `--key value`, `?key=value&…`, `Header: value`: by the name. */
function redactNamed(line: string): string {
  const netrc = /\b(?:machine|login)\s/.test(line);
  let redacted = '';
  let from = 0;
  for (const { 0: name, index } of line.matchAll(/[\w.-]+/g)) {
    if (index < from) continue;
    const value = isSecretName(name) ? valueAfter(line, name, index, netrc) : userAfter(line, name, index);
    if (!value) continue;
    redacted += line.slice(from, value.begin) + removed;
    from = value.end;
  }
  return redacted + line.slice(from);
}

interface Span {
  readonly begin: number;
  readonly end: number;
}

/** Sticky: each looks at one place only. */
const separator =
  /(?:[\\"'\]]{0,16}|%22)(?:\s|\\{1,4}[nr])*(?:(?:,(?:\s|\\{1,4}[nr])*)?[\\"']{0,16}\w{0,32}[Vv]al(?:ue)?[\\"']{0,16}\s*)?(?:=>|->|:=|[=:>]|%3[ADad])\s*/y;
const blanks = /[\s,="'\\]+/y;
/** From one text of a list to the next, and after a key. */
const next = /\\{0,16}["']\s*,\s*\\{0,16}["']/y;
const colon = /\\{0,16}["']\s*:/y;
const opening = /(\\*)(["'])/y;
const word = /[^\s,"'\\]*/y;
/** As long as what is no secret may be: a value is not read to its end for each name in it. */
const short = /[\w.-]{1,20}(?=[\s,"'}\]&;<]|$)/y;
const parameter = /[^\s&"'<>\\%]*(?:%(?!26)[^\s&"'<>\\%]*)*/y;

/** Where the value of a secret's name is; undefined when it is no name here, but a word or part of a path. */
function valueAfter(line: string, name: string, index: number, netrc: boolean): Span | undefined {
  const before = line[index - 1] ?? '';
  if (before === '/') return undefined;
  const after = index + name.length;
  const sign = matchAt(separator, line, after);
  if (sign === undefined) return wordAfter(line, after, name.startsWith('--') || netrc ? blanks : next);
  if (saysWhy(name, sign.trim())) return undefined;
  const begin = after + sign.length;
  const quoted = matchAt(opening, line, begin);
  if (quoted !== undefined) return { begin: begin + quoted.length, end: closingAfter(line, begin, quoted) };
  if (isHarmless(name, matchAt(short, line, begin) ?? '')) return undefined;
  if (/[?&]/.test(before) || sign.startsWith('%')) return spanOf(parameter, line, begin);
  // It may have anything in it.
  return { begin, end: line.length };
}

/** `--password value`, `"password", "value"` */
function wordAfter(line: string, after: number, between: RegExp): Span | undefined {
  const gap = matchAt(between, line, after);
  if (gap === undefined) return undefined;
  const found = wordAt(line, after + gap.length);
  // `"kind": "token", "region": …`
  return matchAt(colon, line, found.end) === undefined ? found : undefined;
}

/** "cannot get credentials: timeout" */
export function saysWhy(name: string, sign: string): boolean {
  return /^credentials?$/i.test(name) && sign === ':';
}

/** `-u user:password` of curl. */
export function takesUser(name: string): boolean {
  return name === '-u' || name === '--user' || name === '--proxy-user';
}

function userAfter(line: string, name: string, index: number): Span | undefined {
  if (!takesUser(name)) return undefined;
  const after = index + name.length;
  const gap = matchAt(blanks, line, after);
  const span = gap === undefined ? undefined : wordAt(line, after + gap.length);
  return span && line.slice(span.begin, span.end).includes(':') ? span : undefined;
}

function wordAt(line: string, begin: number): Span {
  return spanOf(word, line, begin);
}

function spanOf(pattern: RegExp, line: string, begin: number): Span {
  return { begin, end: begin + (matchAt(pattern, line, begin) ?? '').length };
}

function matchAt(pattern: RegExp, line: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(line)?.[0];
}

/** Where a text in quotes ends that begins at `begin`: its closing quote is escaped as its opening one. */
function closingAfter(line: string, begin: number, quoted: string): number {
  const escapes = quoted.length - 1;
  const quote = quoted.at(-1) ?? '"';
  let backslashes = 0;
  for (let index = begin + quoted.length; index < line.length; index += 1) {
    const character = line[index];
    if (character === '\\') {
      backslashes += 1;
      continue;
    }
    // As YAML and SQL write a quote within quotes.
    if (character === quote && escapes === 0 && line[index + 1] === quote) {
      index += 1;
      continue;
    }
    const closes = escapes === 0 ? backslashes % 2 === 0 : backslashes <= escapes;
    if (character === quote && closes) return index - (escapes === 0 ? 0 : backslashes);
    backslashes = 0;
  }
  return line.length;
}

/** Beginnings that the givers of tokens gave them, to be found by. */
const tokens = new RegExp(
  `(?<![A-Za-z0-9])(?:${[
    // Access keys, and the ids of users and roles (IAM User Guide, "Understanding unique ID prefixes").
    '(?:A3T[A-Z0-9]|AKIA|ASIA|AIDA|AROA|ABIA|ACCA)[A-Z0-9]{12,}',
    // Session tokens of STS.
    '(?:IQoJb3Jp|FwoGZXIv|FQoGZXIv|AQoDYXdz|AQoEXAMPLE)[\\w+/=%-]*',
    'gh[opsur]_\\w{16,}|github_pat_\\w{16,}|glpat-[\\w-]{16,}|npm_\\w{16,}|pypi-[\\w-]{16,}|dckr_pat_[\\w-]{16,}',
    'xox[a-z]{1,2}[-.][\\w.-]{8,}|[srp]k_(?:live|test)_\\w{8,}|sk-[\\w-]{16,}|AIza[\\w-]{20,}|ya29\\.[\\w.-]{8,}|hv[sb]\\.[\\w-]{8,}',
    'SG\\.[\\w.-]{16,}|dop_v1_\\w{16,}|hf_\\w{16,}|AGE-SECRET-KEY-1\\w*|hooks\\.slack\\.com/services/[\\w/]*',
    // JSON Web Tokens; hashes of passwords (crypt(5)).
    'eyJ[\\w=.-]{8,}',
  ].join('|')})|\\$(?:[1-9][abxy]?|y|argon2id?)\\$[\\w./$,=+-]{12,}`,
  'g',
);

/** What looks like a secret, whatever it is called. */
function redactLooks(line: string): string {
  return line
    .replaceAll(tokens, removed)
    .replaceAll(/\b(Bearer|Basic|Digest|Negotiate) +([^\s"',]+)/gi, (all, scheme: string, value: string) =>
      /[A-Z\d=]/.test(value) ? `${scheme} ${removed}` : all,
    )
    .replaceAll(/[A-Za-z0-9+/]{40,}={0,2}/g, (run) => (looksRandom(run) ? removed : run))
    .replaceAll(/(?<=%3[Aa]|(?<![0-9A-Za-z]))\d{12}(?![0-9A-Za-z])/g, 'ACCOUNT');
}

/** Base64 of a key or a token; not a path, not hexadecimal, not a cluster's name and an id. */
function looksRandom(run: string): boolean {
  if (run.startsWith('/')) return false;
  const rest = run
    .split('/')
    .filter((part) => !/^[0-9a-f]+$/.test(part))
    .join('');
  return rest.length >= 32 && /[a-z]/.test(rest) && /[A-Z]/.test(rest) && /\d/.test(rest);
}
