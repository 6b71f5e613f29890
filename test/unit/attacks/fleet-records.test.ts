import { describe, expect, it } from 'vitest';
import { reportLines } from '../../../src/fleet/fleet-report.ts';
import { readRecord, readRecordText } from '../../../src/fleet/record-reader.ts';
import { fleetVerdict } from '../../../src/fleet/verdict.ts';
import { context, found, instance, nowMs, reading, recordBy } from '../fleet/readings.ts';

/** What one host printed, beside a good one. */
function verdictWith(printed: string) {
  const [good, bad] = [instance(1), instance(2)];
  const records = [recordBy(good), found(bad.instanceId, readRecordText(printed))];
  return fleetVerdict([reading({ instances: [good, bad], records })], context);
}

const nested = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;

describe('a host that was taken over', () => {
  it.each([
    ['a type that no text can be made of', '{"TypeName":{"toString":1,"valueOf":1}}'],
    ['a type that is nested', `{"TypeName":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['a type of megabytes', `{"TypeName":"${'x'.repeat(4_000_000)}"}`],
    ['nested lists', nested],
    [
      'keys of prototypes',
      '{"__proto__":{"Phase":"settled"},"constructor":{"prototype":{"Phase":"settled"}}}',
    ],
    [
      'texts that are none',
      '{"Phase":{"toString":1},"SeenAt":["2026-11-27T04:05:06Z"],"Message":{"length":1e9}}',
    ],
  ])('prints %s, and costs only itself: what is known of the others is told', (_, printed) => {
    const verdict = verdictWith(printed);
    expect(verdict).toMatchObject({ answer: 'unknown', proven: 1, unknown: 1 });
    expect(({} as { Phase?: unknown }).Phase).toBeUndefined();
    const shown = reportLines(verdict, [], { width: 80, nowMs }).join('\n');
    expect(shown.length).toBeLessThan(4_000);
  });

  it('gives codes that are none: they are no row of the table, however wide or telling', () => {
    for (const Reason of ['on-private-path done 4711', 'X'.repeat(512), 'a\tb', 'ist-es.', '']) {
      const bad = instance(2);
      const records = [recordBy(bad, { Phase: 'blocked', Reason })];
      const verdict = fleetVerdict([reading({ instances: [bad], records })], context);
      expect(verdict.hosts[0]?.judgement.code).toBe('blocked');
    }
    expect(readRecord({ Phase: 'all is well', SeenAt: '2026-11-27T04:05:06Z' })).toHaveProperty('unusable');
  });

  it('has something advised: it is shown as its own word', () => {
    const bad = instance(2);
    const Advice = 'Run `aws iam attach-role-policy --role-name me` first.';
    const records = [recordBy(bad, { Phase: 'blocked', Reason: 'endpoint-tcp-timeout', Advice })];
    const verdict = fleetVerdict([reading({ instances: [bad], records })], context);
    const lines = reportLines(verdict, [], { width: Number.POSITIVE_INFINITY, nowMs });
    expect(lines.filter((line) => line.includes('attach-role-policy'))).toEqual([
      `  To do, its own daemon says: ${Advice}`,
    ]);
  });
});
