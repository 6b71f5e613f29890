import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentContainer } from '../../../src/agent/agent-container.ts';
import type { AgentContainer } from '../../../src/agent/agent-observation.ts';
import type { Clock } from '../../../src/kit/clock.ts';
import { ProblemError } from '../../../src/kit/problem.ts';
import { paces } from '../../../src/observe/pace.ts';
import { chooseRestartVerb } from '../../../src/supervision/restart-verb.ts';
import { createSupervisionReader } from '../../../src/supervision/supervision-reader.ts';
import { inspectAnswer } from '../agent/engine-fake.ts';
import { type FakeProcess, fakeProc } from '../agent/proc-fake.ts';

let monoMs = 0;
const clock: Clock = {
  now: () => ({ wallMs: 0, monoMs }),
  sleep: () => Promise.reject(new Error('nobody sleeps here')),
};
const signal = new AbortController().signal;
const container = agentContainer(inspectAnswer({}), 0, clock.now());
const withPolicy: AgentContainer = { ...container, restartPolicy: 'on-failure' };

type Unit = Readonly<Record<string, string>>;

const ecsService: Unit = {
  LoadState: 'loaded',
  ActiveState: 'active',
  SubState: 'running',
  MainPID: '7',
  ControlGroup: '/system.slice/ecs.service',
  ExecStart: '{ path=/usr/libexec/amazon-ecs-init ; argv[]=/usr/libexec/amazon-ecs-init start ; }',
};
const ownUnit: Unit = {
  ...ecsService,
  ControlGroup: '/system.slice/my-agent.service',
  ExecStart: '{ path=/usr/bin/docker ; argv[]=/usr/bin/docker run --name ecs-agent --net=host image ; }',
};
const cron: Unit = {
  ...ecsService,
  MainPID: '5',
  KillMode: 'process',
  ControlGroup: '/system.slice/cron.service',
  ExecStart: '{ path=/usr/sbin/cron ; argv[]=/usr/sbin/cron -f ; }',
};
const ecsInit: FakeProcess = {
  comm: 'amazon-ecs-init',
  arguments: ['/usr/libexec/amazon-ecs-init', 'start'],
  controlGroup: '/system.slice/ecs.service',
};
const dockerRun: FakeProcess = {
  comm: 'docker',
  arguments: ['/usr/bin/docker', 'run', '--rm', '--name', 'ecs-agent', '--net=host', 'image'],
  controlGroup: '/system.slice/my-agent.service',
};

let proc: ReturnType<typeof fakeProc>;
let units: Record<string, Unit>;
let asked: string[];
let systemdAnswers: boolean;
let reader: ReturnType<typeof createSupervisionReader>;

beforeEach(() => {
  monoMs = 0;
  proc = fakeProc();
  proc.add(1, { comm: 'systemd' });
  proc.add(4242, { comm: 'tini' });
  units = {};
  asked = [];
  systemdAnswers = true;
  reader = readerOf('ecs.service');
});
afterEach(() => proc.remove());

function readerOf(unitName: string, ranBy?: string) {
  return createSupervisionReader({
    ranBy: () => ranBy,
    clock,
    containerName: 'ecs-agent',
    unitName,
    procDir: proc.directory,
    systemctl: ([, which = '']) => {
      asked.push(which);
      if (!systemdAnswers) {
        return Promise.reject(new ProblemError({ code: 'systemctl-timeout', message: '', advice: '' }));
      }
      if (which === '*.service') return Promise.resolve(Object.keys(units).map(show).join('\n'));
      const shown = which in units ? show(which) : `Id=${which}\nLoadState=not-found\nActiveState=inactive\n`;
      return Promise.resolve(shown);
    },
  });
}

function show(name: string): string {
  return Object.entries({ Id: name, ...units[name] })
    .map(([property, value]) => `${property}=${value}\n`)
    .join('');
}

async function look(of: AgentContainer | undefined = container) {
  return await reader.look(of, paces.close.maxAgeMs, signal);
}

async function lookAtRest(of: AgentContainer | undefined = container) {
  return (await reader.look(of, paces.settled.maxAgeMs, signal)).by;
}

