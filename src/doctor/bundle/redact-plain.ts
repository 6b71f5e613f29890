import { isHarmless, isSecretName } from './secret-names.ts';

/** What stands in the place of a secret. */
export const removed = 'REDACTED';

/** One line of text without secrets, by what can be seen of them in it. */
export function redactPlain(line: string): string {
  const withoutUsers = line.replaceAll(userWithBlanks, `$1${removed}`).replaceAll(/\S+/g, withoutUser);
  return redactLooks(redactNamed(withoutUsers));
}

/** `"http://user:pass word@host"`: up to the last `@` before the quote, or the line's end. What has a port is no user. */
const userWithBlanks =
  /(:\/\/)[^\s/:@"'[]{1,64}:(?!\d{1,5}(?:[/\s"',;)]|$))(?=[^\s"'@]{0,256}[\s@])[^"']{1,256}(?=@[^"'@]{0,256}(?:["']|$))/g;

/**
 * `http://user:password@host`, without its scheme too. A password may have any character in it that is no blank, `@` and
 * `/` too; it ends at the last `@`. `name:tag@sha256:…` is an image.
 */
function withoutUser(chunk: string): string {
  const at = Math.max(chunk.lastIndexOf('@'), chunk.lastIndexOf('%40'), chunk.lastIndexOf('%2540'));
  if (at === -1) return chunk;
  const [scheme] = /:\/\/|%(?:25)?3a%(?:25)?2f%(?:25)?2f/i.exec(chunk.slice(0, at)) ?? [];
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
  /(?:[\\"'\]]{0,16}|%(?:25){0,3}22|&quot;)(?:\s|\\{1,4}[nr])*(?:(?:,(?:\s|\\{1,4}[nr])*)?[\\"']{0,16}\w{0,32}[Vv]al(?:ue)?[\\"']{0,16}\s*)?(?:=>|->|:=|[+?|]{0,2}=|[:>]|%(?:25){0,3}3[ADad]|&#61;|\\{1,4}u003[dDaA])\s*/y;
/** `<Password xsi:type="xsd:string">…` */
const attributes = /\s[^<>]{0,200}>/y;
const blanks = /[\s,="'\\]+/y;
/** `--password value`; a variable, as in `setenv` and in what Go prints of a struct: `{DB_PASSWORD value}`. */
const takesWord = /^(?:--.+|[A-Z\d]+(?:_[A-Z\d]+)+)$/;
/** From one text of a list to the next, and after a key. */
const next = /\\{0,16}["']\s*,\s*\\{0,16}["']/y;
/** `password "…"` */
const nextOrQuoted = /(?:\\{0,16}["']\s*,)?\s*\\{0,16}["']/y;
const isPassword = /pass(?:word|wd|phrase)?$|pwd$/i;
const colon = /\\{0,16}["']\s*:/y;
const opening = /(\\*)(["'])/y;
const word = /[^\s,"'\\]*/y;
/** As long as what is no secret may be: a value is not read to its end for each name in it. */
const short = /[\w.-]{1,20}(?=[\s,"'}\]&;<]|$)/y;
const parameter = /[^\s&"'<>\\]*/y;
const encodedParameter = /[^\s&"'<>\\%]*(?:%(?!26)[^\s&"'<>\\%]*)*/y;

/** Where the value of a secret's name is; undefined when it is no name here, but a word or part of a path. */
function valueAfter(line: string, name: string, index: number, netrc: boolean): Span | undefined {
  const before = line[index - 1] ?? '';
  const after = index + name.length;
  const sign =
    matchAt(/[<:]/.test(before) ? attributes : separator, line, after) ?? matchAt(separator, line, after);
  // `/latest/api/token: …` tells of a path; `/prod/db/password=…` is a name.
  if (before === '/' && !sign?.endsWith('=')) return undefined;
  if (sign === undefined) return wordAfter(line, after, netrc ? blanks : betweenWords(name));
  if (saysWhy(name, sign.trim())) return undefined;
  const begin = after + sign.length;
  const quoted = matchAt(opening, line, begin);
  if (quoted !== undefined) return { begin: begin + quoted.length, end: closingAfter(line, begin, quoted) };
  if (isHarmless(name, matchAt(short, line, begin) ?? '')) return undefined;
  if (sign.startsWith('%')) return spanOf(encodedParameter, line, begin);
  if (/[?&]/.test(before)) return spanOf(parameter, line, begin);
  // It may have anything in it.
  return { begin, end: line.length };
}

function betweenWords(name: string): RegExp {
  if (takesWord.test(name)) return blanks;
  return isPassword.test(name) ? nextOrQuoted : next;
}

/** `--password value`, `"password", "value"` */
function wordAfter(line: string, after: number, between: RegExp): Span | undefined {
  const gap = matchAt(between, line, after);
  if (gap === undefined) return undefined;
  const begin = after + gap.length;
  const [quoted] = between !== blanks ? (/\\*["']$/.exec(gap) ?? []) : [];
  const end =
    quoted === undefined ? wordAt(line, begin).end : closingAfter(line, begin - quoted.length, quoted);
  // `"kind": "token", "region": …`
  return end === begin || matchAt(colon, line, end) !== undefined ? undefined : { begin, end };
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
    '(?:A3T[A-Z0-9]|AKIA|ASIA|AIDA|AROA|ABIA|ACCA|APKA)[A-Z0-9]{12,}|ABSK[\\w+/=]{12,}|bedrock-api-key-[\\w+/=-]*',
    // Session tokens of STS.
    '(?:IQoJb3Jp|FwoGZXIv|FQoGZXIv|AQoDYXdz|AQoEXAMPLE)[\\w+/=%-]*',
    'gh[opsur]_\\w{16,}|github_pat_\\w{16,}|gl[a-z]{1,5}t-[\\w-]{16,}|npm_\\w{16,}|pypi-[\\w-]{16,}|dckr_pat_[\\w-]{16,}',
    'xox[a-z]{1,2}[-.][\\w.-]{8,}|xapp-[\\w-]{8,}|shp[a-z]{2}_\\w{16,}|whsec_[\\w+/=]{8,}|GOCSPX-[\\w-]{8,}|ATATT3[\\w=.-]{8,}|dapi[0-9a-f]{32}',
    '[srp]k_(?:live|test)_\\w{8,}|sk-[\\w-]{16,}|AIza[\\w-]{20,}|ya29\\.[\\w.-]{8,}|hv[sb]\\.[\\w-]{8,}',
    'SG\\.[\\w.-]{16,}|dop_v1_\\w{16,}|hf_\\w{16,}|AGE-SECRET-KEY-1\\w*|hooks\\.slack\\.com/services/[\\w/]*',
    // JSON Web Tokens and other JSON in base64; PEM in base64. Hashes of passwords (crypt(5)).
    'eyJ[\\w=.-]{8,}|LS0tLS1CRUdJTi[\\w+/=]*',
  ].join('|')})|\\$(?:[1-9][abxy]?|y|argon2id?)\\$[\\w./$,=+-]{12,}`,
  'g',
);

/** `docker login -p …`, `mysql -p…`, `redis-cli -a …`, `curl -uuser:…` */
const passwordOptions =
  /(\b(?:(?:login|sshpass|mysql|mysqldump|mysqladmin|mariadb)\b[^|;]{0,200}?\s-p|redis-cli\b[^|;]{0,200}?\s-a)\s?|\bcurl\b[^|;]{0,200}?\s-u(?=\w{1,64}:))[^\s"',]+/g;

/** What looks like a secret, whatever it is called. */
function redactLooks(line: string): string {
  return line
    .replaceAll(tokens, removed)
    .replaceAll(/\b(Bearer|Basic|Digest|Negotiate) +([^\s"',]+)/gi, (all, scheme: string, value: string) =>
      /[A-Z\d=]/.test(value) ? `${scheme} ${removed}` : all,
    )
    .replaceAll(passwordOptions, (_, before: string) => before + removed)
    .replaceAll(/[A-Za-z0-9+/]{16,}={0,2}/g, (run) => (looksRandom(run) || hidesSecret(run) ? removed : run))
    .replaceAll(/(?<=%3[Aa]|(?<![0-9A-Za-z]))\d{12}(?![0-9A-Za-z])/g, 'ACCOUNT');
}

/** Base64 of a key or a token; not a path, not hexadecimal, not a cluster's name and an id. */
function looksRandom(run: string): boolean {
  if (run.length < 40 || run.startsWith('/')) return false;
  const rest = run
    .split('/')
    .filter((part) => !/^[0-9a-f]+$/.test(part))
    .join('');
  return rest.length >= 32 && /[a-z]/.test(rest) && /[A-Z]/.test(rest) && /\d/.test(rest);
}

/** Base64 of a text that has a secret in it. */
function hidesSecret(run: string): boolean {
  const text = Buffer.from(run, 'base64').toString('latin1');
  return /^[\t\n\r -~]+$/.test(text) && redactPlain(text) !== text;
}
