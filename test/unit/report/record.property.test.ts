import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type FleetRecord, fleetRecord, untoldRecord } from '../../../src/report/record.ts';
import type { Status } from '../../../src/report/status-schema.ts';
import { runs } from '../../size.ts';
import { Story } from '../reconcile/story.ts';
import { statusOf } from './stage.ts';

/** Any text that JSON can hold: every code point, halves of characters, and far more than is ever told. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    maxLength: 60,
  }),
  fc
    .tuple(fc.constantFrom('a', '"', '\\', '\n', 'é', '€', '😀', '\u0000', '\u202e', '\ud800'), fc.nat(5_000))
    .map(([character, times]) => character.repeat(times)),
  fc.nat(3_000).map((length) => 'word '.repeat(length)),
);
const facts = fc.option(
  fc.oneof(
    texts,
    fc.stringMatching(/^[a-z0-9:/-]{0,450}$/),
    // As many characters as are allowed, of more than one byte each.
    fc
      .tuple(fc.constantFrom('"', '\\', 'é', '€'), fc.constantFrom(16, 64, 160, 320, 400))
      .map(([character, times]) => character.repeat(times)),
  ),
  { nil: null },
);
const times = fc.option(
  fc.oneof(
    texts,
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  ),
  { nil: null },
);

const told = (() => {
  const story = new Story();
  story.look();
  return statusOf(story);
})();

/** A status whose every text may be anything, as if its types had not been checked. */
const statuses = fc
  .record({
    words: fc.tuple(texts, texts, texts, facts),
    times: fc.tuple(times, times, times, times),
    agent: fc.record({ path: texts, cluster: facts, containerInstanceArn: facts, version: facts }),
    instance: fc.record({
      instanceId: facts,
      vpcId: facts,
      subnetId: facts,
      availabilityZone: facts,
    }),
    version: texts,
    publicSeen: fc.constantFrom(true, false, null, undefined),
  })
  .map(
    ({ words, times, agent, instance, version, publicSeen }) =>
      ({
        ...told,
        phase: words[0],
        reason: { code: words[1], message: words[2], advice: words[3] },
        since: times[0],
        writtenAt: times[1],
        agent: { ...told.agent, ...agent, publicSeen, provenAt: times[2], noPublicSince: times[3] },
        instance: { ...told.instance, ...instance },
        daemon: { ...told.daemon, version },
      }) as Status,
  );

const plain = Object.entries(fleetRecord(told));

/** What Run Command, the SSM agent and PutInventory ask of it, whatever it tells of. */
function expectSound(record: FleetRecord): void {
  const text = JSON.stringify(record);
  expect(text.length).toBeLessThanOrEqual(2_000);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2_000);
  expect(Object.keys(record)).toEqual(plain.map(([name]) => name));
  for (const value of Object.values(record)) {
    expect(value).toBeTypeOf('string');
    expect(value).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  }
  for (const name of ['Since', 'SeenAt', 'ProvenAt', 'NoPublicSince'] as const) {
    expect(record[name]).toMatch(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$/);
  }
}

it('no record is more than 2,000 characters or bytes of JSON, and only the words are cut', () => {
  fc.assert(
    fc.property(statuses, (status) => {
      const record = fleetRecord(status);
      expectSound(record);
      const { Message: _, Advice: __, ...facts } = record;
      const all: unknown[] = [status.phase, status.reason.code, status.agent.path, status.daemon.version];
      const known = [...all, ...Object.values(status.agent), ...Object.values(status.instance)];
      for (const [name, value] of Object.entries(facts)) {
        // A time has lost its milliseconds; everything else is there as it was, or not at all.
        if (value !== '' && !/Since$|At$/.test(name)) expect(known).toContain(value);
      }
    }),
    { numRuns: runs(300, 750) },
  );
});

it('nor that of a host whose daemon tells nothing', () => {
  fc.assert(
    fc.property(statuses, texts, texts, (status, message, advice) => {
      const untold = {
        phase: 'unknown',
        reason: 'daemon-status-unreadable',
        version: '0.1.0',
        nowMs: 0,
      } as const;
      expectSound(untoldRecord({ ...untold, message, advice }, status));
    }),
    { numRuns: runs(100, 250) },
  );
});
