import { describe, expect, it } from 'vitest';
import { createPerformer } from '../../../src/daemon/performer.ts';
import type { ProblemCode } from '../../../src/kit/problem.ts';

const act = { verb: 'kill', containerId: 'container-1' } as const;
const { signal } = new AbortController();

const notAsked = () => Promise.reject(new Error('not to be asked'));

function performerThat(code: ProblemCode | undefined) {
  return createPerformer(
    {
      act: (asked, given) => {
        expect([asked, given]).toEqual([act, signal]);
        return Promise.resolve(code === undefined ? undefined : { code, message: 'm', advice: 'a' });
      },
    },
    notAsked,
  );
}

describe('what came of a call', () => {
  it('is known when it was answered', async () => {
    expect(await performerThat(undefined).perform(act, signal)).toEqual({
      performed: 'yes',
      problem: undefined,
    });
  });

  it.each<[ProblemCode, string]>([
    ['engine-missing', 'no'],
    ['engine-refused', 'no'],
    ['engine-no-permission', 'no'],
    ['engine-timeout', 'maybe'],
    ['engine-error', 'maybe'],
    ['engine-bad-answer', 'maybe'],
    ['agent-restart-failed', 'maybe'],
  ])('after %s is %s', async (code, performed) => {
    expect(await performerThat(code).perform(act, signal)).toMatchObject({ performed, problem: { code } });
  });

  it('of a question that cannot be put is no answer, and never an obstacle', async () => {
    const trust = { words: 't', by: {} };
    const question = { region: 'r', host: 'h', address: 'a', trust, cluster: 'c', containerInstanceArn: 'i' };
    expect(await performerThat(undefined).ask(question, signal)).toEqual({
      outcome: 'unanswered',
      why: 'not to be asked',
    });
    const stop = new AbortController();
    stop.abort(new Error('SIGTERM'));
    await expect(performerThat(undefined).ask(question, stop.signal)).rejects.toThrow('SIGTERM');
  });

  it('is described by the exact call', () => {
    expect(performerThat(undefined).describe(act)).toBe('POST /containers/container-1/kill?signal=SIGKILL');
  });

  it('rejects only with the signal’s reason', async () => {
    const reason = new Error('SIGTERM');
    const performer = createPerformer({ act: () => Promise.reject(reason) }, notAsked);
    await expect(performer.perform(act, signal)).rejects.toBe(reason);
  });
});
