import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../../src/reconcile/evidence.ts';
import type { Intent, Journal, LastRestart } from '../../../src/reconcile/journal.ts';
import type { Policy } from '../../../src/reconcile/policy.ts';
import { afterAct, startRestart, undoAttempt, withCoolDown } from '../../../src/reconcile/start-restart.ts';
import { newProcess } from '../../../src/reconcile/state.ts';
import { type ContextSketch, contextOf, now, stateWith } from './contexts.ts';
import { type AgentSketch, activeUnit, limits, observe } from './observations.ts';

const at = now.monoMs;
const refused = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' } as const;
const last: LastRestart = { atWallMs: 3, verb: 'kill', outcome: 'public', evidence: 'before' };
const transition = { privateSinceMonoMs: 5, privateSinceWallMs: 6, attempts: 1, notBeforeMonoMs: 7 };
const request = { id: 'r-1', ifNeeded: false };
/** What is there before a restart. */
const before: Journal = {
  version: 1,
  bootId: 'boot-1',
  instanceId: 'i-1',
  savedMonoMs: 1,
  restartsTotal: 4,
  recentRestarts: [11, 12],
  lastRestart: last,
  transition,
};

describe('a restart that is begun', () => {
  const context = contextOf({ journal: before, state: { request }, sees: { agent: { unit: activeUnit } } });
  const step = startRestart(context, 'seen public');

  it('asks for the call, and tells of it with its cause and its number', () => {
    expect(step.phase).toBe('restarting');
    expect(step.reason).toMatchObject({ code: 'restarting', advice: undefined });
    expect(step.reason.message).toContain('(kill)');
    expect(step.act).toMatchObject({ verb: 'kill', containerId: 'container-1' });
    expect(step.events).toStrictEqual([
      {
        code: 'restart-issued',
        fields: { verb: 'kill', container: 'container-1', cause: 'seen public', attempt: 2 },
      },
    ]);
  });

  it('is in the journal, with what was there before it for the case that it is never made', () => {
    expect(step.state).toStrictEqual({
      ...context.state,
      intentOwned: true,
      request: undefined,
      journal: {
        ...before,
        restartsTotal: 5,
        recentRestarts: [11, 12, at],
        transition: { ...transition, attempts: 2 },
        intent: {
          verb: 'kill',
          supervised: true,
          unit: 'ecs.service',
          containerId: 'container-1',
          startedAt: 'first start',
          atMonoMs: at,
          acted: false,
          requestId: 'r-1',
          replaces: last,
        },
        lastRestart: {
          atWallMs: now.wallMs,
          verb: 'kill',
          outcome: 'pending',
          evidence: evidenceOf(context.observation),
          requestId: 'r-1',
        },
      },
    });
  });

  it('says nothing of a request, a transition or an earlier restart that is not there', () => {
    const bare = startRestart(contextOf({}), 'seen public');
    expect(bare.state.journal).toStrictEqual({
      ...contextOf({}).state.journal,
      restartsTotal: 1,
      recentRestarts: [at],
      intent: {
        verb: 'kill',
        supervised: true,
        unit: 'ecs.service',
        containerId: 'container-1',
        startedAt: 'first start',
        atMonoMs: at,
        acted: false,
      },
      lastRestart: {
        atWallMs: now.wallMs,
        verb: 'kill',
        outcome: 'pending',
        evidence: evidenceOf(observe()),
      },
    });
    expect(bare.events?.[0]?.fields['attempt']).toBeUndefined();
  });

  it('is remembered with the eleven before it', () => {
    const recentRestarts = Array.from({ length: 12 }, (_, index) => index);
    const { journal } = startRestart(contextOf({ journal: { recentRestarts } }), '').state;
    expect(journal.recentRestarts).toEqual([...recentRestarts.slice(1), at]);
  });

  it.each<[string, AgentSketch, Partial<Policy>, Partial<Intent>]>([
    ['ecs-init’s', {}, {}, { verb: 'kill', supervised: true }],
    ['a unit’s', { supervisor: 'unit' }, {}, { verb: 'systemctl-restart', supervised: true }],
    ['nobody’s', { supervisor: 'none' }, {}, { verb: 'kill', supervised: false }],
    [
      'nobody’s, restarted by the unit of the settings',
      { supervisor: 'none' },
      { restart: 'systemd', agentUnit: 'mine.service' },
      { verb: 'systemctl-restart', supervised: true, unit: 'mine.service' },
    ],
    [
      'of the unit that was seen, whatever the settings name',
      { unit: { ...activeUnit, name: 'seen.service' } },
      { agentUnit: 'mine.service' },
      { unit: 'seen.service' },
    ],
  ])('of an agent that is %s is its to bring back', (_, agent, changed, intent) => {
    const { journal } = startRestart(contextOf({ sees: { agent }, limits: changed }), '').state;
    expect(journal.intent).toMatchObject(intent);
  });

  it.each<[string, ContextSketch, string | undefined]>([
    ['restarts are switched off', { limits: { restart: 'off' } }, undefined],
    ['they are, and an operator asks', { limits: { restart: 'off' }, state: { request } }, 'kill'],
    [
      'an operator asks, and the settings say by which way',
      { limits: { restart: 'systemd' }, state: { request } },
      'systemctl-restart',
    ],
    ['nobody can say who runs it', { sees: { agent: { supervisor: 'unknown' } } }, undefined],
    ['there is no container', { sees: { agent: { exists: false } } }, undefined],
  ])('is made, or not, where %s', (_, sketch, verb) => {
    const context = contextOf(sketch);
    const { act, phase, reason, state } = startRestart(context, '');
    expect(act?.verb).toBe(verb);
    if (verb !== undefined) return;
    expect(`${phase}: ${reason.code}`).toBe('blocked: no-safe-restart');
    expect(state).toBe(context.state);
  });
});

