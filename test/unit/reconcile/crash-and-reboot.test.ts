import { describe, expect, it } from 'vitest';
import { allPublic } from './observations.ts';
import { newAgent, restarted, Story, told } from './story.ts';

describe('a daemon that is started anew', () => {
  it('counts all rounds anew, and keeps the count of attempts, the cool-down and the splay', () => {
    const story = restarted();
    story.sketch = { agent: newAgent, address: '10.0.1.11' };
    story.looks(62);
    const notBefore = story.state.journal.transition?.notBeforeMonoMs;
    story.daemonDies();
    expect(told(story.look())).toBe('settling: names-settling');
    story.untilAct();
    expect(story.monoMs).toBeGreaterThanOrEqual(notBefore ?? Number.NaN);
    expect(story.state.journal.transition?.attempts).toBe(2);

    const splayed = new Story({ splayDelayMs: 100_000 });
    splayed.look();
    const since = splayed.monoMs;
    splayed.looks(10);
    splayed.daemonDies();
    splayed.untilAct();
    expect(splayed.monoMs - since).toBe(100_000);
  });

  it('is settled at the first look where the restart was made just before the crash', () => {
    const story = new Story();
    story.untilAct();
    story.daemonDies();
    expect(told(story.look({ agent: { ...newAgent, path: 'private' }, close: false }, 800))).toBe(
      'verifying: verifying',
    );
    expect(told(story.look({ agent: { ...newAgent, path: 'private' }, close: false }, 200))).toBe(
      'settled: on-private-path',
    );
    expect(story.state.journal.restartsTotal).toBe(1);
  });
});

describe('a reboot of the instance', () => {
  it('during a restart leads to the verification of whatever starts then', () => {
    const story = restarted();
    story.look({ agent: { exists: false } });
    story.reboot();
    expect(told(story.look({ agent: { exists: false } }))).toBe('restarting: waiting-for-supervisor');
    expect(told(story.look({ agent: newAgent }))).toBe('verifying: verifying');
    expect(told(story.look({ agent: { ...newAgent, path: 'private' } }))).toBe('settled: on-private-path');
    expect(story.state.journal).toMatchObject({ restartsTotal: 1, transition: { attempts: 1 } });
  });

  it('during a restart of an unsupervised agent starts it, since nobody else does', () => {
    const story = restarted({}, { agent: { supervisor: 'none' } });
    story.reboot();
    expect(story.untilAct({ agent: { running: false } }, 1_000, 10).act).toMatchObject({ verb: 'start' });
  });

  it('keeps the count of attempts and what was left of the cool-down', () => {
    const story = restarted();
    story.sketch = { agent: newAgent, address: '10.0.1.11' };
    story.looks(60);
    const left = (story.state.journal.transition?.notBeforeMonoMs ?? 0) - story.monoMs;
    expect(left).toBeGreaterThan(200_000);
    story.reboot();
    const bootedAt = story.monoMs;
    story.untilAct();
    expect(story.monoMs - bootedAt).toBeGreaterThanOrEqual(left);
    expect(story.monoMs - bootedAt).toBeLessThanOrEqual(left + 5_000);
    expect(story.state.journal.transition?.attempts).toBe(2);
  });

  it('ends a verification by its deadline as any other', () => {
    const story = restarted();
    story.look({ agent: newAgent }, 100_000);
    story.reboot();
    story.sketch = { agent: newAgent };
    expect(told(story.look({}, 199_999))).toBe('verifying: verifying');
    story.look({}, 1);
    expect(story.state.journal.lastRestart?.outcome).toBe('public');
  });
});

describe('a wall clock that jumps', () => {
  it('changes nothing but the times that are shown', () => {
    const scripts = [0, 864e5, -864e5].map((jumpMs) => {
      const story = new Story({ splayDelayMs: 60_000 });
      const log: string[] = [];
      const look = (...[sketch, afterMs]: Parameters<Story['look']>) => {
        story.wallMs += jumpMs;
        const { act, look: next, events } = story.look(sketch, afterMs);
        if (act) story.did('yes');
        log.push(`${story.told} ${act?.verb} ${JSON.stringify(next)} ${events.map(({ code }) => code)}`);
      };
      look({ classes: allPublic });
      for (let count = 0; count < 50 && story.state.phase !== 'restarting'; count += 1) look();
      look({ agent: { exists: false } }, 500);
      for (let count = 0; count < 100; count += 1) look({ agent: newAgent, address: '10.0.1.11' });
      look({ agent: { ...newAgent, path: 'private' } });
      for (let count = 0; count < 3; count += 1)
        look({ agent: { ...newAgent, path: 'private' }, classes: allPublic });
      return log;
    });
    const phases = new Set(scripts[0]?.map((line) => line.split(' ', 2).join(' ')));
    expect([...phases]).toEqual([
      'waiting: names-not-private',
      'settling: names-settling',
      'scheduled: splay',
      'restarting: restarting',
      'restarting: waiting-for-supervisor',
      'verifying: verifying',
      'scheduled: cool-down',
      'settled: on-private-path',
      'waiting: endpoints-withdrawn',
    ]);
    expect(scripts[1]).toEqual(scripts[0]);
    expect(scripts[2]).toEqual(scripts[0]);
  });
});
