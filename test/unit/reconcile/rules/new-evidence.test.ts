import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../../../src/reconcile/evidence.ts';
import type { LastRestart } from '../../../../src/reconcile/journal.ts';
import type { RestartOutcome } from '../../../../src/reconcile/restart-outcome.ts';
import { newEvidence } from '../../../../src/reconcile/rules/new-evidence.ts';
import { newProcess, type ProcessCount } from '../../../../src/reconcile/state.ts';
import { type ContextSketch, contextOf, foundOf } from '../contexts.ts';
import { type AgentSketch, observe } from '../observations.ts';

const didNotHelp = 'blocked: restart-did-not-help';
const lastRestart: LastRestart = {
  atWallMs: 1,
  verb: 'kill',
  outcome: 'public',
  evidence: evidenceOf(observe()),
  process: 'container-1',
};
const process = newProcess('container-1');

/** After a restart on the same evidence. */
function onceAfter(changed: Partial<LastRestart>, sketch: ContextSketch = {}): string {
  return foundOf(
    newEvidence(contextOf({ journal: { lastRestart: { ...lastRestart, ...changed } }, ...sketch })),
  );
}

describe('a restart on the same evidence as the last one', () => {
  it.each<[RestartOutcome, boolean]>([
    ['public', true],
    ['disconnected', true],
    ['not-registered', true],
    ['pending', false],
    ['private', false],
    ['unproven', false],
    ['failed', false],
    ['withdrawn', false],
    ['taken-over', false],
  ])('whose outcome was %s: forbidden is %s', (outcome, forbidden) => {
    expect(onceAfter({ outcome })).toBe(forbidden ? didNotHelp : 'passed: none that did not help');
  });

  it.each<[string, ProcessCount | undefined, boolean]>([
    ['that very process was seen on the public path since', { ...process, publicLooks: 1 }, true],
    ['it was not', process, false],
    ['another one was', { ...newProcess('container-2'), publicLooks: 9 }, false],
    ['none runs', undefined, false],
  ])('that could not be seen is forbidden where %s', (_, seen, forbidden) => {
    const found = onceAfter({ outcome: 'unproven' }, { state: { process: seen } });
    expect(found).toBe(forbidden ? didNotHelp : 'passed: none that did not help');
  });

  it('is not forbidden by another, by none, or to an operator', () => {
    expect(onceAfter({ evidence: 'another' })).toBe('passed: something has changed since');
    expect(foundOf(newEvidence(contextOf({})))).toBe('passed: none that did not help');
    const request = { id: 'r-1', ifNeeded: true };
    expect(onceAfter({}, { state: { request } })).toBe('passed: overridden by hand');
  });

  it.each<[string, AgentSketch, ProcessCount | undefined, boolean]>([
    ['whose path is not known yet', {}, process, true],
    ['of which nothing was counted', {}, undefined, true],
    ['that was seen elsewhere', {}, { ...process, publicLooks: 1 }, false],
    ['that was disconnected', {}, { ...process, disconnectedSinceMonoMs: 5 }, false],
    [
      'that was seen elsewhere and has opened a connection',
      { connectedMonoMs: 5 },
      { ...process, publicLooks: 1, disconnectedSinceMonoMs: 5 },
      true,
    ],
    ['whose path is known, with a connection', { path: 'public', connectedMonoMs: 5 }, process, false],
    ['whose path is known', { path: 'public' }, process, false],
  ])('is not told of an agent that may just be connecting: one %s', (_, agent, seen, mayBe) => {
    const found = onceAfter({}, { sees: { agent: { path: 'unknown', ...agent } }, state: { process: seen } });
    expect(found).toBe(mayBe ? 'passed: its path is not known yet' : didNotHelp);
  });
});
