import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/doctor/check.ts';
import type { DoctorHost } from '../../../src/doctor/doctor-host.ts';
import { passed } from '../../../src/doctor/finding.ts';
import { runChecks } from '../../../src/doctor/run-checks.ts';
import { LateError } from '../../../src/kit/deadline.ts';

const never = new AbortController().signal;

function check(name: Check['name'], run: Check['run'], needs: Check['needs'] = []): Check {
  return { name, title: name, findings: {}, needs, run };
}

/** A host that can be asked nothing but what is given here. */
function hostWith(readings: Partial<DoctorHost>): DoctorHost {
  return new Proxy(readings, {
    get: (target, name) => {
      if (name in target) return Reflect.get(target, name);
      throw new Error(`nobody told what ${String(name)} is`);
    },
  }) as DoctorHost;
}

describe('running checks', () => {
  it('side by side lets Node.js warn of nothing', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error) => void warnings.push(message);
    process.on('warning', note);
    try {
      const many = Array.from({ length: 24 }, () => check('imds', async () => passed('seen')));
      await runChecks(many, hostWith({}), () => {}, new AbortController().signal);
      await new Promise(setImmediate);
    } finally {
      process.off('warning', note);
    }
    expect(warnings).toEqual([]);
  });

  it('runs them side by side, and tells each in their order', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const told: string[] = [];
    const results = await runChecks(
      [
        check('imds', async () => {
          await gate;
          return passed('slow');
        }),
        check('clock', () => {
          release();
          return Promise.resolve(passed('quick'));
        }),
      ],
      hostWith({}),
      ({ name }) => void told.push(name),
      never,
    );
    expect(told).toEqual(['imds', 'clock']);
    expect(results.map(({ name }) => name)).toEqual(told);
  });

  it('reports a check that is late, and one that fails in a way not foreseen', async () => {
    let aborted = false;
    const results = await runChecks(
      [
        check('imds', (_, signal) => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
          return new Promise(() => {});
        }),
        check('clock', () => Promise.reject(new TypeError('x is not a function'))),
      ],
      hostWith({}),
      () => {},
      never,
    );
    expect(results).toMatchObject([
      { status: 'fail', code: 'late', seen: 'the check imds did not finish within 3 s' },
      { status: 'fail', code: 'defect', seen: 'x is not a function' },
    ]);
    expect(results[0]?.advice).toContain('doctor --only imds');
    expect(aborted).toBe(true);
  });

  it('waits for the readings that a check needs, whatever becomes of them', async () => {
    const readings = { observation: async () => Promise.reject(new LateError('reading IMDS', 3_000)) };
    const [result] = await runChecks(
      [check('region-and-suffix', async (host) => passed(String(await host.observation())), ['observation'])],
      hostWith(readings),
      () => {},
      never,
    );
    expect(result).toMatchObject({ code: 'late', seen: 'reading IMDS did not finish within 3 s' });
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const running = runChecks(
      [check('imds', () => new Promise(() => {}))],
      hostWith({}),
      () => {},
      stop.signal,
    );
    stop.abort(new Error('SIGINT'));
    await expect(running).rejects.toThrow('SIGINT');
  });
});
