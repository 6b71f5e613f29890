import type { CheckResult, CheckStatus } from '../../../src/doctor/check.ts';
import { checks } from '../../../src/doctor/checks.ts';
import type { CheckName } from '../../../src/doctor/order.ts';

/** A result as the check would give it, for tests of what is made of results. */
export function result(name: CheckName, code = 'ok'): CheckResult {
  const check = checks.find((one) => one.name === name);
  const finding = check?.findings[code];
  const status: CheckStatus = code === 'ok' ? 'pass' : code === 'late' ? 'fail' : (finding?.status ?? 'fail');
  if (code !== 'ok' && code !== 'late' && finding === undefined)
    throw new Error(`${name} never finds ${code}`);
  return {
    name,
    status,
    code,
    seen: `${code} was seen`,
    meaning: finding?.meaning,
    advice: finding?.advice,
    durationMs: 1,
  };
}
