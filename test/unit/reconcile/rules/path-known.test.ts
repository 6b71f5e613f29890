import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../../src/reconcile/phase.ts';
import { pathKnown } from '../../../../src/reconcile/rules/path-known.ts';
import { newProcess } from '../../../../src/reconcile/state.ts';
import { contextOf, foundOf, now } from '../contexts.ts';
import { limits } from '../observations.ts';

const transition = { privateSinceMonoMs: 20_000, privateSinceWallMs: 1, attempts: 0 };

describe('an agent whose connections cannot be read', () => {
  const since = (agoMs: number) => ({ ...newProcess('container-1'), unknownSinceMonoMs: now.monoMs - agoMs });
  /** It started at 10,000 ms, unless nobody knows when. */
  function unread(changed: object, started = true, agoMs = 120_000) {
    const context = contextOf({
      journal: { transition, ...changed },
      state: { process: since(agoMs) },
      sees: { agent: { path: 'unknown' } },
    });
    const { observation } = context;
    const { container } = observation.agent;
    const unstarted = container && { ...container, startedMonoMs: undefined };
    const agent = { ...observation.agent, container: started ? container : unstarted };
    const finding = pathKnown({ ...context, observation: { ...observation, agent } });
    const words = finding.result === 'spoke' ? finding.step.reason.message : '';
    return `${foundOf(finding)} ${words}`;
  }

  it('is restarted by its start time, once that is certain', () => {
    expect(unread({})).toContain('passed: it started before the endpoints were seen to be private');
    expect(unread({}, true, 119_999)).toContain('settling: path-unknown');
  });

  it('is not where it is not known when it started, or since when the endpoints are private', () => {
    expect(unread({}, false)).toMatch(/^blocked: path-unproven .*when it started is not known/);
    expect(unread({ transition: undefined })).toMatch(
      /^blocked: path-unproven .*since when the endpoints are private is not known/,
    );
  });
});

describe('an agent on the public path that is blocked for it, between two of its tries', () => {
  const found = (publicLooks: number, code: string, phase: 'blocked' | 'scheduled' = 'blocked') =>
    foundOf(
      pathKnown(
        contextOf({
          state: {
            phase,
            reason: { code, message: 'said before', advice: undefined } as Reason,
            process: { ...newProcess('container-1'), publicLooks },
          },
          sees: { agent: { path: 'unknown', publicSeen: false } },
        }),
      ),
    );

  it.each(['restart-off', 'dry-run', 'attempts-used-up'])('is told the same: %s', (code) => {
    expect(found(limits.pathRounds, code)).toBe(`blocked: ${code}`);
    expect(found(limits.pathRounds - 1, code)).toBe('settling: path-unknown');
    expect(found(limits.pathRounds, code, 'scheduled')).toBe('settling: path-unknown');
  });

  it('is not told what was about something else', () => {
    expect(found(limits.pathRounds, 'endpoint-tcp-timeout')).toBe('settling: path-unknown');
  });
});