describe('ecs-init', () => {
  it.each(['ecs.service', 'amazon-ecs.service', 'my-ecs.service'])(
    'in the control group of %s',
    async (name) => {
      units[name] = { ...ecsService, ControlGroup: `/system.slice/${name}` };
      proc.add(7, { ...ecsInit, controlGroup: `/system.slice/${name}` });
      expect(await look()).toMatchObject({
        by: 'ecs-init',
        unit: { name, activeState: 'active' },
        evidence: `amazon-ecs-init (pid 7) in the control group of ${name}`,
      });
      expect((await look(withPolicy)).by).toBe('ecs-init');
      expect((await reader.look(undefined, paces.close.maxAgeMs, signal)).by).toBe('ecs-init');
    },
  );

  it('in a group below that of the unit, and by the unified hierarchy', async () => {
    units['ecs.service'] = ecsService;
    proc.add(7, { ...ecsInit, controlGroup: '/system.slice/ecs.service/init', unified: true });
    expect((await look()).by).toBe('ecs-init');
  });

  it.each([
    ['beside the own one', '/../ecs.service'],
    ['further away', '/../../system.slice/ecs.service/init'],
  ])('in its group as a container sees it, %s', async (_, controlGroup) => {
    units['ecs.service'] = ecsService;
    proc.add(7, { ...ecsInit, controlGroup, unified: true });
    expect((await look()).by).toBe('ecs-init');
  });

  it.each([
    '/../docker-1f.scope/ecs.service',
    '/../../user.slice/user-1000.slice/user@1000.service/ecs.service',
    '/../../other.slice/ecs.service',
    '/../my-ecs.service',
  ])('not in %s, as a container sees it', async (controlGroup) => {
    units['ecs.service'] = ecsService;
    proc.add(7, { ...ecsInit, controlGroup, unified: true });
    expect(await look()).not.toMatchObject({
      evidence: expect.stringContaining('in the control group of ecs'),
    });
  });

  it('behind a wrapper script that the unit starts', async () => {
    units['ecs.service'] = { ...ecsService, MainPID: '6', ExecStart: '{ path=/opt/start-agent ; }' };
    proc.add(6, { comm: 'start-agent' });
    proc.add(7, { ...ecsInit, parent: 6 });
    expect((await look()).by).toBe('ecs-init');
  });

  it('that runs an errand while its unit is active is not told: what follows may stop the agent', async () => {
    units['ecs.service'] = ecsService;
    proc.add(7, { ...ecsInit, arguments: ['amazon-ecs-init', 'post-stop'] });
    expect((await look()).by).toBe('unknown');
  });

  it('is not told where systemd does not answer for its unit', async () => {
    systemdAnswers = false;
    proc.add(7, ecsInit);
    expect(await look()).toMatchObject({ by: 'unknown', unit: undefined });
  });

  it('is not told where its pid namespace may not be read', async () => {
    units['cron.service'] = cron;
    proc.add(7, { ...ecsInit, pidNamespace: undefined });
    expect((await look()).by).toBe('unknown');
  });
});

/** In a unit that is up, as its main process: systemd-run may be had by more than root. */
const spoofUnit = { controlGroup: '/system.slice/spoof.service' };

