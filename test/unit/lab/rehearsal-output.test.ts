import { describe, expect, it } from 'vitest';
import { type DaemonEvent, describeDaemonEvent, parseDaemonEvent } from '../../lab/rehearse/daemon-event.ts';
import { lastWords } from '../../lab/rehearse/last-words.ts';
import { type Summary, succeeded, summaryLine } from '../../lab/rehearse/summary.ts';
import { wrap } from '../../lab/rehearse/timeline.ts';

const good: Summary = {
  engine: 'docker',
  settled: true,
  restarts: 1,
  dnsToRestartMs: 11_267,
  restartToConnectedMs: 125,
  verb: 'kill',
  supervised: true,
  nat: 'present',
};
const plain: Summary = { ...good, supervised: 'none', nat: 'none' };

describe('summary of the rehearsal', () => {
  it('is one line', () => {
    expect(summaryLine(good)).toBe(
      'rehearsal: engine=docker settled=true restarts=1 dns_to_restart_ms=11267 restart_to_connected_ms=125 ' +
        'verb=kill supervised=true',
    );
    const nothing = { ...good, settled: false, restarts: 0, dnsToRestartMs: undefined, verb: undefined };
    expect(summaryLine(nothing)).toContain('settled=false restarts=0 dns_to_restart_ms=-1');
    expect(summaryLine(nothing)).toContain('verb=none');
    expect(summaryLine(plain)).toMatch(/verb=kill supervised=none$/);
  });

  it.each([
    ['not settled', { settled: false }],
    ['no restart', { restarts: 0 }],
    ['a second restart', { restarts: 2 }],
    ['never connected', { restartToConnectedMs: undefined }],
    ['an agent that nobody supervises', { supervised: false }],
    ['the wrong verb', { verb: 'restart' }],
    ['tasks without credentials', { nat: 'missing' }],
  ] satisfies [string, Partial<Summary>][])('is a failure with %s', (_, change) => {
    expect(succeeded(good)).toBe(true);
    expect(succeeded({ ...good, ...change })).toBe(false);
  });

  it('takes NAT rules that cannot be made for no failure', () => {
    expect(succeeded({ ...good, nat: 'unavailable' })).toBe(true);
  });

  it('expects a kill where there is no ecs-init too', () => {
    expect(succeeded(plain)).toBe(true);
    expect(succeeded({ ...plain, verb: 'restart' })).toBe(false);
  });
});

describe('last words of the daemon', () => {
  const reason = {
    code: 'names-not-private',
    message: '1 of 3 names is private',
    advice: 'Create the others.',
  };
  const status = { phase: 'waiting', since: '2026-11-23T09:00:00.000Z', reason };
  const events: DaemonEvent[] = [
    { event: 'daemon-started', msg: 'Started', level: 'info', time: 't' },
    { event: 'look-done', msg: 'Looked', level: 'debug', time: 't' },
  ];

  it('are its phase, reason, advice and last events', () => {
    expect(lastWords(status, events, Date.parse('2026-11-23T09:00:12.000Z'))).toBe(
      'The daemon has been waiting for 12 s (names-not-private): 1 of 3 names is private. ' +
        'Advice: Create the others. Its last events: Started',
    );
  });

  it('say so when there are none', () => {
    expect(lastWords(undefined, [], 0)).toBe('The daemon has written no status. It has logged nothing.');
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
