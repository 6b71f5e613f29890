import { describe, expect, it } from 'vitest';
import { readJournal } from '../../../src/reconcile/journal-reading.ts';
import { fullJournal as full } from './journals.ts';

const odd = { of: 'another form' };

/** What is read of a journal that a later version wrote. */
function readLater(changed: object = {}) {
  return readJournal({ ...structuredClone(full), version: 2, ...changed });
}

/** Its intent, with a part of it changed. */
function intentWith(changed: object) {
  return readLater({ intent: { ...full.intent, ...changed } })?.journal.intent;
}

function without<Of extends object>(of: Of, ...names: (keyof Of)[]): Partial<Of> {
  const rest = { ...of };
  for (const name of names) delete rest[name];
  return rest;
}

describe('a journal of a later version', () => {
  it('in the form of this one is kept whole', () => {
    expect(readLater()).toStrictEqual({ journal: full, later: { version: 2, lost: [] } });
    expect(readLater({ version: 3 })?.later).toStrictEqual({ version: 3, lost: [] });
  });

  it.each(['instanceId', 'transition', 'intent', 'verifying', 'lastRestart', 'recentRestarts'] as const)(
    'loses %s where it is of another form, and keeps all else',
    (name) => {
      expect(readLater({ [name]: odd })).toStrictEqual({
        journal: { ...full, [name]: undefined },
        later: { version: 2, lost: [name] },
      });
    },
  );

  it('names what is new in it as lost, and nothing that was never there', () => {
    const { later } = readJournal({
      version: 2,
      bootId: 'boot-1',
      savedMonoMs: 10_000,
      waves: 3,
      hold: true,
    }) ?? { later: undefined };
    expect(later).toStrictEqual({ version: 2, lost: ['waves', 'hold'] });
  });

  it('counts its restarts from none where their number is of another form', () => {
    expect(readLater({ restartsTotal: odd })?.journal.restartsTotal).toBe(0);
  });

  it.each([
    ['no boot', { bootId: undefined }],
    ['no time', { savedMonoMs: undefined }],
    ['no version', { version: undefined }],
    ['a version before the first', { version: 0 }],
    ['a version in another form', { version: '2' }],
    ['this version and another form', { version: 1, intent: odd }],
  ])('with %s is none', (_, changed) => {
    expect(readLater(changed)).toBeUndefined();
  });

  it.each([undefined, null, 'state', 7, []])('is not %j', (found) => {
    expect(readJournal(found)).toBeUndefined();
  });

  it.each([
    // It may take as long as any, no unit is meant, and it was made.
    ['verb', 'systemctl-restart'],
    ['supervised', false],
    ['acted', true],
    ['fallbackMonoMs', undefined],
    ['fallbacks', undefined],
    ['fallbackCameTo', undefined],
    ['replaces', undefined],
    ['requestId', undefined],
  ] as const)('with an intent whose %s is not understood takes the safe one', (name, safe) => {
    expect(intentWith({ [name]: odd })).toStrictEqual({ ...full.intent, [name]: safe });
  });

  it('with an intent whose unit is not understood leaves the agent to the Engine', () => {
    expect(intentWith({ unit: odd })).toStrictEqual({ ...full.intent, unit: '', supervised: false });
  });

  it.each(['containerId', 'startedAt', 'atMonoMs'] as const)(
    'with an intent that does not tell its %s has none: the process that was to go is not known',
    (name) => {
      const read = readLater({ intent: without(full.intent, name) });
      expect(read?.journal.intent).toBeUndefined();
      expect(read?.later?.lost).toEqual(['intent']);
    },
  );

  it('keeps a verification whose duty is not understood, without it', () => {
    const verifying = { ...full.verifying, duty: odd, deadline: 5 };
    expect(readLater({ verifying })?.journal.verifying).toStrictEqual({ ...full.verifying, duty: undefined });
  });
});
