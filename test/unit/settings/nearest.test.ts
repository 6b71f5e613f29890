import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../../src/settings/nearest.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['info', 'inof', 1],
    ['check', 'chek', 1],
    ['kitten', 'sitting', 3],
  ])('%s → %s is %d', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });
});

describe('nearest', () => {
  const words = ['run', 'check', 'restart', 'status'];

  it.each([
    ['chek', 'check'],
    ['RESTRAT', 'restart'],
    ['stat', 'status'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, words)).toBe(meant);
  });

  it('does not guess wildly', () => {
    expect(nearest('frobnicate', words)).toBeUndefined();
    expect(nearest('', words)).toBeUndefined();
  });

  it('treats _ as -', () => {
    expect(nearest('dry_run', ['dry-ran', 'dry-run'])).toBe('dry-run');
  });
});
