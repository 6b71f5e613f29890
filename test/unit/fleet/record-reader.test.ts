import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRecord, readRecordText } from '../../../src/fleet/record-reader.ts';
import { recordOf } from '../../lab/stand-ins/aws/fleet-world.ts';
import { runs } from '../../size.ts';
import { instance, nowMs, recordBy } from './readings.ts';

const record = recordOf({ id: 'i-1', cluster: 'prod', subnetId: 's', zone: 'z' }, 'arn', nowMs);

describe('a record', () => {
  it('is read from the inventory, and from the output of a command, whatever stands around it', () => {
    const direct = readRecord(record);
    expect(direct).toMatchObject({ record: { phase: 'settled', seenAtMs: nowMs - 1_200_000 } });
    expect(readRecordText(`${JSON.stringify(record)}\n`)).toEqual(direct);
    expect(
      readRecordText(`motd\n  ${JSON.stringify(record)}\nfailed to run commands: exit status 1`),
    ).toEqual(direct);
  });

  it('that was cut anywhere says nothing', () => {
    const text = JSON.stringify(record);
    for (let length = 0; length < text.length; length += 1) {
      expect(readRecordText(text.slice(0, length))).toHaveProperty('unusable');
    }
  });

  it.each(['SeenAt', 'Phase'] as const)('without %s says nothing', (name) => {
    expect(readRecord({ ...record, [name]: '' })).toHaveProperty('unusable');
    expect(readRecord({ ...record, [name]: 7 })).toHaveProperty('unusable');
  });

  it.each([
    '2026-11-27',
    '2026-11-27T04:05:06',
    '2026-11-27T04:05:06+01:00',
    '2026-13-27T04:05:06Z',
    'now',
    '0',
  ])('with %s for a time has none', (SeenAt) =>
    expect(readRecord({ ...record, SeenAt })).toHaveProperty('unusable'),
  );

  it('brings nothing onto a terminal', () => {
    const reading = recordBy(instance(1), { Message: 'a\u001b[31m\nb', Cluster: 'x\u202e' }).reading;
    expect(reading).toMatchObject({ record: { message: 'a\\u001b[31m b', cluster: 'x\\u202e' } });
  });

  it('of any value at all is read or refused, and never makes a time of what is none', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const reading = readRecord(value);
        if ('record' in reading) expect(Number.isFinite(reading.record.seenAtMs)).toBe(true);
        else expect(reading.unusable).not.toBe('');
      }),
      { numRuns: runs(500, 5_000) },
    );
  });
});
