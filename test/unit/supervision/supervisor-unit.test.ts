import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../../src/kit/problem.ts';
import { isStopped, parseUnit, startsAgent } from '../../../src/supervision/supervisor-unit.ts';
import { readServices, readUnit } from '../../../src/supervision/systemctl.ts';

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
  endsAll: true,
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

describe('how a unit ended', () => {
  /** As systemd 252 printed them, in microseconds, cut to the last digits. */
  const timestamps = (began: number, entered: number, left: number, mainEnded: number) => ({
    InactiveExitTimestampMonotonic: `${began}`,
    ActiveEnterTimestampMonotonic: `${entered}`,
    ActiveExitTimestampMonotonic: `${left}`,
    ExecMainExitTimestampMonotonic: `${mainEnded}`,
  });
  const failed = { ActiveState: 'failed', SubState: 'failed', Result: 'exit-code' };
  const inactive = { ActiveState: 'inactive', SubState: 'dead', Result: 'success' };

  it.each<[string, Record<string, string>, boolean | undefined]>([
    ['its process ended with 137', { ...failed, ...timestamps(4350878, 4350878, 5352740, 5352547) }, false],
    [
      'stopped, its process ended with 137',
      { ...failed, ...timestamps(4501501, 4501501, 7450270, 7460569) },
      true,
    ],
    [
      'stopped, a oneshot whose ExecStop failed',
      { ...failed, ...timestamps(4596959, 4599702, 8757039, 4599550) },
      true,
    ],
    ['stopped, and ended well', { ...inactive, ...timestamps(8541140, 8541140, 9182774, 9183422) }, true],
    ['its process ended well', { ...inactive, ...timestamps(8541140, 8541140, 9183774, 9183422) }, false],
    [
      'stopped while it waited to start again',
      { ...inactive, Result: 'exit-code', ...timestamps(5562193, 4514031, 5561923, 5561674) },
      true,
    ],
    [
      'started too often',
      { ...failed, NRestarts: '5', ...timestamps(9928342, 9725370, 9928102, 9927816) },
      undefined,
    ],
    [
      'restarted, and its ExecStartPre failed',
      { ...failed, ...timestamps(8617876, 4584240, 8607859, 0) },
      undefined,
    ],
    [
      'stopped in its ExecStartPre',
      { ...failed, Result: 'signal', ...timestamps(4680526, 0, 0, 0) },
      undefined,
    ],
    ['forgotten by systemd', { ...inactive, ...timestamps(0, 0, 0, 0) }, undefined],
    [
      'its condition was not met',
      { ...inactive, Result: 'exec-condition', ...timestamps(9, 1, 2, 3) },
      undefined,
    ],
    [
      'stopped by systemd for want of memory',
      { ...failed, Result: 'oom-kill', ...timestamps(1000, 1000, 2000, 3000) },
      false,
    ],
  ])('%s', (_, properties, asked) => {
    const unit = parseUnit('ecs.service', show(properties));
    expect(unit?.end?.asked).toBe(asked);
    const stopped = asked === true || properties['ActiveState'] === 'inactive';
    expect(unit && isStopped(unit)).toBe(stopped);
    expect(unit && isStopped({ ...unit, jobQueued: true })).toBe(false);
    // Masked or deleted in the same breath.
    expect(unit && isStopped({ ...unit, loaded: false })).toBe(asked === true);
  });

  it('tells when the run began that ended', () => {
    const text = show({ ...failed, ...timestamps(4501501, 4501501, 7450270, 7460569) });
    expect(parseUnit('ecs.service', text)?.end?.beganMonoMs).toBe(4501.501);
  });

  it('says nothing of one that is up, or is about to be', () => {
    const of = (ActiveState: string) =>
      parseUnit('ecs.service', show({ ActiveState, ...timestamps(3, 3, 1, 2) }));
    for (const state of ['active', 'activating', 'deactivating']) expect(of(state)).not.toHaveProperty('end');
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
        expect.stringMatching(/^--property=Id,LoadState,.*MainPID,ControlGroup,ExecStartPre,ExecStart/),
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

describe('what is read of a unit', () => {
  const parsed = (properties: Record<string, string>) => parseUnit('ecs.service', show(properties));

  it('is a job by its number, whichever', () => {
    expect(parsed({ Job: '1' })?.jobQueued).toBe(true);
    expect(parsed({ Job: '0' })?.jobQueued).toBe(false);
    expect(parsed({})?.jobQueued).toBe(false);
  });

  it('is no property where the line has no value', () => {
    expect(parseUnit('ecs.service', 'LoadState:\n')).toBeUndefined();
  });
});

describe('how a run of a unit ended', () => {
  /** In microseconds: it began at 1,000, was active from 2,000 to 3,000. */
  function endOf(mainEnded: number, changed: Record<string, string> = {}) {
    return parseUnit(
      'ecs.service',
      show({
        ActiveState: 'inactive',
        Result: 'success',
        InactiveExitTimestampMonotonic: '1000',
        ActiveEnterTimestampMonotonic: '2000',
        ActiveExitTimestampMonotonic: '3000',
        ExecMainExitTimestampMonotonic: String(mainEnded),
        ...changed,
      }),
    )?.end;
  }
  const asked = { asked: true, beganMonoMs: 1 };
  const byItself = { asked: false, beganMonoMs: 1 };

  it('is as somebody asked where it left `active` before its process ended', () => {
    expect(endOf(3_001)).toStrictEqual(asked);
    expect(endOf(3_000)).toStrictEqual(byItself);
    expect(endOf(2_999)).toStrictEqual(byItself);
  });

  it('is as somebody asked where the process had ended before it was active', () => {
    expect(endOf(1_999)).toStrictEqual(asked);
    expect(endOf(2_000)).toStrictEqual(byItself);
  });

  it('is as somebody asked where a failed one is inactive: it was stopped while it waited', () => {
    for (const Result of ['exit-code', 'signal', 'core-dump', 'timeout']) {
      expect(endOf(2_999, { Result })).toStrictEqual(asked);
      expect(endOf(2_999, { Result, ActiveState: 'failed' })).toStrictEqual(byItself);
    }
  });

  it('is systemd’s own doing for want of memory and for its watchdog', () => {
    for (const Result of ['oom-kill', 'watchdog']) expect(endOf(3_001, { Result })).toStrictEqual(byItself);
  });

  it('is not known of one that was never active, has no process that ended, or runs', () => {
    expect(endOf(3_001, { ActiveExitTimestampMonotonic: '999' })).toBeUndefined();
    expect(endOf(3_001, { ActiveExitTimestampMonotonic: '1000' })).toStrictEqual(asked);
    expect(endOf(0)).toBeUndefined();
    expect(endOf(3_001, { ActiveState: 'active' })).toBeUndefined();
    expect(endOf(3_001, { ActiveState: 'activating' })).toBeUndefined();
  });
});

describe('a command line', () => {
  it.each<[string, ReturnType<typeof startsAgent>]>([
    ['{ path=/usr/libexec/amazon-ecs-init ; argv[]=/usr/libexec/amazon-ecs-init start ; }', 'ecs-init'],
    ['/usr/libexec/amazon-ecs-init pre-start', undefined],
    ['/usr/libexec/amazon-ecs-init started', undefined],
    ['{ path=/usr/bin/docker ; argv[]=/usr/bin/docker run --name ecs-agent image ; }', 'container'],
    ['docker run --name=ecs-agent image', 'container'],
    ['docker create --name ecs-agent image', 'container'],
    ['docker start ecs-agent', 'container'],
    ['docker restart -t 5 ecs-agent', 'container'],
    ['/bin/sh -c "docker rm -f ecs-agent; docker-current start ecs-agent"', 'container'],
    ['docker stop ecs-agent', undefined],
    ['docker ps --name ecs-agent', undefined],
    ['docker logs -f ecs-agent', undefined],
    ['docker run --name another --volumes-from ecs-agent image', undefined],
    ['docker --name ecs-agent run image', undefined],
    ['docker inspect ecs-agent ; docker start another', undefined],
    ['podman run --name ecs-agent image', undefined],
    ['podman start ecs-agent', undefined],
    ['docker pull image\nnext --name ecs-agent run', undefined],
  ])('%s starts %s', (starts, expected) => {
    const unit = { ...active, endsAll: true, starts };
    expect(startsAgent(unit, 'ecs-agent')).toBe(expected);
  });

  it('that only looks for a container by the name of a verb starts none', () => {
    expect(startsAgent({ ...active, endsAll: true, starts: 'docker --name run' }, 'run')).toBeUndefined();
  });
});

describe('readServices', () => {
  const signal = new AbortController().signal;

  it('gives each service that systemd tells of', async () => {
    const both = `Id=a.service\n${show({})}\nId=b.service\n${show({})}\nLoadState=loaded\n`;
    const services = await readServices(() => Promise.resolve(both), signal);
    expect(services.map(({ name }) => name)).toEqual(['a.service', 'b.service']);
  });

  it('gives none without systemd', async () => {
    expect(await readServices(() => Promise.reject(new Error('no bus')), signal)).toEqual([]);
  });
});
