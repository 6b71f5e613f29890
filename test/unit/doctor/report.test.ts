import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCauses } from '../../../src/doctor/causes.ts';
import { checks } from '../../../src/doctor/checks.ts';
import { describeDiagnosis } from '../../../src/doctor/describe-diagnosis.ts';
import { colourStyle, plainStyle, resultLine, summaryLines } from '../../../src/doctor/text/report.ts';
import { result } from './results.ts';

const found = [
  result('imds'),
  result('endpoints-complete', 'endpoints-missing'),
  result('endpoint-ecs', 'endpoint-public'),
  result('daemon', 'daemon-not-running'),
];

describe('what doctor prints', () => {
  it('puts the cause last, and what follows from it before', () => {
    const text = summaryLines(findCauses(found), plainStyle).join('\n');
    expect(text).toContain('4 checks: 1 passed, 1 warned, 2 failed, 0 skipped');
    expect(text).toContain('  because of endpoints-complete: endpoint-ecs');
    const [, afterWarning = ''] = text.split('Warning: daemon (daemon-not-running)');
    expect(afterWarning).toContain('THE CAUSE: endpoints-complete (endpoints-missing)');
    expect(afterWarning.trimEnd()).toMatch(/ecs-privatelinkd doctor --ec2` tells\.$/);
  });

  it('says so when all is well', () => {
    const well = { ...result('agent-path'), seen: 'connected to 10.0.1.10' };
    expect(summaryLines(findCauses([well]), plainStyle).at(-1)).toBe(
      'On PrivateLink: connected to 10.0.1.10',
    );
  });

  it('marks results with colour on a terminal only', () => {
    expect(resultLine(result('imds'), plainStyle)).toBe(`pass  imds${' '.repeat(20)}ok was seen`);
    expect(resultLine(result('imds'), colourStyle)).toContain('\u001b[32mpass\u001b[0m');
  });

  it('keeps to 80 columns, whatever is found', () => {
    const one = fc.constantFrom(
      ...checks.flatMap(({ name, findings }) => Object.keys(findings).map((code) => result(name, code))),
    );
    fc.assert(
      fc.property(one, fc.string({ maxLength: 300 }), (given, seen) => {
        const shown = { ...given, seen: `${seen.replaceAll(/\S{60,}/g, '')} seen` };
        const lines = [resultLine(shown, plainStyle), ...summaryLines(findCauses([shown]), plainStyle)];
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
      }),
      { numRuns: 500 },
    );
  });

  it('gives machines the cause and what it explains', () => {
    expect(describeDiagnosis(findCauses(found))).toMatchObject({
      ok: false,
      counts: { pass: 1, warn: 1, fail: 2, skip: 0 },
      cause: { name: 'endpoints-complete', code: 'endpoints-missing', explains: ['endpoint-ecs'] },
      causes: ['daemon', 'endpoints-complete'],
      checks: [{ name: 'imds', status: 'pass', meaning: null, advice: null, becauseOf: null }, {}, {}, {}],
    });
  });
});
