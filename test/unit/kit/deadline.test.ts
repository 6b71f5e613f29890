import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { deriveAbort, LateError, once, within } from '../../../src/kit/deadline.ts';

const never = new AbortController().signal;
const forever = () => new Promise<never>(() => {});

it('many may follow one signal, and each be listened to by many, without a word of Node.js', async () => {
  const warnings: Error[] = [];
  const hear = (warning: Error) => void warnings.push(warning);
  process.on('warning', hear);
  const { signal } = new AbortController();
  const derived = Array.from({ length: 30 }, () => deriveAbort(signal));
  for (let count = 0; count < 30; count += 1) derived[0]?.signal.addEventListener('abort', () => {});
  await new Promise((resolve) => setImmediate(resolve));
  for (const one of derived) one.release();
  process.off('warning', hear);
  expect(warnings).toEqual([]);
});

describe('within', () => {
  it('gives the result, or what was thrown', async () => {
    expect(await within('it', 10_000, never, () => Promise.resolve(3))).toBe(3);
    await expect(within('it', 10_000, never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('ends at its limit though nothing heeds the signal, and tells what was late', async () => {
    let own: AbortSignal | undefined;
    const late = within('a look', 10, never, (signal) => {
      own = signal;
      return forever();
    });
    await expect(late).rejects.toThrow('a look did not finish within 0.01 s');
    expect(own?.reason).toBeInstanceOf(LateError);
  });

  it('ends with the signal, and holds on to nothing of it', async () => {
    const stop = new AbortController();
    await within('it', 10_000, stop.signal, () => Promise.resolve());
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    const running = within('it', 10_000, stop.signal, forever);
    stop.abort(new Error('SIGINT'));
    await expect(running).rejects.toThrow('SIGINT');
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    await expect(within('it', 10_000, stop.signal, forever)).rejects.toThrow('SIGINT');
  });
});

describe('deriveAbort', () => {
  it('follows the signal, even one that has aborted already', () => {
    const stop = new AbortController();
    const before = deriveAbort(stop.signal);
    stop.abort('reason');
    expect(before.signal.reason).toBe('reason');
    expect(deriveAbort(stop.signal).signal.reason).toBe('reason');
  });

  it('follows no more once it was released', () => {
    const stop = new AbortController();
    const own = deriveAbort(stop.signal, { ms: 1, late: () => 'late' });
    own.release();
    stop.abort();
    expect(own.signal.aborted).toBe(false);
  });

  it('aborts by itself, and not the signal that it follows', () => {
    const own = deriveAbort(never);
    own.abort('own');
    expect(own.signal.reason).toBe('own');
    expect(never.aborted).toBe(false);
    own.release();
  });
});

describe('once', () => {
  it('is started by the first who asks', async () => {
    let made = 0;
    const reading = once(() => {
      made += 1;
      return Promise.resolve(made);
    });
    expect(await Promise.all([reading(), reading()])).toEqual([1, 1]);
  });
});
