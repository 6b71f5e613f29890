import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/endpoints/classify.ts';
import type { RecordAnswer } from '../../../src/endpoints/dns-answer.ts';
import { createPrivateAddressRule } from '../../../src/endpoints/private-address.ts';

const rule = createPrivateAddressRule({ vpcCidrs: [], extraCidrs: [] });
const nameserver = '10.0.0.2';
const privateAddress = fc.constantFrom('10.0.0.1', '192.168.1.1', 'fd00::1', '100.64.0.1');
const publicAddress = fc.constantFrom('52.46.1.1', '2600::1', '127.0.0.1', '198.51.100.1');

function answers(address: fc.Arbitrary<string>): fc.Arbitrary<RecordAnswer> {
  return fc.oneof(
    fc
      .array(fc.record({ address, ttl: fc.nat(300) }), { minLength: 1, maxLength: 5 })
      .map((records) => ({ status: 'answered' as const, nameserver, records })),
    fc.constantFrom<RecordAnswer>(
      { status: 'no-data', nameserver },
      { status: 'no-such-name', nameserver },
      { status: 'failed', failures: [{ nameserver, reason: 'servfail', detail: 'answered SERVFAIL' }] },
    ),
  );
}

const any = answers(fc.oneof(privateAddress, publicAddress));

describe('the class of a name', () => {
  it('is private exactly when there are answers and all are private', () => {
    fc.assert(
      fc.property(any, any, (a, aaaa) => {
        const { class: seen, addresses } = classify(
          'h',
          { source: 'dns', answers: [{ name: 'h', a, aaaa }] },
          rule,
        );
        const verdicts = addresses.map((address) => address.private);
        expect(seen === 'private').toBe(verdicts.length > 0 && verdicts.every(Boolean));
        expect(seen === 'public').toBe(verdicts.length > 0 && !verdicts.some(Boolean));
        expect(seen === 'absent' || seen === 'failed').toBe(verdicts.length === 0);
      }),
    );
  });

  it('does not depend on the order of the answers', () => {
    fc.assert(
      fc.property(any, any, (a, aaaa) => {
        const reversed = (answer: RecordAnswer): RecordAnswer =>
          answer.status === 'answered' ? { ...answer, records: answer.records.toReversed() } : answer;
        expect(
          classify(
            'h',
            { source: 'dns', answers: [{ name: 'h', a: reversed(a), aaaa: reversed(aaaa) }] },
            rule,
          ),
        ).toEqual(classify('h', { source: 'dns', answers: [{ name: 'h', a, aaaa }] }, rule));
      }),
    );
  });

  it('has a problem exactly when it is mixed, absent or failed', () => {
    fc.assert(
      fc.property(any, any, (a, aaaa) => {
        const { class: seen, problem } = classify(
          'h',
          { source: 'dns', answers: [{ name: 'h', a, aaaa }] },
          rule,
        );
        expect(problem !== undefined).toBe(seen !== 'private' && seen !== 'public');
      }),
    );
  });
});
