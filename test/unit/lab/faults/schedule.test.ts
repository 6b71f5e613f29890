import { describe, expect, it } from 'vitest';
import { type Fault, generateSchedule, horizonMs, subject } from '../../../lab/faults/schedule.ts';

const schedules = Array.from({ length: 500 }, (_, seed) => generateSchedule(seed));

describe('generateSchedule', () => {
  it('gives the same schedule for the same seed, and another one for another', () => {
    expect(generateSchedule(7)).toEqual(generateSchedule(7));
    expect(new Set(schedules.map((schedule) => JSON.stringify(schedule))).size).toBe(schedules.length);
  });

  it('never lets two faults of one part overlap, nor begin after the horizon', () => {
    for (const { incidents } of schedules) {
      const freeAt = new Map<string, number>();
      for (const { atMs, forMs, fault } of incidents) {
        expect(atMs).toBeGreaterThan(freeAt.get(subject(fault)) ?? -1);
        expect(atMs).toBeLessThanOrEqual(horizonMs);
        freeAt.set(subject(fault), atMs + forMs);
      }
    }
  });

  it('comes to every kind of fault', () => {
    const parts = new Set<Fault['part']>();
    for (const { incidents } of schedules) for (const { fault } of incidents) parts.add(fault.part);
    expect([...parts].sort()).toEqual([
      'agent',
      'answer',
      'api',
      'daemon',
      'dns',
      'engine',
      'imds',
      'nat',
      'port',
    ]);
  });
});
