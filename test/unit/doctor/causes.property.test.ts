import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCauses } from '../../../src/doctor/causes.ts';
import { checks } from '../../../src/doctor/checks.ts';
import { runs } from '../../size.ts';
import { result } from './results.ts';

/** Any selection of checks, each with anything that it may find. */
const someResults = fc
  .tuple(
    ...checks.map(({ name, findings }) =>
      fc.option(
        fc.constantFrom('ok', 'late', ...Object.keys(findings)).map((code) => result(name, code)),
        { nil: undefined },
      ),
    ),
  )
  .map((results) => results.filter((one) => one !== undefined));

const failing = ({ status }: { readonly status: string }) => status === 'fail' || status === 'warn';

describe('the causes of any findings', () => {
  it('what follows from something follows from a root, and nothing that is wrong is lost', () => {
    fc.assert(
      fc.property(someResults, (given) => {
        const { results, causes } = findCauses(given);
        const roots = new Set(causes.map(({ name }) => name));
        expect(results.map(({ name }) => name)).toEqual(given.map(({ name }) => name));
        for (const one of results) {
          if (one.becauseOf !== undefined) {
            expect(roots.has(one.becauseOf)).toBe(true);
            expect(one.becauseOf).not.toBe(one.name);
            expect(one.status).not.toBe('pass');
          } else if (failing(one)) {
            expect(roots.has(one.name)).toBe(true);
          }
        }
        expect(causes.length > 0).toBe(given.some(failing));
        if (given.some(({ status }) => status === 'fail')) {
          const rootFails = causes.some(({ status }) => status === 'fail');
          expect(causes.at(-1)?.status === 'fail' || !rootFails).toBe(true);
        }
      }),
      { numRuns: runs(2_000, 8_000) },
    );
  });
});
