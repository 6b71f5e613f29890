import { redactPlain, removed, saysWhy, takesUser } from './redact-plain.ts';
import { isHarmless, isSecretName } from './secret-names.ts';

// What must not leave the host in an archive. Data is redacted by its keys, and text that holds data is parsed first:
// patterns are for what is left. Everything here takes time in proportion to the length of the text, which may be an
// attacker's. Kept, because a case cannot be worked on without them: IP addresses, host names, ids of instances, VPCs,
// subnets, endpoints and containers.

/** What is nested deeper is left out. */
const deepest = 32;

/** The value without secrets. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value, depth);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) return removed;
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      isAfterItsName(value[index - 1], item) ? removed : redactValue(item, depth + 1),
    );
  }
  const entries = Object.entries(value);
  // `{ "name": "DB_PASSWORD", "value": "…" }`, as in task definitions; `ParameterKey` and `ParameterValue`.
  const secretValue = entries.some(
    ([key, name]) => /(?:name|key)$/i.test(key) && typeof name === 'string' && isSecretName(name),
  );
  return Object.fromEntries(
    entries.map(([key, item]) => {
      const secret = isSecretName(key) || (secretValue && /val(?:ue)?$/i.test(key));
      const keep = !secret || item === null || (typeof item !== 'object' && isHarmless(key, String(item)));
      return [redactText(key, depth + 1), keep ? redactValue(item, depth + 1) : removed];
    }),
  );
}

/** `["--password", "…"]`, `["Authorization", "…"]`, `["-u", "user:…"]` */
function isAfterItsName(name: unknown, item: unknown): boolean {
  if (typeof name !== 'string' || typeof item !== 'string') return false;
  if (takesUser(name)) return item.includes(':');
  return /^[\w.-]{1,64}$/.test(name) && isSecretName(name) && !isHarmless(name, item);
}

/** Where a logger writes in colour, a name and its value would not stand side by side; in JSON, Go's and rsyslog's way too. */
const colour = /(?:\p{Cc}|\\{1,8}(?:u001b|x1b|033|e)|#033)\[[\d;]{0,16}m/giu;

/** The text without secrets and colours: whatever it is, JSON, a log, a file of settings. */
export function redactText(coloured: string, depth = 0): string {
  const text = coloured.replaceAll(colour, '');
  const data = depth <= deepest && /^\s*[[{]/.test(text) ? parse(text) : undefined;
  if (data !== undefined) return redactData(text, data, depth);
  return redactLines(redactPem(text).split('\n'), depth).join('\n');
}

/** The end of a line, where the name of what is on the next one is. */
const nameAtEnd = 160;
const blockBelow = /([\w.-]{1,64})["']?\s{0,8}([:=])\s{0,8}(?:[|>][+-]?\d?|["'\\]{0,4}[{[])?\s{0,8}$/;
const nameBefore = /(?:name|key)["']?\s{0,8}[:=]\s{0,8}["']?([\w.-]{1,64})["',\s]{0,8}$/i;
const valueLine = /^[\s"']*\w{0,64}value["']?\s{0,8}[:=]\s{0,8}/i;

/** A value may be on the lines after that of its name: below it, as YAML has it, or as a `value` after a `name`. */
function redactLines(lines: readonly string[], depth: number): string[] {
  let below: number | undefined;
  let isNamed = false;
  return lines.map((line) => {
    const indent = line.search(/\S/);
    if (indent < 0) return line;
    if (below !== undefined && depthOf(line, indent) > below) return line.slice(0, indent) + removed;
    const end = line.slice(-nameAtEnd);
    const [, block = '', sign = ''] = blockBelow.exec(end) ?? [];
    below = isSecretName(block) && !saysWhy(block, sign) ? depthOf(line, indent) : undefined;
    const value = isNamed ? valueLine.exec(line)?.[0] : undefined;
    isNamed = isSecretName(nameBefore.exec(end)?.[1] ?? '');
    return value === undefined ? redactLine(line, depth) : value + removed;
  });
}

/** How far in a line is. `- item` may stand right below its name in YAML, and is then half a step further in. */
function depthOf(line: string, indent: number): number {
  return /^-\s/.test(line.slice(indent, indent + 2)) ? indent + 0.5 : indent;
}

/** A line that holds JSON, such as one of a log, by the keys of that. */
function redactLine(line: string, depth: number): string {
  const begin = line.indexOf('{');
  const end = line.lastIndexOf('}') + 1;
  const data = begin >= 0 && depth <= deepest ? parse(line.slice(begin, end)) : undefined;
  if (data === undefined) return redactPlain(line);
  const before = redactPlain(line.slice(0, begin));
  // `SECRET={…}`
  if (before.endsWith(removed)) return before;
  return before + redactData(line.slice(begin, end), data, depth) + redactPlain(line.slice(end));
}

/** @param text what `data` was parsed of; left as it is where nothing is to be taken out */
function redactData(text: string, { value, normal }: Data, depth: number): string {
  const redacted = JSON.stringify(redactValue(value, depth + 1));
  return redacted === normal ? text : redacted;
}

interface Data {
  readonly value: unknown;
  /** As JSON without blanks. */
  readonly normal: string;
}

/** The JSON that the text is; undefined when it is none, or nested too deeply to be written again. */
function parse(text: string): Data | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value, normal: JSON.stringify(value) };
  } catch {
    return undefined;
  }
}

/** In URLs too, and as RFC 4716 has it. */
const pemLine = /-{4,5} ?(BEGIN|END)(?:[ +]|%20)[\w +%]{1,64}-{4,5}/gi;

/** Without what is PEM; certificates go too. Of a block without its first line all before it goes, and vice versa. */
function redactPem(text: string): string {
  let redacted = '';
  let from = 0;
  let inside = false;
  for (const { 0: line, 1: kind, index } of text.matchAll(pemLine)) {
    if (kind?.toUpperCase() === 'BEGIN') {
      if (!inside) redacted += text.slice(from, index);
      inside = true;
    } else {
      redacted += `${removed} PEM`;
      from = index + line.length;
      inside = false;
    }
  }
  return redacted + (inside ? `${removed} PEM` : text.slice(from));
}
