import { describe, expect, it } from 'vitest';
import { isVersionAtLeast } from '../../../src/kit/versions.ts';

describe('isVersionAtLeast', () => {
  it.each([
    ['1.44.4', '1.44.4', true],
    ['1.44.3', '1.44.4', false],
    ['1.105.1', '1.44.4', true],
    ['1.9.0', '1.25.1', false],
    ['v1.25.1', '1.25.1', true],
    ['2.0.0', '1.44.4', true],
    ['1.105.1-rc1', '1.44.4', true],
    ['', '1.44.4', undefined],
    ['latest', '1.44.4', undefined],
    ['1.44', '1.44.4', undefined],
    ['1.44.4.5', '1.44.4', undefined],
    [undefined, '1.44.4', undefined],
    ['1.44', '1.24', true],
    ['1.23', '1.24', false],
  ])('%s ≥ %s is %s', (version, minimum, expected) => {
    expect(isVersionAtLeast(version, minimum)).toBe(expected);
  });
});