describe('nobody who only calls himself so', () => {
  it.each<[string, FakeProcess]>([
    ['an unprivileged process', { ...ecsInit, ...spoofUnit, uids: '65534 65534 65534 65534' }],
    [
      'an unprivileged errand',
      { ...ecsInit, ...spoofUnit, uids: '65534 65534 65534 65534', arguments: ['x', 'stop'] },
    ],
    ['a set-uid program of an unprivileged user', { ...ecsInit, ...spoofUnit, uids: '1000 0 0 0' }],
    ['root in a container', { ...ecsInit, ...spoofUnit, pidNamespace: 'pid:[4026532999]' }],
    [
      'root in a container without a pid namespace',
      { ...ecsInit, controlGroup: '/system.slice/docker-1f.scope' },
    ],
    [
      'a program of root in a login session',
      { ...ecsInit, controlGroup: '/user.slice/user-0.slice/session-3.scope' },
    ],
    [
      'one that sudo runs in a job of cron',
      { ...ecsInit, controlGroup: '/system.slice/cron.service', parent: 66 },
    ],
    [
      'a Docker client of root’s crontab, or of sshd, which outlives a restart of its unit',
      { ...dockerRun, controlGroup: '/system.slice/cron.service', parent: 67 },
    ],
    [
      'one in a unit of a user’s own',
      { ...ecsInit, controlGroup: '/user.slice/user-1000.slice/user@1000.service/ecs.service' },
    ],
    ['an ended one', { ...ecsInit, state: 'Z' }],
    ['a Docker client of an unprivileged user', { ...dockerRun, ...spoofUnit, uids: '1000 1000 1000 1000' }],
    [
      'a Docker client of a login session',
      { ...dockerRun, controlGroup: '/user.slice/user-0.slice/session-3.scope' },
    ],
    [
      'a Docker client that does something else',
      { ...dockerRun, arguments: ['docker', 'logs', '-f', 'ecs-agent'] },
    ],
  ])('changes the verb: %s', async (_, process) => {
    units['cron.service'] = cron;
    units['spoof.service'] = {
      ...cron,
      KillMode: 'control-group',
      MainPID: '7',
      ControlGroup: '/system.slice/spoof.service',
    };
    proc.add(5, { comm: 'cron' });
    proc.add(66, { comm: 'sh', uids: '1000 1000 1000 1000', parent: 5 });
    proc.add(67, { comm: 'sh', parent: 5 });
    for (const of of [container, withPolicy]) {
      const before = await look(of);
      const verbBefore = verb(of, before);
      proc.add(7, process);
      const after = await look(of);
      expect(after).toEqual(before);
      expect(verb(of, after)).toEqual(verbBefore);
      proc.end(7);
    }
  });

  it('hides the real one', async () => {
    units['ecs.service'] = { ...ecsService, MainPID: '70' };
    proc.add(7, { ...ecsInit, uids: '65534 65534 65534 65534', arguments: ['x', 'stop'] });
    proc.add(70, ecsInit);
    expect((await look()).by).toBe('ecs-init');
  });

  function verb(of: AgentContainer, seen: Awaited<ReturnType<typeof look>>) {
    return chooseRestartVerb(
      {
        engineProblem: undefined,
        container: of,
        supervisor: seen.by,
        supervisorEvidence: seen.evidence,
        unit: seen.unit,
        registration: {
          registered: true,
          version: '1.105.1',
          cluster: undefined,
          containerInstanceArn: undefined,
          introspection: 'registered',
          tasksStarting: 0,
        },
      },
      { restart: 'auto', agentUnit: 'ecs.service' },
    );
  }
});

