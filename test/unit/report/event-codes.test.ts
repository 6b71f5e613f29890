import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keysOf } from '../../../src/kit/keys-of.ts';
import { reasons } from '../../../src/reconcile/reasons.ts';
import { events } from '../../../src/report/events.ts';
import { allProblems } from '../../../src/report/problems.ts';

const listed = new Set<string>([...keysOf(events), ...keysOf(reasons), ...allProblems]);

/** Where the codes are listed, and the rules that explain them by code: neither gives one. */
const lists = /(?:problem-codes|reconcile\/reasons|report\/(?:events|problems)|doctor\/.*)\.ts$/;

describe('the catalogue of codes', () => {
  it('lists no code that nothing gives (that each given one is listed, the compiler sees to)', () => {
    const src = new URL('../../../src/', import.meta.url);
    const text = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !lists.test(name))
      .map((name) => readFileSync(new URL(name, src), 'utf8'))
      .join('\n');
    expect([...listed].filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  it('has one meaning for each code among problems, and none that is a reason too', () => {
    expect(new Set(allProblems).size).toBe(allProblems.length);
    expect(allProblems.filter((code) => Object.hasOwn(reasons, code))).toEqual([]);
  });
});

describe('docs/events.md', () => {
  it('lists the same codes', () => {
    const text = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8');
    const documented = [...text.matchAll(/^\| *((?:`[a-z0-9-]+` *)+)\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code),
    );
    expect(new Set(documented)).toEqual(listed);
  });
});
