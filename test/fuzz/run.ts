// Coverage-guided mutation of what the parsers of foreign bytes are given: `fuzz.ts`, and `fuzz-aws.ts` for those that the
// AWS SDKs come with, beside which V8 takes longer to tell what ran. Inputs that reach code which no input before has reached
// are kept and mutated further.
import { Session } from 'node:inspector';
import type { Target } from './target.ts';

const [, , inputs = '2000', seed = '1', only = ''] = process.argv;
const largest = 65_536;
/** Of one core, for one input: far above what the largest takes when time grows with its length. */
const largestCpuMs = 1_000;

const session = new Session();
session.connect();

function post(method: string, parameters: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
}

const reached = new Set<string>();

/** Whether code ran since the last call that never ran before; how often counts too, by powers of two. */
async function isNews(): Promise<boolean> {
  const { result } = (await post('Profiler.takePreciseCoverage')) as Coverage;
  const before = reached.size;
  for (const { url, functions } of result) {
    if (!url.includes('/build/lab/')) continue;
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        if (count > 0) reached.add(`${startOffset}-${endOffset} ${Math.ceil(Math.log2(count))}`);
      }
    }
  }
  return reached.size > before;
}

/** Mulberry32: the same inputs for the same seed. */
function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const tokens = [
  ...[
    '\u0000',
    '\u001b[2J',
    '\u009b',
    '\u202e',
    '\u2028',
    '\ud800',
    '\ufeff',
    '\u00a0',
    '\n',
    '\r\n',
    ' ',
    '\t',
  ],
  ...[
    '"',
    '\\',
    '\\"',
    '\\u0000',
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '=',
    '/',
    '%',
    '@',
    '#',
    '-1',
    '1e999',
    'null',
  ],
  ...[
    '0',
    '99999999999999999999',
    '__proto__',
    'constructor',
    'true',
    '""',
    '[]',
    '{}',
    '::',
    '::ffff:1.2.3.4',
  ],
  ...[':01BB ', '0A ', 'x509: ', 'i/o timeout', ' ACS ', 'error="', 'nameserver ', 'options ', '.service'],
];

function mutate(text: string, corpus: readonly string[], random: (below: number) => number): string {
  const at = random(text.length + 1);
  const length = random(Math.min(64, text.length - at) + 1);
  const token = tokens[random(tokens.length)] ?? '';
  switch (random(9)) {
    case 8:
      return withValue(text, token, random);
    case 0:
      return text.slice(0, at) + token + text.slice(at);
    case 1:
      return text.slice(0, at) + token + text.slice(at + length);
    case 2:
      return text.slice(0, at) + text.slice(at + length);
    case 3:
      return text.slice(0, at);
    case 4:
      return (
        text.slice(0, at) + String.fromCharCode(random(random(2) === 0 ? 128 : 65_536)) + text.slice(at + 1)
      );
    case 5: {
      const other = corpus[random(corpus.length)] ?? '';
      return text.slice(0, at) + other.slice(random(other.length + 1));
    }
    case 6:
      return (
        text.slice(0, at) +
        (text.slice(at, at + length) || token).repeat(1 + random(8)) +
        text.slice(at + length)
      );
    default: {
      // Long: what grows faster than its input shows here.
      const piece = random(2) === 0 ? token : text.slice(at, at + length) || token;
      const times = Math.floor(largest / 2 / piece.length);
      return text.slice(0, at) + piece.repeat(1 + random(random(16) === 0 ? times : 32)) + text.slice(at);
    }
  }
}

/** One value of a JSON or XML document replaced, which stays one: what is behind the syntax is reached only so. */
function withValue(text: string, value: string, random: (below: number) => number): string {
  const spots = [...text.slice(0, 4_096).matchAll(/"(?:[^"\\]|\\.){0,512}"|>[^<>]{1,512}(?=<)/g)];
  const spot = spots[random(spots.length)];
  if (spot === undefined) return text + value;
  const [old] = spot;
  const words = [value, old.slice(1, -1) + value, '\u001b[2J\n', `$(x)\u0024{x}'"\`;`][random(4)] ?? '';
  const xml = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const next = old.startsWith('>') ? `>${xml}` : random(4) === 0 ? '{"toString":1}' : JSON.stringify(words);
  return text.slice(0, spot.index) + next + text.slice(spot.index + old.length);
}

/** The promise that was broken; undefined where all were kept. */
async function broken({ parse, declared, shownAtMost }: Target, text: string): Promise<string | undefined> {
  const before = process.cpuUsage();
  let kept: unknown;
  try {
    kept = await parse(text);
  } catch (thrown) {
    if (declared?.(thrown) !== true)
      return `throws ${thrown instanceof Error ? thrown.stack : String(thrown)}`;
  }
  const { user, system } = process.cpuUsage(before);
  if ((user + system) / 1000 > largestCpuMs) return `takes ${(user + system) / 1000} ms`;
  if (shownAtMost === undefined) return undefined;
  const texts: string[] = [];
  JSON.stringify(kept, (key, value: unknown) => {
    texts.push(key);
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  const shown = texts.join('');
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(shown))
    return `keeps what is not printable: ${JSON.stringify(shown).slice(0, 300)}`;
  return shown.length > shownAtMost ? `keeps ${shown.length} characters` : undefined;
}

async function fuzz(name: string, target: Target): Promise<string | undefined> {
  const random = randomOf(Number(seed));
  const corpus = [...target.seeds, ''];
  const total = Math.ceil(Number(inputs) / (target.costs ?? 1));
  for (let count = 0; count < total; count += 1) {
    let text = corpus[count] ?? corpus[random(corpus.length)] ?? '';
    if (count >= target.seeds.length + 1) {
      for (let left = 1 + random(4); left > 0; left -= 1)
        text = mutate(text, corpus, random).slice(0, largest);
    }
    const promise = await broken(target, text);
    if (promise !== undefined)
      return `${name}: ${JSON.stringify(text).slice(0, 500)} (${text.length}): ${promise}`;
    if ((await isNews()) && text.length <= 4_096 && count >= target.seeds.length) corpus.push(text);
  }
  console.log(`${name}: ${total} inputs, ${corpus.length} kept`);
  return undefined;
}

/** Ends the process with 1 where a promise is broken, and tells the first input of each. */
export async function run(targets: Readonly<Record<string, Target>>): Promise<void> {
  await post('Profiler.enable');
  await post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  for (const [name, target] of Object.entries(targets)) {
    if (only !== '' && name !== only) continue;
    const failure = await fuzz(name, target);
    if (failure === undefined) continue;
    process.exitCode = 1;
    console.log(failure);
  }
  session.disconnect();
}