describe('a unit of the operator’s own', () => {
  it.each([
    ['docker run', dockerRun.arguments],
    ['docker run with --name=', ['docker', 'run', '--name=ecs-agent', 'image']],
    ['docker start -a', ['docker', 'start', '-a', 'ecs-agent']],
    ['docker start --attach', ['docker', '-H', 'unix:///run/docker.sock', 'start', '--attach', 'ecs-agent']],
  ])('by its attached client, behind a script: %s', async (_, words) => {
    units['my-agent.service'] = { ...ownUnit, MainPID: '6', ExecStart: '{ path=/opt/run-agent ; }' };
    proc.add(6, { comm: 'run-agent' });
    proc.add(7, { ...dockerRun, arguments: words ?? [], parent: 6 });
    expect(await look(withPolicy)).toMatchObject({ by: 'unit', unit: { name: 'my-agent.service' } });
  });

  it.each([
    ['its main process', '7', ownUnit['ExecStart'] ?? ''],
    ['named in its command lines', '6', ownUnit['ExecStart'] ?? ''],
    ['its main process, that a script became', '7', '{ path=/opt/run-agent ; }'],
  ])(
    'by its attached client, where a restart ends the main process alone: %s',
    async (_, mainPid, starts) => {
      const unit = { ...ownUnit, KillMode: 'process', MainPID: mainPid, ExecStart: starts };
      units['my-agent.service'] = unit;
      proc.add(6, { comm: 'run-agent' });
      proc.add(7, { ...dockerRun, parent: mainPid === '7' ? 1 : 6 });
      expect(await look()).toMatchObject({ by: 'unit', unit: { name: 'my-agent.service' } });
    },
  );

  it('by the command that comes before one that only waits for it', async () => {
    units['my-agent.service'] = {
      ...ownUnit,
      ExecStartPre: '{ argv[]=/usr/bin/docker run -d --name ecs-agent image ; }',
      ExecStart: '{ argv[]=/usr/bin/docker wait ecs-agent ; }',
    };
    expect(await look()).toMatchObject({ by: 'unit', unit: { name: 'my-agent.service' } });
  });

  it.each([
    ['uses its volumes', '{ argv[]=/usr/bin/docker run --name metrics --volumes-from ecs-agent image ; }'],
    ['is linked to it', '{ argv[]=/usr/bin/docker run --link ecs-agent --name=metrics image start ; }'],
    [
      'stops it and runs another',
      '{ argv[]=/usr/bin/docker stop ecs-agent ; }\nExecStart={ argv[]=/usr/bin/docker run --name metrics image ; }',
    ],
  ])('is not that of a container that %s', async (_, starts) => {
    units['metrics.service'] = { ...ownUnit, ExecStart: starts };
    expect((await look()).by).toBe('none');
  });

  it('by its command lines: detached, oneshot', async () => {
    units['docker-container@ecs-agent.service'] = {
      ...ownUnit,
      SubState: 'exited',
      MainPID: '0',
      ControlGroup: '',
      ExecStart: '{ path=/usr/bin/docker ; argv[]=/usr/bin/docker run -d --name ecs-agent image ; }',
    };
    expect(await look(withPolicy)).toMatchObject({
      by: 'unit',
      unit: { name: 'docker-container@ecs-agent.service' },
      evidence: 'ecs-agent in ExecStart of docker-container@ecs-agent.service',
    });
  });

  it('is the one that the settings name, as long as it is up', async () => {
    units['mine.service'] = { ...ownUnit, ExecStart: '{ path=/opt/odd ; }' };
    reader = readerOf('mine.service');
    expect(await look(withPolicy)).toMatchObject({ by: 'unit', unit: { name: 'mine.service' } });
    units['mine.service'] = { ...ownUnit, ActiveState: 'inactive' };
    expect(await look(withPolicy)).toMatchObject({ by: 'restart-policy', unit: { name: 'mine.service' } });
  });

  it('that ran the agent is the one whose state is told once it is at rest, as long as there is one', async () => {
    units['ecs.service'] = { ...ecsService, ActiveState: 'inactive', MainPID: '0' };
    units['my-agent.service'] = ownUnit;
    proc.add(7, dockerRun);
    expect(await look()).toMatchObject({ by: 'unit', unit: { name: 'my-agent.service' } });
    proc.end(7);
    units['my-agent.service'] = { ...ownUnit, ActiveState: 'inactive', MainPID: '0' };
    const atRest = { name: 'my-agent.service', activeState: 'inactive' };
    expect(await look()).toMatchObject({ by: 'none', unit: atRest });
    expect(await look(undefined)).toMatchObject({ by: 'none', unit: atRest });
    delete units['my-agent.service'];
    expect(await look()).toMatchObject({ by: 'none', unit: { name: 'ecs.service' } });
  });

  it('that an earlier daemon saw run it is told at rest too, until another is seen to', async () => {
    units['ecs.service'] = { ...ecsService, ActiveState: 'inactive', MainPID: '0' };
    units['my-agent.service'] = { ...ownUnit, ActiveState: 'failed', MainPID: '0' };
    reader = readerOf('ecs.service', 'my-agent.service');
    expect(await look()).toMatchObject({ by: 'none', unit: { name: 'my-agent.service' } });
    units['ecs.service'] = ecsService;
    proc.add(7, ecsInit);
    expect(await look()).toMatchObject({ by: 'ecs-init', unit: { name: 'ecs.service' } });
    proc.end(7);
    units['ecs.service'] = { ...ecsService, ActiveState: 'inactive', MainPID: '0' };
    expect(await look()).toMatchObject({ by: 'none', unit: { name: 'ecs.service' } });
  });

  it('is not one that only looks at the container, or that is not up', async () => {
    units['shipper.service'] = { ...ownUnit, ExecStart: '{ argv[]=/usr/bin/docker logs -f ecs-agent ; }' };
    units['old.service'] = { ...ownUnit, ActiveState: 'failed' };
    expect((await look()).by).toBe('none');
    expect((await look(withPolicy)).by).toBe('restart-policy');
  });
});

describe('a unit that waits to start again', () => {
  it('is seen though nothing runs, so that its agent is left to it', async () => {
    units['ecs.service'] = {
      ...ecsService,
      ActiveState: 'activating',
      SubState: 'auto-restart',
      MainPID: '0',
    };
    expect(await look()).toMatchObject({ by: 'ecs-init', unit: { subState: 'auto-restart' } });
    units['amazon-ecs.service'] = { ...units['ecs.service'] };
    delete units['ecs.service'];
    expect(await look(withPolicy)).toMatchObject({ by: 'ecs-init', unit: { name: 'amazon-ecs.service' } });
  });
});

