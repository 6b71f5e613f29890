import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../../src/kit/problem.ts';
import { parseUnit } from '../../../src/supervision/supervisor-unit.ts';
import { readUnit } from '../../../src/supervision/systemctl.ts';

function show(properties: Record<string, string>): string {
  const all = {
    LoadState: 'loaded',
    ActiveState: 'active',
    SubState: 'running',
    ExecMainCode: '0',
    ExecMainStatus: '0',
    ...properties,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const active = {
  name: 'ecs.service',
  loaded: true,
  activeState: 'active',
  subState: 'running',
  jobQueued: false,
  mainExitStatus: undefined,
  mainPid: undefined,
  controlGroup: undefined,
  starts: '',
};

describe('parseUnit', () => {
  it('of a running unit', () => {
    expect(parseUnit('ecs.service', show({}))).toEqual(active);
  });

  it('of one that ended for good with 5', () => {
    const text = show({ ActiveState: 'failed', SubState: 'failed', ExecMainCode: '1', ExecMainStatus: '5' });
    expect(parseUnit('ecs.service', text)).toMatchObject({ activeState: 'failed', mainExitStatus: 5 });
  });

  it('does not take a signal for an exit code', () => {
    const text = show({ ActiveState: 'failed', ExecMainCode: '2', ExecMainStatus: '5' });
    expect(parseUnit('ecs.service', text)?.mainExitStatus).toBeUndefined();
  });

  it('of one that was stopped on purpose', () => {
    const text = show({ ActiveState: 'inactive', SubState: 'dead', ExecMainCode: '1' });
    expect(parseUnit('ecs.service', text)).toMatchObject({ activeState: 'inactive', mainExitStatus: 0 });
  });

  it('knows a job that waits to start it from one that stops it', () => {
    const queued = show({ ActiveState: 'inactive', SubState: 'dead', Job: '131' });
    expect(parseUnit('ecs.service', queued)?.jobQueued).toBe(true);
    const stopping = show({ ActiveState: 'deactivating', SubState: 'stop', Job: '132' });
    expect(parseUnit('ecs.service', stopping)?.jobQueued).toBe(false);
  });

  it('of one that does not exist', () => {
    const text = show({ LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead' });
    expect(parseUnit('ecs.service', text)?.loaded).toBe(false);
  });

  it('is undefined for other output', () => {
    expect(parseUnit('ecs.service', 'Failed to connect to bus\n')).toBeUndefined();
    expect(parseUnit('ecs.service', '')).toBeUndefined();
  });
});

describe('readUnit', () => {
  const signal = new AbortController().signal;

  it('asks for what it uses', async () => {
    const asked: unknown[] = [];
    const unit = await readUnit(
      (words) => {
        asked.push(words);
        return Promise.resolve(show({}));
      },
      'ecs.service',
      signal,
    );
    expect(unit).toEqual(active);
    expect(asked).toEqual([
      [
        'show',
        'ecs.service',
        expect.stringMatching(/^--property=Id,LoadState,.*MainPID,ControlGroup,ExecStart/),
        '--no-pager',
      ],
    ]);
  });

  it('is undefined without systemd', async () => {
    const missing = () =>
      Promise.reject(new ProblemError({ code: 'systemctl-missing', message: '', advice: '' }));
    expect(await readUnit(missing, 'ecs.service', signal)).toBeUndefined();
  });

  it('rejects when aborted', async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    const never = () => Promise.reject(new Error('aborted'));
    await expect(readUnit(never, 'ecs.service', aborted)).rejects.toThrow('enough');
  });
});
