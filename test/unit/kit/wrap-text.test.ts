import { describe, expect, it } from 'vitest';
import { wrapText } from '../../../src/kit/wrap-text.ts';

describe('wrapText', () => {
  it('breaks between words, and no word', () => {
    expect(wrapText('one two\n three', 7)).toEqual(['one two', 'three']);
    expect(wrapText('a longer-than-wide b', 5)).toEqual(['a', 'longer-than-wide', 'b']);
    expect(wrapText('', 5)).toEqual(['']);
  });

  it('takes words that have blanks', () => {
    expect(wrapText(["'one two'", 'three'], 9)).toEqual(["'one two'", 'three']);
  });
});