describe('what was seen', () => {
  it('is believed while that process runs, and looked for again when it has ended', async () => {
    units['ecs.service'] = ecsService;
    proc.add(7, ecsInit);
    expect(await lookAtRest()).toBe('ecs-init');
    monoMs += 3_600_000;
    asked = [];
    expect(await lookAtRest()).toBe('ecs-init');
    expect(asked).toEqual([]);
    proc.end(7);
    units = {};
    expect(await lookAtRest()).toBe('none');
  });

  it('of nobody is believed for a while, of this process, and never at a close look', async () => {
    expect(await lookAtRest()).toBe('none');
    units['ecs.service'] = ecsService;
    proc.add(7, ecsInit);
    monoMs = 29_999;
    expect(await lookAtRest()).toBe('none');
    monoMs = 30_000;
    expect(await lookAtRest()).toBe('ecs-init');
    proc.end(7);
    expect((await look()).by).toBe('unit');
    units = {};
    expect((await look()).by).toBe('none');
    units['ecs.service'] = ecsService;
    proc.add(4243, { comm: 'tini' });
    expect(await lookAtRest({ ...container, pid: 4243 })).toBe('unit');
    units = {};
    reader.forget();
    expect(await lookAtRest({ ...container, pid: 4243 })).toBe('none');
  });

  it('is shown in haste, and nobody is asked', async () => {
    units['ecs.service'] = ecsService;
    proc.add(7, ecsInit);
    await look();
    asked = [];
    proc.end(7);
    expect((await reader.look(undefined, paces.hasty.maxAgeMs, signal)).by).toBe('ecs-init');
    expect(asked).toEqual([]);
  });

  it('is unknown where /proc does not show the host', async () => {
    proc.end(4242);
    expect((await look()).by).toBe('unknown');
    proc.remove();
    expect((await look()).by).toBe('unknown');
  });
});

describe('what is told of the agent’s supervisor', () => {
  const nobody = { by: 'none', evidence: 'no process or unit seen that runs it, no restart policy' };
  const without = (maxAgeMs = paces.close.maxAgeMs) => reader.look(undefined, maxAgeMs, signal);

  it('is nothing before it was asked', async () => {
    expect(await reader.look(container, paces.hasty.maxAgeMs, signal)).toStrictEqual({
      by: 'unknown',
      unit: undefined,
      evidence: 'not looked for yet',
    });
    expect(asked).toEqual([]);
  });

  it('has the state of the unit, and nothing else of it', async () => {
    units['ecs.service'] = { ...ecsService, Job: '7' };
    proc.add(7, ecsInit);
    expect(await look()).toStrictEqual({
      by: 'ecs-init',
      evidence: 'amazon-ecs-init (pid 7) in the control group of ecs.service',
      unit: {
        name: 'ecs.service',
        loaded: true,
        activeState: 'active',
        subState: 'running',
        jobQueued: true,
        mainExitStatus: undefined,
      },
    });
  });

  it('has how the unit ended, where systemd tells that', async () => {
    const ended = { ActiveState: 'inactive', Result: 'exit-code', ExecMainCode: '1', ExecMainStatus: '5' };
    units['ecs.service'] = { ...ecsService, ...ended, InactiveExitTimestampMonotonic: '7000' };
    expect((await look()).unit).toMatchObject({
      mainExitStatus: 5,
      end: { asked: true, beganMonoMs: 7 },
    });
  });

  it('is that nobody was seen, with or without a container, and whether systemd was asked', async () => {
    expect(await look()).toMatchObject(nobody);
    expect(await without()).toMatchObject(nobody);
    expect((await look(withPolicy)).evidence).toMatch(/; restart policy on-failure$/);
    systemdAnswers = false;
    expect((await look()).evidence).toMatch(/^no process seen that runs it/);
  });

  it('is asked for in as few questions as that takes', async () => {
    proc.add(7, { ...ecsInit, controlGroup: '/user.slice/user-0.slice/session-3.scope' });
    await look();
    expect(asked).toEqual(['ecs.service', '*.service']);
    asked = [];
    units['ecs.service'] = ecsService;
    proc.add(7, ecsInit);
    await look();
    await look();
    expect(asked).toEqual(['ecs.service', 'ecs.service']);
    // At rest the unit that ran it is the one that was asked about already.
    proc.end(7);
    units['ecs.service'] = { ...ecsService, ActiveState: 'inactive' };
    asked = [];
    await look();
    expect(asked).toEqual(['ecs.service', '*.service']);
  });

  it('is believed again after it was doubted and looked for', async () => {
    units['ecs.service'] = ecsService;
    proc.add(7, ecsInit);
    await look();
    reader.forget();
    asked = [];
    await lookAtRest();
    expect(asked).toEqual(['ecs.service']);
    await lookAtRest();
    expect(asked).toEqual(['ecs.service']);
  });

  it.each<[string, Unit]>([
    ['is being stopped', { ...ecsService, ActiveState: 'deactivating' }],
    ['has a job queued', { ...ecsService, Job: '7' }],
  ])('is not believed for longer than a look where its unit %s', async (_, unit) => {
    units['ecs.service'] = unit;
    proc.add(7, ecsInit);
    await lookAtRest();
    asked = [];
    monoMs += 60_000;
    await lookAtRest();
    expect(asked).toEqual(['ecs.service']);
  });

  it('is a client that attached by the container’s id', async () => {
    units['my-agent.service'] = { ...ownUnit, MainPID: '7', ExecStart: '{ path=/opt/run-agent ; }' };
    const words = ['docker', 'start', '-a', container.id.slice(0, 12)];
    proc.add(7, { ...dockerRun, arguments: words });
    expect((await look()).by).toBe('unit');
    expect((await without()).by).toBe('none');
  });

  it('is not known where systemd says nothing of the unit, with that for a reason', async () => {
    systemdAnswers = false;
    proc.add(7, ecsInit);
    expect((await look()).evidence).toBe(
      'amazon-ecs-init (pid 7) in the control group of ecs.service, of which systemd tells nothing',
    );
  });

  it('is the unit of an errand, though what it will do is not known', async () => {
    units['my-ecs.service'] = { ...ecsService, ControlGroup: '/system.slice/my-ecs.service' };
    proc.add(7, {
      ...ecsInit,
      arguments: ['amazon-ecs-init', 'stop'],
      controlGroup: '/system.slice/my-ecs.service',
    });
    expect(await look()).toMatchObject({ by: 'unknown', unit: { name: 'my-ecs.service' } });
  });

  it('ends with the signal, while systemd is asked about a process too', async () => {
    const own = new AbortController();
    const stopped = createSupervisionReader({
      clock,
      containerName: 'ecs-agent',
      unitName: 'ecs.service',
      procDir: proc.directory,
      systemctl: ([, which]) => {
        if (which === 'my-agent.service') own.abort(new Error('enough'));
        return Promise.reject(new Error('not now'));
      },
    });
    proc.add(7, dockerRun);
    await expect(stopped.look(container, paces.close.maxAgeMs, own.signal)).rejects.toThrow('enough');
  });
});

