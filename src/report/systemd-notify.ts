import { within } from '../kit/deadline.ts';
import { printable } from '../kit/printable.ts';
import { messageOf, type Problem } from '../kit/problem.ts';
import { runProgram } from '../kit/run-program.ts';

/** Tells systemd how the daemon is (sd_notify(3)). Every call returns at once; nothing here can fail the daemon. */
export interface Notifier {
  /** The service is up. From here on systemd's watchdog counts. */
  ready(status: string): void;
  /**
   * A look has ended and the next one is due in `nextInMs`. The status is shown by `systemctl status`: at once when
   * `phase` is another than before, otherwise with the watchdog's next ping.
   */
  looked(progress: { readonly phase: string; readonly detail: string; readonly nextInMs: number }): void;
  close(): void;
}

/** Runs `systemd-notify` with these arguments; rejects when it fails. */
export type RunSystemdNotify = (args: readonly string[]) => Promise<void>;

export interface NotifierOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly run: RunSystemdNotify;
  /** A clock that stands still while the host is suspended, as the watchdog's does. Milliseconds. */
  readonly monotonicMs: () => number;
  /** Told once, however often it happens. */
  readonly onProblem: (problem: Problem) => void;
}

/** Timeout for systemd to take a message. */
const timeoutMs = 10_000;

/** A newline would end the message's field; `systemctl status` shows one line. */
const longestStatus = 1_000;

/** A message is sent to its end even while the daemon stops. */
const never = new AbortController().signal;

/** The host's `systemd-notify`: Node.js has no datagrams over unix sockets. */
export function hostSystemdNotify(socket: string | undefined): RunSystemdNotify {
  const env = { NOTIFY_SOCKET: socket };
  return async (args) => {
    const result = await within(
      'systemd-notify',
      timeoutMs,
      never,
      async (signal) => await runProgram('systemd-notify', args, signal, { env }),
    );
    if (result.outcome === 'missing') throw new Error('there is no systemd-notify on this host');
    if (result.exitCode !== 0) {
      throw new Error(
        printable(result.stderr, 200) || `systemd-notify ended with exit code ${result.exitCode}`,
      );
    }
  };
}

/**
 * A notifier that says nothing where systemd did not ask (no NOTIFY_SOCKET). A process is started for READY, for a
 * change of phase, and for the watchdog at half of WatchdogSec. The watchdog is pinged only while looks end when they
 * are due; one that is late by more than that half leaves systemd to restart the daemon.
 */
export function createNotifier({ env, pid, run, monotonicMs, onProblem }: NotifierOptions): Notifier {
  if (!env['NOTIFY_SOCKET']) return { ready: () => {}, looked: () => {}, close: () => {} };
  const pingEveryMs = watchdogMs(env, pid) / 2;
  let status = '';
  let phase: string | undefined;
  let sentMs = Number.NEGATIVE_INFINITY;
  let dueMs = Number.NEGATIVE_INFINITY;
  let readyTaken = false;
  let running = false;
  let again = false;
  let failed = false;

  /** One process at a time: what is new while one runs is told by the next. */
  async function send(): Promise<void> {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        // Any message is a sign of life: it is sent while looks come in time.
        const signs = ['WATCHDOG=1', ...(readyTaken ? [] : ['--ready'])];
        const shown = printable(status, longestStatus);
        await run([`--status=${shown}`, ...signs]).catch(async (error: unknown) => {
          tellOnce(error);
          // What the status is made of comes from others: it must not cost the sign of life.
          await run(signs);
        });
        readyTaken = true;
      }
    } catch (error) {
      tellOnce(error);
    } finally {
      running = false;
    }
  }

  function tellOnce(error: unknown): void {
    if (!failed) onProblem(notTaken(messageOf(error)));
    failed = true;
  }

  function tell(): void {
    sentMs = monotonicMs();
    void send();
  }

  const timer = Number.isFinite(pingEveryMs)
    ? setInterval(() => {
        if (monotonicMs() <= dueMs) tell();
      }, pingEveryMs)
    : undefined;
  timer?.unref();

  return {
    ready(text) {
      status = text;
      dueMs = monotonicMs() + pingEveryMs;
      tell();
    },
    looked(progress) {
      const now = monotonicMs();
      status = `${progress.phase}: ${progress.detail}`;
      dueMs = now + progress.nextInMs + pingEveryMs;
      const changed = progress.phase !== phase;
      phase = progress.phase;
      // A ping is late when the timer held it back because this look was overdue.
      if (changed || now - sentMs > pingEveryMs) tell();
    },
    close: () => clearInterval(timer),
  };
}

/** Infinite where there is no watchdog, or one for another process (sd_watchdog_enabled(3)). */
function watchdogMs(env: NotifierOptions['env'], pid: number): number {
  const usec = Number(env['WATCHDOG_USEC'] || Number.NaN);
  const forUs = !env['WATCHDOG_PID'] || Number(env['WATCHDOG_PID']) === pid;
  return forUs && usec > 0 ? usec / 1000 : Number.POSITIVE_INFINITY;
}

function notTaken(detail: string): Problem {
  return {
    code: 'systemd-notify-failed',
    message: `systemd could not be notified of the daemon's state: ${detail}`,
    advice: 'See that systemd-notify is on the PATH and that the unit has NotifyAccess=all.',
  };
}
