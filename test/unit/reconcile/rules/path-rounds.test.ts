import { expect, it } from 'vitest';
import { pathRounds } from '../../../../src/reconcile/rules/path-rounds.ts';
import { newProcess } from '../../../../src/reconcile/state.ts';
import { contextOf } from '../contexts.ts';

it.each([
  [undefined, 'look 0 of 3'],
  [{ ...newProcess('container-1'), publicLooks: 2 }, 'look 2 of 3'],
])('looks at the public path are told with how many are asked for', (process, words) => {
  expect(pathRounds(contextOf({ state: { process } }))).toMatchObject({
    step: { phase: 'settling', reason: { message: expect.stringContaining(`(${words})`) } },
  });
});

it('enough of them are told too', () => {
  const process = { ...newProcess('container-1'), publicLooks: 3 };
  expect(pathRounds(contextOf({ state: { process } }))).toEqual({
    result: 'passed',
    found: '3 looks, 3 needed',
  });
});
