import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/kit/clock.ts';
import { temporaryDirectories } from './temporary-directory.ts';

describe("the host's clock", () => {
  const temporaryDirectory = temporaryDirectories();

  it('tells the time since boot in milliseconds, as the kernel does', async () => {
    const procDir = await temporaryDirectory();
    await writeFile(join(procDir, 'uptime'), '12345.67 4321.00\n');
    expect(systemClock(procDir).now().monoMs).toBe(12_345_670);
    await writeFile(join(procDir, 'uptime'), '');
    expect(() => systemClock(procDir).now()).toThrow(/uptime/);
  });

  it('goes on', async () => {
    const clock = systemClock('/proc');
    const before = clock.now();
    await clock.sleep(60, new AbortController().signal);
    const after = clock.now();
    expect(after.monoMs - before.monoMs).toBeGreaterThanOrEqual(40);
    expect(Math.abs(after.wallMs - Date.now())).toBeLessThan(5_000);
  });

  it('carries a reading on, for a tenth of a second at most, and never goes back', async () => {
    const procDir = await temporaryDirectory();
    const uptime = async (text: string) => await writeFile(join(procDir, 'uptime'), text);
    await uptime('100.00 0\n');
    const clock = systemClock(procDir);
    expect(clock.now().monoMs).toBe(100_000);
    await uptime('200.00 0\n');
    const carriedOn = clock.now().monoMs;
    expect(carriedOn).toBeGreaterThanOrEqual(100_000);
    await delay(110);
    expect(clock.now().monoMs).toBeGreaterThanOrEqual(200_000);
    await uptime('199.99 0\n');
    await delay(110);
    expect(clock.now().monoMs).toBeGreaterThanOrEqual(200_000);
  });

  it('ends a sleep at once with the reason of the signal', async () => {
    const stop = new AbortController();
    const reason = new Error('SIGTERM');
    const slept = systemClock('/proc').sleep(3_600_000, stop.signal);
    await delay(5);
    stop.abort(reason);
    await expect(slept).rejects.toBe(reason);
    await expect(systemClock('/proc').sleep(1, stop.signal)).rejects.toBe(reason);
  });
});
