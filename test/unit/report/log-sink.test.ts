import { writeSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openLogSink } from '../../../src/report/log-sink.ts';

vi.mock(import('node:fs'), async (original) => ({ ...(await original()), writeSync: vi.fn() }));

/** What the reader got; how many bytes it still takes (`room`), or the error that it ends with. */
let got: string;
let room: number;
let broken: string | undefined;
let tries: number;

beforeEach(() => {
  got = '';
  room = Number.POSITIVE_INFINITY;
  broken = undefined;
  tries = 0;
  vi.mocked(writeSync).mockImplementation((_fd: number, data: unknown) => {
    tries += 1;
    const code = broken ?? (room === 0 ? 'EAGAIN' : undefined);
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    const bytes = Buffer.from(String(data)).subarray(0, room);
    room -= bytes.length;
    got += bytes.toString();
    return bytes.length;
  });
});

describe('the log', () => {
  it('writes lines whole', () => {
    const sink = openLogSink(1);
    expect(sink.write('one\n')).toBe(true);
    expect(sink.write('twö\n')).toBe(true);
    expect([got, sink.linesLost()]).toEqual(['one\ntwö\n', 0]);
  });

  it('waits for a reader that is slow', () => {
    const sink = openLogSink(1);
    room = 0;
    const slow = vi.mocked(writeSync).getMockImplementation();
    vi.mocked(writeSync).mockImplementation((...given) => {
      if (tries === 3) room = 100;
      return slow?.(...given) ?? 0;
    });
    expect(sink.write('one\n')).toBe(true);
    expect([got, sink.linesLost()]).toEqual(['one\n', 0]);
  });

  it('waits once for a reader that has stopped, loses the lines after that, and goes on with whole lines', () => {
    const sink = openLogSink(1);
    room = 2;
    // Begun: its rest comes first when the reader reads again.
    expect(sink.write('one\n')).toBe(true);
    expect(tries).toBeGreaterThan(20);
    for (const _ of [1, 2, 3]) {
      const before = tries;
      expect(sink.write('lost\n')).toBe(false);
      expect(tries - before).toBe(1);
    }
    expect(sink.linesLost()).toBe(3);
    room = Number.POSITIVE_INFINITY;
    expect(sink.write('two\n')).toBe(true);
    expect([got, sink.linesLost()]).toEqual(['one\ntwo\n', 3]);
  });

  it('begins no line that was lost', () => {
    const sink = openLogSink(1);
    room = 0;
    expect(sink.write('lost\n')).toBe(false);
    room = Number.POSITIVE_INFINITY;
    expect(sink.write('one\n')).toBe(true);
    expect([got, sink.linesLost()]).toEqual(['one\n', 1]);
  });

  it('waits again for the next stop, once lines were taken in between', () => {
    const sink = openLogSink(1);
    room = 0;
    sink.write('lost\n');
    room = 4;
    expect(sink.write('one\n')).toBe(true);
    const before = tries;
    expect(sink.write('lost\n')).toBe(false);
    expect(tries - before).toBeGreaterThan(20);
  });

  it.each(['EPIPE', 'ENOSPC', 'EIO'])(
    'throws no %s, and has no half of a line for the next reader',
    (code) => {
      const sink = openLogSink(2);
      room = 2;
      sink.write('one\n');
      broken = code;
      expect(sink.write('lost\n')).toBe(false);
      broken = undefined;
      room = Number.POSITIVE_INFINITY;
      got = '';
      expect(sink.write('two\n')).toBe(true);
      expect([got, sink.linesLost()]).toEqual(['two\n', 1]);
    },
  );
});
