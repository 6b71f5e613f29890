import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventCode, events } from '../../../src/report/events.ts';
import { formatLine } from '../../../src/report/log-line.ts';
import { createLog, type LoggerOptions } from '../../../src/report/logger.ts';

function logged(
  options: Partial<LoggerOptions>,
  code: EventCode,
  fields?: Record<string, unknown>,
): string[] {
  const lines: string[] = [];
  const log = createLog(
    { level: 'debug', format: 'json', priorityPrefix: false, version: '0.1.0', ...options },
    (line) => lines.push(line) > 0,
  );
  log(code, fields);
  return lines;
}

const severity = { debug: 7, info: 6, warn: 4, error: 3 } as const;
const codes = Object.keys(events).filter((code): code is EventCode => code in events);

describe('a log line', () => {
  it.each(codes)('for %s is one line of JSON with a fixed message, its level and version of form', (code) => {
    const lines = logged({}, code, { detail: 'two\nlines', number: 7 });
    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    expect(line.indexOf('\n')).toBe(line.length - 1);
    const record: unknown = JSON.parse(line);
    const { level, message } = events[code];
    expect(record).toEqual({
      level,
      severity: severity[level],
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      v: 1,
      version: '0.1.0',
      event: code,
      detail: 'two\nlines',
      number: 7,
      msg: message,
    });
  });

  it.each([
    ['daemon-started', '<6>'],
    ['phase-blocked', '<4>'],
    ['look-failed', '<3>'],
  ] as const)('for %s begins with the priority %s for journald, in either format', (code, prefix) => {
    for (const format of ['json', 'text'] as const) {
      const [line = ''] = logged({ format, priorityPrefix: true }, code, { detail: '"severity":0' });
      expect(line.startsWith(prefix)).toBe(true);
      expect(line[prefix.length]).toBe(format === 'json' ? '{' : String(line[prefix.length]));
    }
  });

  it('is written at and above the level asked for', () => {
    expect(logged({ level: 'warn' }, 'daemon-started')).toEqual([]);
    expect(logged({ level: 'warn' }, 'phase-blocked')).toHaveLength(1);
    expect(logged({ level: 'error' }, 'phase-blocked')).toEqual([]);
    expect(logged({ level: 'silent' }, 'look-failed')).toEqual([]);
  });

  it('leaves out fields that are not set', () => {
    const [line = ''] = logged({}, 'phase-changed', { advice: undefined, phase: 'settled' });
    expect(JSON.parse(line)).not.toHaveProperty('advice');
  });

  it('is on disk or terminal before the call that follows', () => {
    const order: string[] = [];
    const options = { level: 'info', format: 'json', priorityPrefix: false, version: '0.1.0' } as const;
    const log = createLog(options, () => order.push('line') > 0);
    log('restart-issued');
    order.push('call');
    expect(order).toEqual(['line', 'call']);
  });
});

it('the first line that is taken again tells how many were not', () => {
  const lines: string[] = [];
  let read = true;
  const options = { level: 'info', format: 'json', priorityPrefix: false, version: '0.1.0' } as const;
  const log = createLog(options, (line) => read && lines.push(line) > 0);
  log('daemon-started');
  read = false;
  for (let n = 0; n < 3; n += 1) log('problem');
  log('looked');
  read = true;
  log('restart-issued');
  log('daemon-stopped');
  expect(lines.map((line) => JSON.parse(line)).map(({ event, lines: lost }) => [event, lost])).toEqual([
    ['daemon-started', undefined],
    ['log-lines-lost', 3],
    ['restart-issued', undefined],
    ['daemon-stopped', undefined],
  ]);
});

describe('the text form', () => {
  it('is for people', () => {
    const [line = ''] = logged({ format: 'text' }, 'restart-issued', {
      verb: 'kill',
      cause: 'seen public',
      attempt: 1,
      advice: undefined,
      addresses: ['10.0.1.10', '10.0.2.10'],
      equation: 'a=b',
    });
    expect(line).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}Restarting the agent · verb=kill cause="seen public" attempt=1 addresses=\["10.0.1.10","10.0.2.10"\] equation="a=b"\n$/,
    );
    const [told = ''] = logged({ format: 'text' }, 'phase-blocked', {
      phase: 'blocked',
      reason: 'engine-missing',
      detail: 'there is no Docker socket at /x',
      advice: 'Start Docker.',
    });
    expect(told.slice(13)).toBe(
      'WARN  Blocked: the agent is not being moved to PrivateLink: there is no Docker socket at /x. Start Docker. · ' +
        'phase=blocked reason=engine-missing\n',
    );
    expect(logged({ format: 'text' }, 'daemon-stopped')[0]).toMatch(/ INFO {2}Stopped\n$/);
  });

  it('is one line, whatever the fields hold', () => {
    void fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        const line = formatLine(
          JSON.stringify({ level: 'info', time: '2026-01-01T00:00:00.000Z', msg: 'm', ...fields }),
        );
        expect(line.match(/\n/g)).toHaveLength(1);
      }),
    );
  });
});
