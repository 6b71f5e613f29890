import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { events } from '../../../src/report/events.ts';
import { allProblemAreas } from '../../../src/report/problems.ts';
import { reasons } from '../../../src/report/reasons.ts';
import { codesInSource } from './codes-in-source.ts';

const problems = allProblemAreas.flatMap(({ codes }) => codes);
const listed = new Set([...Object.keys(events), ...Object.keys(reasons), ...problems]);
const given = codesInSource();

describe('the catalogue of codes', () => {
  it('lists every code that src/ can give', () => {
    const missing = [...given].filter(([code]) => !listed.has(code));
    expect(Object.fromEntries(missing)).toEqual({});
  });

  it('lists no code that nothing gives: each event is logged, each reason and problem told', () => {
    expect([...listed].filter((code) => !given.has(code))).toEqual([]);
  });

  it('has one meaning for each code among problems, and none that is a reason too', () => {
    expect(new Set(problems).size).toBe(problems.length);
    expect(problems.filter((code) => Object.hasOwn(reasons, code))).toEqual([]);
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