describe('a process in a unit', () => {
  it.each<[string, Unit]>([
    ['is not loaded', { LoadState: 'not-found' }],
    ['is down', { ActiveState: 'inactive' }],
    ['is elsewhere', { ControlGroup: '/other.slice/my-ecs.service' }],
    ['has no control group', { ControlGroup: '' }],
  ])('is nobody where the unit %s', async (_, changed) => {
    units['my-ecs.service'] = { ...ecsService, ControlGroup: '/system.slice/my-ecs.service' };
    proc.add(7, { ...ecsInit, controlGroup: '/system.slice/my-ecs.service' });
    expect(await look()).toMatchObject({ by: 'ecs-init', evidence: expect.stringContaining('pid 7') });
    units['my-ecs.service'] = { ...units['my-ecs.service'], ...changed };
    expect((await look()).evidence).not.toContain('pid 7');
  });

  it('is its own where its command lines name it, whoever started it', async () => {
    units['ecs.service'] = { ...ecsService, MainPID: '999' };
    proc.add(7, ecsInit);
    expect((await look()).by).toBe('ecs-init');
  });
});

describe('a unit without a process of the agent', () => {
  it('that names ecs-init runs it as any unit does, unless it is about to start it', async () => {
    units['amazon-ecs.service'] = ecsService;
    expect(await look()).toMatchObject({ by: 'unit', unit: { name: 'amazon-ecs.service' } });
    units['amazon-ecs.service'] = { ...ecsService, ActiveState: 'activating' };
    expect((await look()).by).toBe('ecs-init');
  });

  it('that names the container runs it as any unit does, though it is about to start it', async () => {
    units['my-agent.service'] = { ...ownUnit, ActiveState: 'activating' };
    expect(await look()).toMatchObject({ by: 'unit', unit: { name: 'my-agent.service' } });
  });

  it('that the settings name comes before the one that ran it before', async () => {
    units['my-agent.service'] = ownUnit;
    proc.add(7, dockerRun);
    expect(await look()).toMatchObject({ by: 'unit', unit: { name: 'my-agent.service' } });
    proc.end(7);
    units['ecs.service'] = ecsService;
    expect(await look()).toMatchObject({ by: 'unit', unit: { name: 'ecs.service' } });
  });
});
