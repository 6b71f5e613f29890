import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCauses } from '../../../src/doctor/causes.ts';
import { checks } from '../../../src/doctor/checks.ts';
import { describeDiagnosis } from '../../../src/doctor/describe-diagnosis.ts';
import { colourStyle, plainStyle, resultLines, summaryLines } from '../../../src/doctor/text/report.ts';
import { result } from './results.ts';

const found = [
  result('imds'),
  result('endpoints-complete', 'endpoints-missing'),
  result('endpoint-ecs', 'endpoint-public'),
  result('daemon', 'daemon-not-running'),
];

describe('what doctor prints', () => {
  it('puts the cause last, and what follows from it before', () => {
    const text = summaryLines(findCauses(found), plainStyle, 80).join('\n');
    expect(text).toContain('4 checks: 1 passed, 1 warned, 2 failed, 0 skipped');
    expect(text).toContain('  because of endpoints-complete: endpoint-ecs');
    const [, afterWarning = ''] = text.split('Warning: daemon (daemon-not-running)');
    expect(afterWarning).toContain('THE CAUSE: endpoints-complete (endpoints-missing)');
    expect(afterWarning.trimEnd()).toMatch(/ecs-privatelinkd doctor --ec2` tells\.$/);
  });

  it('says so when all is well', () => {
    const well = { ...result('agent-path'), seen: 'connected to 10.0.1.10' };
    expect(summaryLines(findCauses([well]), plainStyle, 80).at(-1)).toBe(
      'On PrivateLink: connected to 10.0.1.10',
    );
  });

  it('marks results with colour on a terminal only', () => {
    expect(resultLines(result('imds'), plainStyle, 80)).toEqual([`pass  imds${' '.repeat(20)}ok was seen`]);
    expect(resultLines(result('imds'), colourStyle, 80)[0]).toContain('\u001b[32mpass\u001b[0m');
  });

  it.each([40, 79, 80, 200])('keeps to %i columns, whatever is found, and shows all of it', (width) => {
    const one = fc.constantFrom(
      ...checks.flatMap(({ name, findings }) => Object.keys(findings).map((code) => result(name, code))),
    );
    fc.assert(
      fc.property(one, fc.string({ maxLength: 300 }), (given, text) => {
        const seen = `${text.replaceAll(/\S{20,}/g, '')} seen`;
        const shown = { ...given, seen, advice: given.advice?.replaceAll(/\S{30,}/g, 'X') };
        const result = resultLines(shown, plainStyle, width);
        const lines = [...result, ...summaryLines(findCauses([shown]), plainStyle, width)];
        // One word of a command may be longer than a line.
        const long = lines.filter((line) => [...line].length > width).map((line) => line.replace(/ \\$/, ''));
        for (const line of long) expect(line.trim()).toMatch(/^(\S+|.*['"].*)$/);
        expect(result.join(' ')).not.toContain('…');
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
