import { describe, expect, it } from 'vitest';
import { runLoop } from '../../../src/daemon/loop.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import { allPublic } from '../reconcile/observations.ts';
import { LoopStage } from './loop-parts.ts';

const done = { performed: 'yes', problem: undefined } as const;
const diskFull: Problem = { code: 'state-unwritable', message: 'disk full', advice: 'Free space.' };
const down = { agent: { exists: false } };
const forced = { id: 'r-1', ifNeeded: false };

describe('the loop', () => {
  it('looks, decides, tells and waits, and saves the journal only when it changes', async () => {
    const stage = new LoopStage();
    stage.looks = [{ classes: allPublic }];
    stage.endAfter = 3;
    await runLoop(stage.state(), stage.parts(), stage.bounded);
    expect(stage.trace).toEqual([
      'request?',
      'look waiting',
      'save journal',
      'told',
      'wait 5000',
      'request?',
      'look waiting',
      'told',
      'wait 5000',
      'request?',
      'look waiting',
      'told',
    ]);
    expect(stage.results.map(({ looks, state }) => [looks, state.phase])).toEqual([
      [1, 'waiting'],
      [2, 'waiting'],
      [3, 'waiting'],
    ]);
    expect(stage.saved[0]?.savedMonoMs).toBe(1_000_000);
  });

  it('has the intent on disk before the call, and its answer after it', async () => {
    const stage = new LoopStage();
    stage.looks = [{}];
    stage.acts = [done];
    stage.at = (where) => {
      if (where === 'act kill')
        expect(stage.saved.at(-1)?.intent).toMatchObject({ verb: 'kill', acted: false });
      if (where.startsWith('act')) stage.looks = [{ agent: { id: 'container-2', path: 'private' } }];
    };
    stage.endAfter = 6;
    const state = await runLoop(stage.state(), stage.parts(), stage.bounded);
    const from = stage.trace.indexOf('save intent');
    expect(stage.trace.slice(from, from + 5)).toEqual([
      'save intent',
      'told',
      'act kill',
      'save intent acted',
      'wait 200',
    ]);
    expect(stage.trace.filter((what) => what.startsWith('act'))).toEqual(['act kill']);
    expect(state.phase).toBe('settled');
    const call = {
      code: 'restart-issued',
      fields: expect.objectContaining({ call: 'call kill', cause: 'seen public' }),
    };
    expect(stage.logged).toContainEqual(call);
    expect(stage.codes).toEqual(expect.arrayContaining(['restart-new-process', 'restart-verified']));
  });

  it('asks what the agent will ask, tells the answer, and goes by it in the next look', async () => {
    const stage = new LoopStage();
    stage.limits = { preflight: 'auto' };
    stage.looks = [{}];
    const refused = { outcome: 'refused', said: 'no policy allows it' } as const;
    stage.answers = [refused, refused, { outcome: 'unanswered', why: 'throttled' }];
    stage.acts = [done];
    stage.endAfter = 60;
    stage.at = (where) => {
      if (where.startsWith('act')) stage.endAfter = 0;
    };
    await runLoop(stage.state(), stage.parts(), stage.bounded);
    const asked = stage.trace.indexOf('ask ecs.us-east-1.amazonaws.com');
    expect(stage.trace.slice(asked - 1, asked + 3)).toEqual([
      'told',
      'ask ecs.us-east-1.amazonaws.com',
      'wait 0',
      'request?',
    ]);
    expect(stage.results.map(({ state }) => state.reason.code)).toContain('preflight-refused');
    expect(stage.trace.filter((what) => what.startsWith('act'))).toEqual(['act kill']);
    const answers = stage.logged.filter(({ code }) => code === 'preflight-answered');
    expect(answers.map(({ fields }) => fields)).toEqual([
      {
        ...refused,
        host: 'ecs.us-east-1.amazonaws.com',
        address: '10.0.1.10',
      },
      { outcome: 'unanswered', why: 'throttled', host: 'ecs.us-east-1.amazonaws.com', address: '10.0.1.10' },
    ]);
  });

  it('logs the exact call of a dry run and does not make it', async () => {
    const stage = new LoopStage();
    stage.limits = { dryRun: true };
    stage.looks = [{}];
    await runLoop(stage.state(), stage.parts(), stage.bounded);
    expect(stage.trace.filter((what) => what.startsWith('act'))).toEqual([]);
    expect(stage.logged.filter(({ code }) => code === 'restart-dry-run')).toEqual([
      { code: 'restart-dry-run', fields: expect.objectContaining({ call: 'call kill' }) },
    ]);
  });

  it('notes a call that could not be made, and tells why', async () => {
    const stage = new LoopStage();
    stage.looks = [{}];
    const problem: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };
    stage.acts = [{ performed: 'no', problem }];
    stage.endAfter = 5;
    const state = await runLoop(stage.state(), stage.parts(), stage.bounded);
    expect(stage.logged).toContainEqual({
      code: 'restart-call-failed',
      fields: { problem: 'engine-refused', detail: 'nothing listens', advice: 'Start Docker.' },
    });
    expect(state.journal.restartsTotal).toBe(0);
    expect(stage.saved.at(-1)).not.toHaveProperty('intent');
  });

  describe('when the journal cannot be saved', () => {
    /** Sees the agent on the public path until it is killed, then no agent. */
    function stageWithDisk(full: (where: string) => boolean): LoopStage {
      const stage = new LoopStage();
      stage.looks = [{}];
      stage.at = (where) => {
        if (where === 'act kill') stage.looks = [down];
        if (where.startsWith('save')) stage.saves = [full(where) ? diskFull : undefined];
      };
      return stage;
    }

    it('makes no restart, says so once, and makes it once there is room again', async () => {
      let full = true;
      const stage = stageWithDisk(() => full);
      stage.endAfter = 30;
      await runLoop(stage.state(), stage.parts(), stage.bounded);
      expect(stage.trace.some((what) => what.startsWith('act'))).toBe(false);
      expect(stage.results.at(-1)?.state.reason).toEqual(diskFull);
      expect(
        stage.logged.filter(({ fields }) => Object.values(fields).includes('state-unwritable')),
      ).toHaveLength(1);
      // Not in a loop without a pause.
      const waits = stage.trace.filter((what) => what.startsWith('wait'));
      const looks = stage.trace.filter((what) => what.startsWith('look'));
      expect(looks.length - waits.length).toBeLessThanOrEqual(2);

      full = false;
      stage.endAfter += 5;
      stage.acts = [done];
      await runLoop(stage.results.at(-1)?.state ?? stage.state(), stage.parts(), stage.bounded);
      expect(stage.trace).toContain('act kill');
    });

    it('only for the intent makes no restart, and does not hold on to a problem that has passed', async () => {
      let full = true;
      const stage = stageWithDisk((where) => full && where === 'save intent');
      stage.endAfter = 4;
      const state = await runLoop(stage.state(), stage.parts(), stage.bounded);
      expect(stage.trace).toContain('save intent');
      expect(stage.trace).not.toContain('act kill');
      expect(state.journal).not.toHaveProperty('intent');
      expect(state.journal.restartsTotal).toBe(0);

      // The journal is again what lies on disk: that alone is no proof that there is room.
      full = false;
      const again = stageWithDisk(
        (where) => where === 'save intent' && again.trace.filter((what) => what === where).length === 1,
      );
      again.acts = [done];
      again.endAfter = 20;
      await runLoop(again.state(), again.parts(), again.bounded);
      expect(again.trace).toContain('act kill');
    });

    it('answers a forced restart instead of trying without a pause', async () => {
      const stage = stageWithDisk((where) => where.startsWith('save intent'));
      stage.looks = [{ classes: allPublic }];
      stage.requests = [forced];
      stage.endAfter = 2;
      const state = await runLoop(stage.state(), stage.parts(), stage.bounded);
      expect(state.requestAnswer).toMatchObject({ id: 'r-1', reason: { code: 'state-unwritable' } });
      expect(stage.trace.filter((what) => what.startsWith('look')).length).toBeLessThanOrEqual(3);
    });

    it('still brings back an agent that an earlier call has stopped', async () => {
      let full = false;
      const stage = stageWithDisk(() => full);
      const before = stage.at;
      stage.at = async (where) => {
        await before(where);
        if (where === 'act kill') full = true;
        if (where === 'act systemctl-start')
          stage.looks = [{ agent: { id: 'container-2', path: 'private' } }];
      };
      stage.acts = [done, done];
      stage.endAfter = 150;
      const state = await runLoop(stage.state(), stage.parts(), stage.bounded);
      expect(stage.trace.filter((what) => what.startsWith('act'))).toEqual([
        'act kill',
        'act systemctl-start',
      ]);
      expect(state.phase).toBe('settled');
    });
  });

  describe('survives', () => {
    it.each(['look', 'told', 'request?', 'act'])(
      'a defect in %s: logs it with its place, pauses, and goes on',
      async (where) => {
        const stage = new LoopStage();
        stage.looks = [{}];
        stage.acts = [done, done];
        let thrown = 0;
        stage.at = (what) => {
          if (what.startsWith(where) && thrown < 2) {
            thrown += 1;
            throw new TypeError('x is undefined');
          }
          if (what.startsWith('act')) stage.looks = [{ agent: { id: 'container-2', path: 'private' } }];
        };
        stage.endAfter = 400;
        await runLoop(stage.state(), stage.parts(), stage.bounded);
        const failed = stage.logged.filter(({ code }) => code === 'look-failed');
        expect(failed).toHaveLength(2);
        expect(failed[0]?.fields).toEqual({
          detail: 'x is undefined',
          stack: expect.stringContaining('loop.test.ts'),
        });
        expect(stage.trace.filter((what) => what === 'wait 5000').length).toBeGreaterThanOrEqual(2);
        expect(stage.results.length).toBe(400);
      },
    );

    it('a look that throws no error', async () => {
      const stage = new LoopStage();
      stage.looks = [{ classes: allPublic }];
      stage.endAfter = 1;
      let first = true;
      stage.at = (what) => {
        if (what === 'look waiting' && first) {
          first = false;
          throw 'a text';
        }
      };
      await runLoop(stage.state(), stage.parts(), stage.bounded);
      expect(stage.logged[0]).toEqual({
        code: 'look-failed',
        fields: { detail: 'a text', stack: undefined },
      });
    });

    it('and does not lose the request that was taken before', async () => {
      const stage = new LoopStage();
      stage.looks = [new Error('broken'), { classes: allPublic }];
      stage.requests = [forced];
      stage.acts = [done];
      stage.endAfter = 1;
      await runLoop(stage.state(), stage.parts(), stage.bounded);
      expect(stage.trace.filter((what) => what.startsWith('look'))).toEqual(['look close', 'look close']);
      expect(stage.results[0]?.state.journal.intent?.requestId).toBe('r-1');
    });
  });

  describe('ends at once when the signal aborts', () => {
    const places = [
      'request?',
      'look close',
      'save journal',
      'save intent',
      'told',
      'act kill',
      'save intent acted',
      'wait 5000',
      'wait 200',
    ];
    it.each(places)('within %s', async (place) => {
      const stage = new LoopStage();
      stage.looks = [{}];
      stage.acts = [done];
      const stop = new AbortController();
      stage.at = (where) => {
        if (where === place) stop.abort(new Error('SIGTERM'));
      };
      stage.endAfter = 50;
      const state = await runLoop(stage.state(), stage.parts(), stop.signal);
      const after = stage.trace.slice(stage.trace.indexOf(place) + 1);
      // What was begun is brought to its end without waiting: nothing new is looked at.
      expect(after.filter((what) => what.startsWith('look') || what.startsWith('request'))).toEqual(
        place === 'request?' ? ['look waiting'] : [],
      );
      expect(stage.codes).not.toContain('look-failed');
      if (place === 'act kill') {
        // Handed over by the journal.
        expect(stage.saved.at(-1)?.intent).toMatchObject({ verb: 'kill', acted: false });
        expect(state.journal.intent).toBeDefined();
      }
    });

    it('before the first look', async () => {
      const stage = new LoopStage();
      await runLoop(stage.state(), stage.parts(), AbortSignal.abort());
      expect(stage.trace).toEqual([]);
    });

    it('within the pause after a defect', async () => {
      const stage = new LoopStage();
      const stop = new AbortController();
      stage.looks = [new Error('broken')];
      stage.at = (where) => {
        if (where.startsWith('wait')) stop.abort();
      };
      await runLoop(stage.state(), stage.parts(), stop.signal);
      expect(stage.trace).toEqual(['request?', 'look waiting', 'wait 5000']);
    });
  });

  it('says what blocks once, with the advice', async () => {
    const stage = new LoopStage();
    stage.looks = [{}, { reachable: false }];
    stage.endAfter = 20;
    await runLoop(stage.state(), stage.parts(), stage.bounded);
    const about = stage.logged.filter(({ fields }) => Object.values(fields).includes('endpoint-tcp-timeout'));
    expect(about).toEqual([
      {
        code: 'phase-blocked',
        fields: expect.objectContaining({
          phase: 'blocked',
          reason: 'endpoint-tcp-timeout',
          advice: 'Open the security group of the endpoint.',
        }),
      },
    ]);
  });

  it('says each of several causes that alternate once, until the trouble is over', async () => {
    const stage = new LoopStage();
    const causes = (['engine-timeout', 'engine-refused'] as const).map((code) => ({
      agent: { engineProblem: { code, message: code, advice: 'Look at Docker.' } },
    }));
    const trouble = [...causes, ...causes, ...causes];
    stage.looks = [...trouble, { classes: allPublic }, ...trouble];
    stage.endAfter = stage.looks.length;
    await runLoop(stage.state(), stage.parts(), stage.bounded);
    const said = stage.logged
      .filter(({ code }) => code === 'problem' || code === 'phase-blocked')
      .map(({ code, fields }) => `${code} ${fields['reason'] ?? fields['problem']}`);
    const once = ['problem engine-timeout', 'phase-blocked engine-refused', 'phase-blocked engine-timeout'];
    expect(said).toEqual([...once, ...once]);
    const changes = stage.logged.filter(({ code }) => /^phase-(changed|blocked)$/.test(code));
    expect(changes.some(({ fields }) => fields['from'] === undefined)).toBe(true);
    expect(changes.filter(({ fields }) => fields['from'] === fields.phase)).toEqual([]);
  });

  it('sees to a request at the next look, closely', async () => {
    const stage = new LoopStage();
    stage.looks = [{ classes: allPublic }];
    stage.acts = [done];
    stage.at = (where) => {
      if (where === 'wait 5000') stage.requests = [forced];
    };
    stage.endAfter = 2;
    await runLoop(stage.state(), stage.parts(), stage.bounded);
    expect(stage.trace.filter((what) => /look|save/.test(what))).toEqual([
      'look waiting',
      'save journal',
      'look close',
      'save intent',
    ]);
  });
});
