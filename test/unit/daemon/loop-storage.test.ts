import { expect, it } from 'vitest';
import { runLoop } from '../../../src/daemon/loop.ts';
import { createWake } from '../../../src/daemon/wake.ts';
import { initialState } from '../../../src/reconcile/state.ts';
import { createFakeClock } from '../instance/fake-clock.ts';
import { limits, observe } from '../reconcile/observations.ts';

it('makes a restart that was due while the disk could not be written, once it can', async () => {
  const clock = createFakeClock();
  const ended = new AbortController();
  const told: string[] = [];
  let writable = true;
  let blockedLooks = 0;
  let calls = 0;

  await runLoop(
    initialState(undefined, 'boot-1', clock.now().monoMs),
    {
      observer: {
        look: async (pace, storageProblem) => observe({ close: pace === 'close', storageProblem }),
      },
      performer: {
        describe: () => 'call',
        ask: () => Promise.reject(new Error('not to be asked')),
        perform: () => {
          calls += 1;
          ended.abort();
          return Promise.resolve({ performed: 'yes', problem: undefined });
        },
      },
      journal: {
        load: () => Promise.reject(new Error('not to be loaded')),
        save: async () =>
          writable ? undefined : { code: 'state-unwritable', message: 'EROFS', advice: 'Fix it.' },
      },
      clock,
      wake: createWake(clock),
      log: (code) => void told.push(code),
      policyFor: () => ({ ...limits, splayDelayMs: 60_000 }),
      takeRequest: async () => undefined,
      onLook: ({ state }) => {
        if (state.phase === 'scheduled') writable = false;
        if (state.phase === 'blocked') blockedLooks += 1;
        if (blockedLooks === 5) writable = true;
        return Promise.resolve(blockedLooks > 20);
      },
    },
    ended.signal,
  );

  expect(calls).toBe(1);
  // Five while the disk could not be written, one that found out that it can be again.
  expect(blockedLooks).toBe(6);
  expect(told).toContain('restart-issued');
});
