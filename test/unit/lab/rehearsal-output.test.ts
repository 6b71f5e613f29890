import { describe, expect, it } from 'vitest';
import { describeDaemonEvent, parseDaemonEvent } from '../../lab/rehearse/daemon-event.ts';
import { type Summary, succeeded, summaryLine } from '../../lab/rehearse/summary.ts';
import { wrap } from '../../lab/rehearse/timeline.ts';

const good: Summary = {
  engine: 'docker',
  settled: true,
  restarts: 1,
  dnsToRestartMs: 11_267,
  restartToConnectedMs: 125,
};

describe('summary of the rehearsal', () => {
  it('is one line', () => {
    expect(summaryLine(good)).toBe(
      'rehearsal: engine=docker settled=true restarts=1 dns_to_restart_ms=11267 restart_to_connected_ms=125',
    );
    const nothing = { ...good, settled: false, restarts: 0, dnsToRestartMs: undefined };
    expect(summaryLine(nothing)).toContain('settled=false restarts=0 dns_to_restart_ms=-1');
  });

  it.each([
    ['not settled', { settled: false }],
    ['no restart', { restarts: 0 }],
    ['a second restart', { restarts: 2 }],
    ['never connected', { restartToConnectedMs: undefined }],
  ])('is a failure with %s', (_, change) => {
    expect(succeeded(good)).toBe(true);
    expect(succeeded({ ...good, ...change })).toBe(false);
  });
});

describe('timeline', () => {
  it('breaks at spaces and leaves long words whole', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('a /a/long/path b', 5)).toEqual(['a', '/a/long/path', 'b']);
  });

  it('shortens ids in what the daemon says', () => {
    const id = 'e926713a4f08'.padEnd(64, '0');
    const line = {
      event: 'restart-issued',
      msg: 'Restarting',
      time: 't',
      call: `POST /containers/${id}/kill`,
    };
    const event = parseDaemonEvent(JSON.stringify(line));
    expect(event && describeDaemonEvent(event)).toBe('Restarting: POST /containers/e926713a4f08/kill');
    expect(parseDaemonEvent('    at file:1:2')).toBeUndefined();
    expect(parseDaemonEvent('{"no":"event"}')).toBeUndefined();
  });
});
