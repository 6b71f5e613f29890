import { describe, expect, it } from 'vitest';
import { errorCodeOf, messageOf, type Problem, ProblemError } from '../../../src/kit/problem.ts';

describe('whatever was thrown', () => {
  it('has a text', () => {
    expect(messageOf(new Error('broken'))).toBe('broken');
    expect(messageOf(new TypeError())).toBe('TypeError');
    expect(messageOf('broken')).toBe('broken');
    expect(messageOf(undefined)).toBe('undefined');
  });

  it('has a code where the system gave one', () => {
    expect(errorCodeOf(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
    for (const thrown of [new Error('x'), { code: 5 }, null, undefined, 'ENOENT']) {
      expect(errorCodeOf(thrown)).toBeUndefined();
    }
  });

  it("carries the operator's words and the cause", () => {
    const problem: Problem = { code: 'engine-missing', message: 'no socket', advice: 'Start Docker.' };
    const cause = new Error('ENOENT');
    const error = new ProblemError(problem, { cause });
    expect(error).toMatchObject({ name: 'ProblemError', message: 'no socket', problem, cause });
  });
});
