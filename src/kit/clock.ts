import { openSync, readFileSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A moment, on both clocks of the host. */
export interface Instant {
  /** Milliseconds since the Unix epoch. May jump either way; only ever shown, never compared. */
  readonly wallMs: number;
  /** Milliseconds since boot, suspended time included (CLOCK_BOOTTIME). Never jumps; restarts at a reboot. */
  readonly monoMs: number;
}

/** The only source of time. Everything that waits or measures takes one as a parameter. */
export interface Clock {
  now(): Instant;
  /** Resolves after `ms`; rejects with the signal's reason when `signal` aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The host's clocks. Monotonic time comes from /proc/uptime so that it agrees with process start times. */
export function systemClock(procDir: string): Clock {
  const readUptimeMs = uptimeReader(`${procDir}/uptime`);
  return {
    now: () => ({ wallMs: Date.now(), monoMs: readUptimeMs() }),
    sleep: async (ms, signal) => {
      try {
        await delay(ms, undefined, { signal });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },
  };
}

/** For so many milliseconds one reading is carried on: the kernel adds all processors up for each. */
const readingMaxAgeMs = 100;

/** The file stays open: the time is asked for some ten times in every look. */
function uptimeReader(path: string): () => number {
  const buffer = Buffer.alloc(64);
  let file: number | undefined;
  let reading = { uptimeMs: 0, atMs: Number.NEGATIVE_INFINITY };
  let told = 0;

  function read(): number {
    file ??= openSync(path, 'r');
    const seconds = Number.parseFloat(
      buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0)),
    );
    if (!Number.isFinite(seconds)) throw new Error(`${path} does not start with a number`);
    return seconds * 1000;
  }

  return () => {
    const atMs = performance.now();
    if (atMs - reading.atMs >= readingMaxAgeMs) reading = { uptimeMs: read(), atMs };
    // A reading is cut to hundredths of a second, so the next one may lie behind what was carried on.
    told = Math.max(told, Math.round(reading.uptimeMs + atMs - reading.atMs));
    return told;
  };
}

/** Tells this boot of the host from every other. */
export function readBootId(procDir: string): string {
  return readFileSync(`${procDir}/sys/kernel/random/boot_id`, 'latin1').trim();
}