describe('a dry run', () => {
  const process = { ...newProcess('container-1'), publicLooks: 3 };
  const sketch: ContextSketch = { state: { process }, limits: { dryRun: true } };

  it('tells the call once for a process, and changes nothing else', () => {
    const context = contextOf(sketch);
    const step = startRestart(context, 'seen public');
    const told = { ...context.state, process: { ...process, dryRunTold: true } };
    expect(step).toStrictEqual({
      state: told,
      phase: 'blocked',
      reason: { code: 'dry-run', message: expect.stringContaining('(kill)'), advice: expect.any(String) },
      act: expect.objectContaining({ verb: 'kill', containerId: 'container-1' }),
      dryRun: true,
      events: [
        {
          code: 'restart-dry-run',
          fields: { verb: 'kill', container: 'container-1', cause: 'seen public' },
        },
      ],
    });
    const again = startRestart({ ...context, state: told }, 'seen public');
    expect(again).toStrictEqual({ state: told, phase: 'blocked', reason: step.reason });
  });

  it('tells it of a process that was not counted, too', () => {
    const { state, events } = startRestart(contextOf({ limits: { dryRun: true } }), '');
    expect(state.process).toBeUndefined();
    expect(events).toHaveLength(1);
  });
});

describe('what a call came to', () => {
  const intent: Intent = {
    verb: 'kill',
    supervised: true,
    unit: 'ecs.service',
    containerId: 'container-1',
    startedAt: 'first start',
    atMonoMs: at,
    acted: false,
  };
  const duty = { verb: 'kill', supervised: true, unit: 'ecs.service', fallbackMonoMs: at } as const;
  const verifying = { containerId: 'container-2', startedAt: 'second start', sinceMonoMs: at };
  const state = (journal: Partial<Journal>) => stateWith({ intentOwned: true }, { ...before, ...journal });

  it('is noted: it was answered', () => {
    const asked = state({ intent });
    expect(afterAct(asked, { performed: 'yes', problem: undefined })).toStrictEqual({
      ...asked,
      journal: { ...asked.journal, intent: { ...intent, acted: true } },
    });
  });

  it('is noted of a fallback: what kept it from going through', () => {
    const fallback = { ...intent, fallbackMonoMs: at, fallbacks: 1 };
    const asked = state({ intent: fallback });
    for (const performed of ['no', 'maybe'] as const) {
      expect(afterAct(asked, { performed, problem: refused })).toStrictEqual({
        ...asked,
        journal: { ...asked.journal, intent: { ...fallback, fallbackCameTo: 'nothing listens' } },
      });
    }
  });

  it('is noted of a fallback while the agent is verified', () => {
    const asked = state({ verifying: { ...verifying, duty } });
    expect(afterAct(asked, { performed: 'no', problem: refused })).toStrictEqual({
      ...asked,
      journal: {
        ...asked.journal,
        verifying: { ...verifying, duty: { ...duty, fallbackCameTo: 'nothing listens' } },
      },
    });
    expect(afterAct(asked, { performed: 'yes', problem: undefined })).toStrictEqual(asked);
  });

  it('is nothing where no restart is under way, nor a duty to bring the agent back', () => {
    for (const journal of [{}, { verifying }]) {
      const asked = state(journal);
      expect(afterAct(asked, { performed: 'no', problem: refused })).toBe(asked);
      expect(afterAct(asked, { performed: 'yes', problem: undefined })).toBe(asked);
    }
  });

  it('is not known, or was known before: nothing is changed', () => {
    const open = state({ intent });
    expect(afterAct(open, { performed: 'maybe', problem: refused })).toBe(open);
    const acted = state({ intent: { ...intent, acted: true } });
    for (const performed of ['yes', 'no', 'maybe'] as const) {
      expect(afterAct(acted, { performed, problem: refused })).toBe(acted);
    }
  });

  it('was not made: as if it had never been begun', () => {
    const asked = state({ intent });
    const after = afterAct(asked, { performed: 'no', problem: refused });
    expect(after).toStrictEqual(undoAttempt(asked, intent, refused));
    expect(after.journal).not.toHaveProperty('intent');
  });
});

