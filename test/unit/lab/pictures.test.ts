import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { drawPictures, recordings } from '../../lab/pictures/pictures.ts';
import { cutLines, drawTerminal } from '../../lab/pictures/terminal-picture.ts';

const read = (file: string) => readFileSync(inCheckout(`docs/pictures/${file}`), 'utf8');
const drawn = drawPictures((name) => read(`${name}.txt`));
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this is about
const colours = /\u001b\[\d+m/g;

describe('the pictures of the documents', () => {
  it('are those that scripts/pictures.sh makes, and no others', () => {
    const names = Object.keys(recordings);
    const files = [...names.flatMap((name) => [`${name}.svg`, `${name}.txt`]), 'host.svg'];
    expect(readdirSync(inCheckout('docs/pictures')).toSorted()).toEqual(files.toSorted());
  });

  it.each(Object.keys(drawn))('%s.svg is drawn from what was recorded', (name) => {
    expect(read(`${name}.svg`)).toBe(drawn[name]);
  });

  it.each(Object.keys(drawn))('%s.svg is XML, and fits into 800 pixels', (name) => {
    const elements = elementsOf(read(`${name}.svg`));
    expect(elements[0]).toMatchObject({ name: 'svg', attributes: { xmlns: 'http://www.w3.org/2000/svg' } });
    expect(Number(elements[0]?.attributes['width'])).toBeLessThanOrEqual(800);
    expect(elements[1]).toMatchObject({ name: 'title', text: expect.stringMatching(/\w/) });
  });

  it.each(Object.entries(recordings))('%s.svg shows the lines, each in its columns', (name, { cut }) => {
    const shown = cutLines(read(`${name}.txt`).trimEnd().split('\n'), cut);
    const rows = shown.flatMap((line) => line.replaceAll(colours, '').match(/.{1,80}/gu) ?? ['']);
    expect(screenOf(read(`${name}.svg`))).toEqual(rows.map((row) => row.trimEnd()));
  });

  it.each(Object.entries(recordings))('%s.svg counts every line that it leaves out', (name, { cut }) => {
    const recorded = read(`${name}.txt`).trimEnd().split('\n');
    const shown = cutLines(recorded, cut);
    const gaps = shown.filter((line) => !recorded.includes(line));
    const leftOut = gaps.map((gap) => Number(/… (\d+) lines? left out/.exec(gap)?.[1]));
    expect(shown.length - gaps.length + leftOut.reduce((sum, count) => sum + count, 0)).toBe(recorded.length);
    expect(recorded[0]).toMatch(/^\$ (?:ecs-privatelinkd|\.\/scripts\/)/);
  });
});

describe('a terminal', () => {
  it('is drawn with the characters that XML has other uses for', () => {
    const svg = drawTerminal('a & b', '$ echo "<&>"\n<&>  \u001b[31mx\u001b[0m  y');
    expect(elementsOf(svg)[1]?.text).toBe('a & b');
    expect(screenOf(svg)).toEqual(['$ echo "<&>"', '<&>  x  y']);
    expect(svg).toContain('fill="#ff7b72">x</text>');
  });

  it('is not drawn of what it does not know', () => {
    expect(() => drawTerminal('t', '\u001b[35mx')).toThrow('what SGR 35 looks like is not known');
    expect(() => drawTerminal('t', 'a\rb')).toThrow('not printable');
    expect(() => drawTerminal('t', 'a\nb', { head: /a/, tail: /c/ })).toThrow('not in the recording: /c/');
  });
});

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
}

/** The elements of a document, in order. @throws Error unless it is well-formed, by the part of XML that SVG here needs */
function elementsOf(xml: string): Element[] {
  const elements: Element[] = [];
  const open: Element[] = [];
  const token = /<(\w+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|<\/(\w+)>|([^<]+)/gy;
  while (token.lastIndex < xml.length) {
    const { lastIndex: at } = token;
    const [, name, attributes = '', empty, closed, text = ''] =
      token.exec(xml) ?? fail(xml.slice(at, at + 40));
    if (name !== undefined) {
      const element = { name, attributes: attributesOf(attributes), text: '' };
      expect(elements.length === 0 || open.length > 0, 'one root').toBe(true);
      elements.push(element);
      if (empty === '') open.push(element);
    } else if (closed !== undefined) {
      expect(open.pop()?.name).toBe(closed);
    } else {
      const inside = open.at(-1) ?? { text: '' };
      inside.text += unescaped(text);
      expect(open.length > 0 || text.trim() === '', 'no text outside').toBe(true);
    }
  }
  expect(open).toEqual([]);
  return elements;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)];
  const attributes = Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, unescaped(value)]));
  expect(Object.keys(attributes)).toHaveLength(pairs.length);
  return attributes;
}

function unescaped(text: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return text.replaceAll(/&(?:(\w+);)?/g, (_, entity = '') => entities[entity] ?? fail(`&${entity}`));
}

function fail(where: string): never {
  throw new Error(`not well-formed: ${where}`);
}

/** What can be read on it: each text in the row and the column that its place is. */
function screenOf(svg: string): string[] {
  const [root, ...elements] = elementsOf(svg);
  const rows = Array.from({ length: (Number(root?.attributes['height']) - 32) / 19 }, () => '');
  for (const { name, attributes, text } of elements) {
    if (name !== 'text') continue;
    const row = (Number(attributes['y']) - 30) / 19;
    const column = Math.round((Number(attributes['x']) - 16) / 8.4);
    expect(Number(attributes['textLength'])).toBeCloseTo(text.length * 8.4, 0);
    rows[row] = `${(rows[row] ?? fail(`row ${row}`)).padEnd(column)}${text}`;
  }
  return rows;
}

it('what is not well-formed is seen', () => {
  for (const xml of [
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a x="1" x="2"/>',
    '<a>&</a>',
    '<a x=1/>',
    '<a>1 < 2</a>',
  ]) {
    expect(() => elementsOf(xml), xml).toThrow();
  }
});
