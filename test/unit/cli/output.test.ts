import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, printJson, printRows } from '../../../src/cli/output.ts';
import type { Row } from '../../../src/kit/layout.ts';
import { Printed } from './stage.ts';

describe('rows of a command’s output', () => {
  const shown = (width: number, rows: readonly Row[]) => {
    const output = new Printed(false, width);
    printRows(output, rows);
    return output.stdout.trimEnd().split('\n');
  };

  it('are broken between words under their label at any width, and lose no word', () => {
    const words = fc.array(fc.stringMatching(/^[a-z./-]{1,9}$/), { minLength: 1, maxLength: 40 });
    void fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 300 }), (list, width) => {
        const lines = shown(width, [{ label: 'to do', text: list.join(' ') }]);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        const [first = '', ...rest] = lines;
        expect(first).toMatch(/^to do( {6}\S|$)/);
        for (const line of rest) expect(line).toMatch(first === 'to do' ? /^ {2}\S/ : /^ {11}\S/);
        expect(lines.join(' ').replace('to do', '').trim().split(/\s+/)).toEqual(list);
      }),
    );
  });

  it('are one line each where nobody has a width', () => {
    const advice = `Run \`${'aws ec2 '.repeat(40)}\`, then wait.`;
    expect(shown(Number.POSITIVE_INFINITY, [{ label: 'to do', text: advice, isAdvice: true }])).toEqual([
      `to do      ${advice.replaceAll(/ +/g, ' ')}`,
    ]);
  });

  it('with a word that is too long for any line have it on a line of its own', () => {
    const path = `/${'x'.repeat(100)}`;
    expect(shown(80, [{ label: 'why', text: `see ${path} for more` }])).toEqual([
      'why        see',
      `           ${path}`,
      '           for more',
    ]);
  });
});

describe('how wide it is', () => {
  it.each([
    [{ isTTY: true, columns: 132 }, undefined, 132],
    [{ isTTY: true, columns: 40 }, '200', 40],
    // A serial console, `docker exec -t` without a size.
    [{ isTTY: true, columns: 0 }, undefined, 80],
    [{ isTTY: true }, '60', 60],
    // watch(1) reads from a pipe, and says how wide it is.
    [{}, '60', 60],
    [{}, undefined, Number.POSITIVE_INFINITY],
    [{}, '', Number.POSITIVE_INFINITY],
    [{}, '0', Number.POSITIVE_INFINITY],
    [{}, 'wide', Number.POSITIVE_INFINITY],
  ])('of %j with COLUMNS=%j is %d', (stream, named, width) => {
    expect(columnsOf(stream, named)).toBe(width);
  });
});

it('JSON is indented and ends with a newline', () => {
  const output = new Printed();
  printJson(output, { a: 1 });
  expect(output.stdout).toBe('{\n  "a": 1\n}\n');
});