describe('a restart that is taken back', () => {
  const begun = startRestart(
    contextOf({
      journal: before,
      state: {
        request,
        endpoints: {
          readyRounds: 3,
          notPrivateRounds: 0,
          privateSince: now,
          lastRoundMonoMs: 5,
          withdrawn: true,
        },
      },
    }),
    '',
  ).state;
  const intent = begun.journal.intent as Intent;

  it('leaves the journal as it was before; all is checked anew, and who asked is told why', () => {
    expect(undoAttempt(begun, intent, refused)).toStrictEqual({
      ...begun,
      endpoints: { ...begun.endpoints, readyRounds: 0 },
      journal: before,
      intentOwned: false,
      requestAnswer: { id: 'r-1', phase: 'blocked', reason: refused },
    });
  });

  it('is not answered where nobody asked for it, or there is nothing to say', () => {
    expect(undoAttempt(begun, intent, undefined).requestAnswer).toBeUndefined();
    const { requestId: _, ...unasked } = intent;
    expect(undoAttempt(begun, unasked, refused).requestAnswer).toBeUndefined();
  });

  it('never counts below none, and leaves out what was not there', () => {
    const bare = stateWith({}, { intent, lastRestart: last });
    const { replaces: _, ...first } = intent;
    expect(undoAttempt(bare, first, undefined).journal).toStrictEqual(stateWith().journal);
    const none = stateWith({}, { transition: { ...transition, attempts: 0 } });
    expect(undoAttempt(none, first, undefined).journal.transition?.attempts).toBe(0);
  });
});

describe('the cool-down after a restart', () => {
  const coolDownsMs = [100, 200];

  it.each([
    [0, 100],
    [1, 100],
    [2, 200],
    [3, 200],
    [9, 200],
  ])('after attempt %i takes %i ms, the last one from then on', (attempts, ms) => {
    const journal = { ...before, transition: { ...transition, attempts } };
    expect(withCoolDown(journal, now, { ...limits, coolDownsMs })).toStrictEqual({
      ...journal,
      transition: { ...journal.transition, notBeforeMonoMs: at + ms },
    });
  });

  it('is none where none is set, and where no transition is under way', () => {
    const none = withCoolDown(before, now, { ...limits, coolDownsMs: [] });
    expect(none.transition?.notBeforeMonoMs).toBe(at);
    const { transition: _, ...without } = before;
    expect(withCoolDown(without, now, limits)).toBe(without);
  });
});
