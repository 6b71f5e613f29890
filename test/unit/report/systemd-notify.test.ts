import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import { createNotifier } from '../../../src/report/systemd-notify.ts';

const service = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '600000000', WATCHDOG_PID: '42' };
const minute = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A notifier with a systemd-notify that answers when told to, and everything that it was run with. */
function watched(env: Record<string, string> = service, answer: () => Promise<void> = async () => {}) {
  const sent: string[] = [];
  const problems: Problem[] = [];
  const notifier = createNotifier({
    env,
    pid: 42,
    run: async (args) => {
      sent.push(args.join(' '));
      await answer();
    },
    monotonicMs: () => performance.now(),
    onProblem: (problem) => problems.push(problem),
  });
  const looked = (phase: string, nextInMs = minute, detail = 'why') =>
    notifier.looked({ phase, detail, nextInMs });
  /** Looks that end every minute. */
  async function minutesOfLooks(phase: string, count: number): Promise<void> {
    for (let passed = 0; passed < count; passed += 1) {
      looked(phase);
      await vi.advanceTimersByTimeAsync(minute);
    }
  }
  return { notifier, sent, problems, looked, minutesOfLooks };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('the notifier', () => {
  it('is silent where systemd did not ask', async () => {
    const { notifier, sent, minutesOfLooks } = watched({ WATCHDOG_USEC: '600000000' });
    notifier.ready('up');
    await minutesOfLooks('waiting', 20);
    expect(sent).toEqual([]);
  });

  it('says READY once, with the status', async () => {
    const { notifier, sent, looked } = watched();
    notifier.ready('looking\nfor the first time');
    await settle();
    looked('waiting');
    await settle();
    expect(sent).toEqual([
      '--status=looking for the first time WATCHDOG=1 --ready',
      '--status=waiting: why WATCHDOG=1',
    ]);
  });

  it('says READY again with the next message when it was not taken, and tells of the failure once', async () => {
    const failures = ['no such program', 'still none'];
    const { notifier, sent, looked, problems } = watched(service, () => {
      const failure = failures.shift();
      return failure === undefined ? Promise.resolve() : Promise.reject(new Error(failure));
    });
    notifier.ready('up');
    await settle();
    looked('waiting');
    await settle();
    looked('settling');
    await settle();
    looked('settled');
    await settle();
    expect(sent.map((message) => message.includes('--ready'))).toEqual([true, true, true, false, false]);
    expect(problems).toMatchObject([{ code: 'systemd-notify-failed' }]);
    expect(problems[0]?.message).toContain('no such program');
  });

  it('starts a process per change of phase and per half of WatchdogSec, no more', async () => {
    const { notifier, sent, minutesOfLooks } = watched();
    notifier.ready('up');
    await minutesOfLooks('settled', 60);
    // READY, the phase, and one every five minutes.
    expect(sent).toHaveLength(2 + 12);
  });

  it('pings through a long wait between looks', async () => {
    const { notifier, sent, looked } = watched();
    notifier.ready('up');
    looked('settled', 60 * minute);
    await vi.advanceTimersByTimeAsync(60 * minute);
    expect(sent).toHaveLength(2 + 12);
  });

  it('no longer pings when a look is late by more than half of WatchdogSec, and again once it has ended', async () => {
    const { notifier, sent, looked } = watched();
    notifier.ready('up');
    looked('waiting', 5_000);
    await vi.advanceTimersByTimeAsync(5 * minute);
    const before = sent.length;
    await vi.advanceTimersByTimeAsync(8 * minute);
    expect(sent).toHaveLength(before);
    looked('waiting', 5_000);
    await settle();
    expect(sent).toHaveLength(before + 1);
  });

  it('does not ping before the first look for longer than half of WatchdogSec', async () => {
    const { notifier, sent } = watched();
    notifier.ready('up');
    await vi.advanceTimersByTimeAsync(30 * minute);
    expect(sent).toHaveLength(2);
  });

  it('has one process at a time, and the next one tells the latest', async () => {
    let answer = () => {};
    const { notifier, sent, looked } = watched(service, () => new Promise((resolve) => (answer = resolve)));
    notifier.ready('up');
    await settle();
    looked('waiting');
    looked('settling');
    looked('settled', minute, 'done');
    await settle();
    expect(sent).toHaveLength(1);
    answer();
    await settle();
    expect(sent.slice(1)).toEqual(['--status=settled: done WATCHDOG=1']);
  });

  it('leaves the watchdog of another process alone, and still tells changes of phase', async () => {
    const { notifier, sent, minutesOfLooks } = watched({ ...service, WATCHDOG_PID: '7' });
    notifier.ready('up');
    await minutesOfLooks('settled', 60);
    expect(sent).toHaveLength(2);
  });

  it('ends with close', async () => {
    const { notifier, sent } = watched();
    notifier.ready('up');
    notifier.close();
    await vi.advanceTimersByTimeAsync(30 * minute);
    expect(sent).toHaveLength(1);
  });
});
