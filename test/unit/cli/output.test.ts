import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printJson, wrapRow } from '../../../src/cli/output.ts';
import { Printed } from './stage.ts';

describe('a row of a command’s output', () => {
  it('is left as it is within 80 columns, and so are those of the endpoints', () => {
    const long = 'x '.repeat(60).trim();
    for (const row of ['phase      settled', 'y'.repeat(80), `endpoints  ${long}`, `           ${long}`]) {
      expect(wrapRow(row)).toBe(row);
    }
  });

  it('is broken at 80 columns under its label, and loses no word', () => {
    void fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z./-]{1,69}$/), { minLength: 1, maxLength: 40 }),
        (words) => {
          const lines = wrapRow(`to do      ${words.join(' ')}`).split('\n');
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
          expect(lines[0]?.startsWith('to do      ')).toBe(true);
          for (const line of lines.slice(1)) expect(line).toMatch(/^ {11}\S/);
          expect(lines.flatMap((line) => line.slice(11).split(' '))).toEqual(words);
        },
      ),
    );
  });

  it('with a word that is too long for any line has it on a line of its own', () => {
    const path = `/${'x'.repeat(100)}`;
    expect(wrapRow(`why        see ${path} for more`)).toBe(
      `why        see\n           ${path}\n           for more`,
    );
  });
});

it('JSON is indented and ends with a newline', () => {
  const output = new Printed();
  printJson(output, { a: 1 });
  expect(output.stdout).toBe('{\n  "a": 1\n}\n');
});
