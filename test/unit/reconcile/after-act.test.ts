import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import { afterAct } from '../../../src/reconcile/start-restart.ts';
import { restarted, Story } from './story.ts';

const refused: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };
const down = { exists: false };

function issued(): Story {
  const story = new Story();
  story.untilAct();
  return story;
}

describe('afterAct', () => {
  it('notes in the journal that the call was answered', () => {
    const { state } = issued();
    const after = afterAct(state, { performed: 'yes', problem: undefined });
    expect(after.journal.intent).toEqual({ ...state.journal.intent, acted: true });
    expect(afterAct(after, { performed: 'yes', problem: undefined })).toBe(after);
  });

  it('leaves the intent as it is when the call may yet take effect', () => {
    const { state } = issued();
    expect(afterAct(state, { performed: 'maybe', problem: refused })).toBe(state);
  });

  it('takes back a restart that was not made, and all is checked anew', () => {
    const story = issued();
    story.did('no', refused);
    expect(story.state.journal).toMatchObject({ restartsTotal: 0, transition: { attempts: 0 } });
    expect(story.state.journal).not.toHaveProperty('intent');
    expect(story.state.journal).not.toHaveProperty('lastRestart');
    expect(story.state.requestAnswer).toBeUndefined();
    expect(story.looks(2).act).toBeUndefined();
    expect(story.look().act?.verb).toBe('kill');
    expect(story.state.journal).toMatchObject({ restartsTotal: 1, transition: { attempts: 1 } });
  });

  it('leaves what is known of the last restart as it was when the next one was not made', () => {
    const story = restarted();
    story.look({ agent: { id: 'container-2', path: 'private' } });
    const { lastRestart } = story.state.journal;
    expect(lastRestart?.outcome).toBe('pending');
    story.look({ agent: { id: 'container-2', path: 'private' } });
    const before = story.state.journal;
    expect(before.lastRestart?.outcome).toBe('private');
    story.untilAct({ agent: { id: 'container-3' } });
    expect(story.state.journal.lastRestart?.outcome).toBe('pending');
    story.did('no', refused);
    expect(story.state.journal.lastRestart).toEqual(before.lastRestart);
    expect(story.state.journal.recentRestarts).toEqual(before.recentRestarts);
  });

  it('keeps the intent when a fallback could not be made, and goes on to the next', () => {
    for (const answered of ['yes', 'maybe'] as const) {
      const story = issued();
      story.did(answered);
      story.untilAct({ agent: down });
      const { intent } = story.state.journal;
      story.did('no', refused);
      expect(story.state.journal.intent).toEqual({ ...intent, fallbackCameTo: refused.message });
      expect(story.untilAct({ agent: down }, 1_000, 60).act?.verb).toBe('systemctl-restart');
    }
  });

  it('does nothing when there is no intent', () => {
    const { state } = new Story();
    for (const performed of ['yes', 'no', 'maybe'] as const) {
      expect(afterAct(state, { performed, problem: undefined })).toBe(state);
    }
  });

  it('a fallback that was answered is not taken for the restart’s own call', () => {
    const story = restarted();
    story.untilAct({ agent: down });
    story.did('yes');
    expect(story.state.journal.intent).toMatchObject({ acted: true, fallbackMonoMs: story.monoMs });
  });
});
