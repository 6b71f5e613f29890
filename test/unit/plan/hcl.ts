/** One block of Terraform's language, as far as `plan` writes it. */
export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly blocks: readonly HclBlock[];
}

export interface HclReference {
  readonly reference: string;
}

/**
 * Reads the subset that `plan` writes: blocks, attributes, texts, numbers, booleans, lists, references, comments of whole
 * lines. Throws at anything else, so that a structural slip cannot pass.
 */
export function parseHcl(text: string): HclBlock[] {
  const tokens = tokenise(text);
  const blocks: HclBlock[] = [];
  while (tokens.length > 0) blocks.push(block(tokens));
  return blocks;
}

function tokenise(text: string): string[] {
  const withoutComments = text.replaceAll(/^\s*#.*$/gm, '');
  const tokens: string[] = [];
  const pattern = /\s*("(?:[^"\\\n]|\\.)*"|[A-Za-z_][\w.-]*|-?\d+|[{}[\],=])/y;
  let rest = 0;
  while (withoutComments.slice(rest).trim() !== '') {
    pattern.lastIndex = rest;
    const [whole, token] = pattern.exec(withoutComments) ?? [];
    if (whole === undefined || token === undefined)
      throw new Error(`no Terraform: ${withoutComments.slice(rest, rest + 60)}`);
    tokens.push(token);
    rest += whole.length;
  }
  return tokens;
}

function take(tokens: string[], wanted?: string): string {
  const token = tokens.shift();
  if (token === undefined || (wanted !== undefined && token !== wanted))
    throw new Error(`${token ?? 'the end'} in place of ${wanted ?? 'something'}`);
  return token;
}

function block(tokens: string[]): HclBlock {
  const type = take(tokens);
  const labels: string[] = [];
  while (tokens[0]?.startsWith('"')) labels.push(JSON.parse(take(tokens)));
  take(tokens, '{');
  const attributes: Record<string, unknown> = {};
  const blocks: HclBlock[] = [];
  while (tokens[0] !== '}') {
    if (tokens[1] !== '=') {
      blocks.push(block(tokens));
      continue;
    }
    const name = take(tokens);
    take(tokens, '=');
    if (name in attributes) throw new Error(`${name} twice`);
    attributes[name] = value(tokens);
  }
  take(tokens, '}');
  return { type, labels, attributes, blocks };
}

function value(tokens: string[]): unknown {
  const token = take(tokens);
  if (token === '[') {
    const items: unknown[] = [];
    while (tokens[0] !== ']') {
      items.push(value(tokens));
      if (tokens[0] !== ']') take(tokens, ',');
    }
    take(tokens, ']');
    return items;
  }
  if (token.startsWith('"')) {
    if (/(?<![$%])[$%]\{/.test(token)) throw new Error(`a template: ${token}`);
    return JSON.parse(token);
  }
  if (/^-?\d+$/.test(token)) return Number(token);
  if (token === 'true' || token === 'false') return token === 'true';
  if (/^[A-Za-z_][\w-]*(?:\.[\w-]+)+$/.test(token)) return { reference: token } satisfies HclReference;
  throw new Error(`no value: ${token}`);
}
