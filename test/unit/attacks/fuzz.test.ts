import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { formatLine } from '../../../src/report/log-line.ts';
import { nearest } from '../../../src/settings/nearest.ts';
import { inCheckout } from '../../lab/checkout.ts';
import { runs } from '../../size.ts';

it.concurrent.each(['fuzz', 'fuzz-aws'])(
  '%s: no parser of foreign bytes breaks its promise, whatever it is given',
  { timeout: 600_000 },
  async (program) => {
    const inputs = String(runs(100, 150));
    const child = spawn(
      process.execPath,
      [inCheckout('test/lab/run-typescript.mjs'), inCheckout(`test/fuzz/${program}.ts`), inputs],
      { cwd: inCheckout('.') },
    );
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    const [status] = await once(child, 'close');
    expect(status, said).toBe(0);
  },
);

it('found by it: a field’s name with a newline began a line of its own in the text log', () => {
  const line = formatLine(JSON.stringify({ time: '', level: 'warn', msg: 'm', 'a\n12:00 ERROR b': 'c d' }));
  expect(line.indexOf('\n')).toBe(line.length - 1);
});

it('found by it: a key of 60,000 letters was compared with every setting, letter by letter', () => {
  const before = process.cpuUsage();
  const candidates = Array.from({ length: 40 }, (_, index) => `ECS_PRIVATELINKD_SETTING_${index}`);
  expect(nearest('x'.repeat(60_000), candidates)).toBeUndefined();
  const { user } = process.cpuUsage(before);
  expect(user / 1000).toBeLessThan(1_000);
});
