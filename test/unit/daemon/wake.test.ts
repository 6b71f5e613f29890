import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createWake } from '../../../src/daemon/wake.ts';
import type { Clock } from '../../../src/kit/clock.ts';

interface Sleep {
  readonly ms: number;
  end(): void;
}

/** A clock whose sleeps end when told to, or with their signal. */
function manualClock(): { clock: Clock; sleeps: Sleep[] } {
  const sleeps: Sleep[] = [];
  const clock: Clock = {
    now: () => {
      throw new Error('not told the time');
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleeps.push({ ms, end: resolve });
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  return { clock, sleeps };
}

const never = new AbortController().signal;

describe('a wait that can be cut short', () => {
  it('lasts as long as asked for', async () => {
    const { clock, sleeps } = manualClock();
    const waited = createWake(clock).wait(5_000, never);
    expect(sleeps.map(({ ms }) => ms)).toEqual([5_000]);
    sleeps[0]?.end();
    await waited;
  });

  it('ends when woken, once', async () => {
    const { clock, sleeps } = manualClock();
    const wake = createWake(clock);
    const waited = wake.wait(60_000, never);
    wake.now();
    wake.now();
    await waited;
    const next = wake.wait(60_000, never);
    expect(sleeps).toHaveLength(2);
    sleeps[1]?.end();
    await next;
  });

  it('misses nothing: a call between two waits ends the next one, one within a look too', async () => {
    const { clock, sleeps } = manualClock();
    const wake = createWake(clock);
    wake.now();
    await wake.wait(60_000, never);
    expect(sleeps).toHaveLength(0);

    const waited = wake.wait(60_000, never);
    sleeps[0]?.end();
    await waited;
    wake.now();
    await wake.wait(60_000, never);
    expect(sleeps).toHaveLength(1);
  });

  it('rejects with the reason of the signal, at once', async () => {
    const { clock } = manualClock();
    const wake = createWake(clock);
    const stop = new AbortController();
    const waited = wake.wait(60_000, stop.signal);
    const reason = new Error('SIGTERM');
    stop.abort(reason);
    await expect(waited).rejects.toBe(reason);
    await expect(wake.wait(60_000, stop.signal)).rejects.toBe(reason);
  });

  it('passes on what a clock may throw', async () => {
    const broken = new Error('no timers');
    const clock: Clock = {
      now: () => ({ wallMs: 0, monoMs: 0 }),
      sleep: () => Promise.reject(broken),
    };
    await expect(createWake(clock).wait(1, never)).rejects.toBe(broken);
  });

  it('leaves nothing behind at the signal of the process', async () => {
    const { clock, sleeps } = manualClock();
    const stop = new AbortController();
    const wake = createWake(clock);
    for (let count = 0; count < 20; count += 1) {
      const waited = wake.wait(60_000, stop.signal);
      if (count % 2 === 0) wake.now();
      else sleeps.at(-1)?.end();
      await waited;
    }
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });
});
