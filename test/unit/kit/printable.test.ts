import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../../src/kit/printable.ts';

describe('printable', () => {
  it.each([
    ['plain text', 'plain text'],
    ['  two\r\n\tlines\u2028and more ', 'two lines and more'],
    ['\u001b[31mred\u0007', '\\u001b[31mred\\u0007'],
    ['\u009b2J', '\\u009b2J'],
    ['safe\u202Egnp.exe', 'safe\\u202egnp.exe'],
    ['zero\u200Bwidth', 'zero\\u200bwidth'],
    ['half \ud83d', 'half \\ud83d'],
    ['größer 日本 🙂', 'größer 日本 🙂'],
  ])('%j is %s', (text, expected) => {
    expect(printable(text, 100)).toBe(expected);
  });

  it('shows that something was left out, and cuts no character in two', () => {
    expect(printable('12345', 5)).toBe('12345');
    expect(printable('123456', 5)).toBe('1234…');
    expect(printable('123🙂🙂', 5)).toBe('123…');
    expect(printable(`${' '.repeat(1000)}far away`, 5)).toBe('…');
  });

  it('is one line of what can be seen, and never longer, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.integer({ min: 1, max: 80 }),
        (text, length) => {
          const shown = printable(text, length);
          expect(shown.length).toBeLessThanOrEqual(length);
          expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        },
      ),
    );
  });
});
