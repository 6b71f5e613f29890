import { describe, expect, it } from 'vitest';
import { createMemory } from '../../../src/kit/age.ts';

describe('a memory', () => {
  const at = { ms: 1_000 };
  const remembering = () => createMemory<string>(() => at.ms);

  it('gives again what is younger than asked for, and nothing else', () => {
    const { recall, keep } = remembering();
    expect(recall(Number.POSITIVE_INFINITY)).toBeUndefined();
    keep('answer');
    expect(recall(1)).toBe('answer');
    expect(recall(0)).toBeUndefined();
    at.ms += 5_000;
    expect(recall(5_001)).toBe('answer');
    expect(recall(5_000)).toBeUndefined();
    expect(recall(Number.POSITIVE_INFINITY)).toBe('answer');
  });

  it('tells the age at the beginning of a look, 0 for what was kept since', () => {
    const { ageAt, keep } = remembering();
    expect(ageAt(at.ms)).toBeUndefined();
    keep('answer');
    expect(ageAt(at.ms - 300)).toBe(0);
    expect(ageAt(at.ms + 40)).toBe(40);
  });

  it('has nothing once it has forgotten', () => {
    const { recall, keep, forget, ageAt } = remembering();
    keep('answer');
    forget();
    expect(recall(Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(ageAt(at.ms)).toBeUndefined();
  });
});
