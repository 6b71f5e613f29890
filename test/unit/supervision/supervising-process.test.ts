import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findSupervisingProcesses,
  isStartedBy,
  type SupervisingProcess,
  stillRuns,
} from '../../../src/supervision/supervising-process.ts';
import { type FakeProcess, fakeProc } from '../agent/proc-fake.ts';

const container = { name: 'ecs-agent', id: '3f2a9c0d1e2f3a4b5c6d' };
const ecsInit: FakeProcess = {
  comm: 'amazon-ecs-init',
  arguments: ['/usr/libexec/amazon-ecs-init', 'start'],
  controlGroup: '/system.slice/ecs.service',
};
const found: SupervisingProcess = {
  pid: 7,
  startedMonoMs: 1_000,
  kind: 'ecs-init',
  controlGroup: '/system.slice/ecs.service',
};

let proc: ReturnType<typeof fakeProc>;
beforeEach(() => {
  proc = fakeProc();
  proc.add(1, { comm: 'systemd' });
});
afterEach(() => proc.remove());

function find(process: FakeProcess) {
  proc.add(7, process);
  return findSupervisingProcesses(proc.directory, container);
}

describe('a process that says it runs the agent', () => {
  it('is found with its start and its control group, beside whatever else /proc holds', () => {
    mkdirSync(join(proc.directory, 'net'));
    writeFileSync(join(proc.directory, 'uptime'), '1 1\n');
    // One that has ended since the list was read.
    mkdirSync(join(proc.directory, '6'));
    proc.add(8, { comm: 'sshd' });
    expect(find(ecsInit)).toStrictEqual({ processes: [found], unreadable: false });
  });

  it('is found by the hierarchy of systemd, else by that of version 2', () => {
    expect(find({ ...ecsInit, unified: true }).processes).toStrictEqual([found]);
    rmSync(join(proc.directory, '7', 'cgroup'));
    expect(findSupervisingProcesses(proc.directory, container)).toStrictEqual({
      processes: [],
      unreadable: false,
    });
  });

  it.each<[string, readonly string[], SupervisingProcess['kind'] | undefined]>([
    ['amazon-ecs-init', ['start'], 'ecs-init'],
    ['amazon-ecs-init', ['stop'], 'one-shot'],
    ['amazon-ecs-init', [], 'one-shot'],
    ['amazon-ecs-ini', ['start'], undefined],
    ['docker', ['run', '--name', 'ecs-agent', 'image'], 'docker-client'],
    ['docker', ['run', '--name=ecs-agent', 'image'], 'docker-client'],
    ['docker-current', ['run', '--name', 'ecs-agent', 'image'], 'docker-client'],
    ['docker', ['run', '--rm', '-it', '--name', 'ecs-agent', 'image'], 'docker-client'],
    ['docker', ['run', '-d', '--name', 'ecs-agent', 'image'], undefined],
    ['docker', ['run', '-itd', '--name', 'ecs-agent', 'image'], undefined],
    ['docker', ['run', '--detach', '--name', 'ecs-agent', 'image'], undefined],
    ['docker', ['run', '--detach=true', '--name', 'ecs-agent', 'image'], undefined],
    ['docker', ['run', '--name', 'another', 'ecs-agent'], undefined],
    ['docker', ['run', 'ecs-agent'], undefined],
    ['docker', ['start', '-a', 'ecs-agent'], 'docker-client'],
    ['docker', ['start', '-ai', 'ecs-agent'], 'docker-client'],
    ['docker', ['start', '--attach', '3f2a9c0d1e2f'], 'docker-client'],
    ['docker', ['start', '--attach=true', '3f2a9c0d1e2f3a'], 'docker-client'],
    // Eleven digits are no id that Docker prints.
    ['docker', ['start', '-a', '3f2a9c0d1e2'], undefined],
    ['docker', ['start', '-a', '4f2a9c0d1e2f'], undefined],
    ['docker', ['start', '-a', 'another'], undefined],
    ['docker', ['start', 'ecs-agent'], undefined],
    ['docker', ['wait', '-a', 'ecs-agent'], undefined],
    ['dockerd', ['run', '--name', 'ecs-agent'], undefined],
    ['docker-proxy', ['run', '--name', 'ecs-agent'], undefined],
    ['docker-init', ['run', '--name', 'ecs-agent'], undefined],
    ['podman', ['run', '--name', 'ecs-agent'], undefined],
  ])('as %s %j is %s', (comm, words, kind) => {
    const { processes } = find({ ...ecsInit, comm, arguments: [`/usr/bin/${comm}`, ...words] });
    expect(processes.map((one) => one.kind)).toEqual(kind === undefined ? [] : [kind]);
  });

  it.each([
    ['docker', []],
    ['amazon-ecs-init', ['one-shot']],
  ])('as %s that has just ended, so that its words are gone, is %j', (comm, kinds) => {
    proc.add(7, { ...ecsInit, comm });
    rmSync(join(proc.directory, '7', 'cmdline'));
    const { processes } = findSupervisingProcesses(proc.directory, container);
    expect(processes.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('that attaches by an id is nobody where there is no container', () => {
    proc.add(7, { ...ecsInit, comm: 'docker', arguments: ['docker', 'start', '-a', '3f2a9c0d1e2f'] });
    const none = { name: 'ecs-agent', id: undefined };
    expect(findSupervisingProcesses(proc.directory, none).processes).toEqual([]);
  });

  it.each<[string, FakeProcess, boolean]>([
    ['has ended', { ...ecsInit, state: 'Z' }, false],
    ['is not root’s', { ...ecsInit, uids: '1000 0 0 0' }, false],
    ['is in a container', { ...ecsInit, pidNamespace: 'pid:[4026532999]' }, false],
    ['may be in one, which cannot be read', { ...ecsInit, pidNamespace: undefined }, true],
  ])('is none where it %s', (_, process, unreadable) => {
    expect(find(process)).toStrictEqual({ processes: [], unreadable });
  });

  it.each<[string, FakeProcess]>([
    ['of a user', { comm: 'docker', uids: '1000 1000 1000 1000' }],
    ['of root in a container', { comm: 'docker', pidNamespace: 'pid:[4026532999]' }],
  ])(
    'costs nothing by the words of those of its name, megabytes of them, where it is one %s',
    (_, process) => {
      proc.add(7, process);
      // Not to be read.
      rmSync(join(proc.directory, '7', 'cmdline'));
      mkdirSync(join(proc.directory, '7', 'cmdline'));
      proc.add(8, ecsInit);
      expect(findSupervisingProcesses(proc.directory, container).processes).toStrictEqual([
        { ...found, pid: 8 },
      ]);
    },
  );

  it('is on the host where this daemon is, if the namespace of the first process cannot be read', () => {
    proc.end(1);
    expect(find(ecsInit)).toStrictEqual({ processes: [], unreadable: true });
    mkdirSync(join(proc.directory, 'self', 'ns'), { recursive: true });
    symlinkSync('pid:[4026531836]', join(proc.directory, 'self', 'ns', 'pid'));
    expect(find(ecsInit)).toStrictEqual({ processes: [found], unreadable: false });
  });

  it('cannot be looked for where there is no /proc', () => {
    expect(() => findSupervisingProcesses(join(proc.directory, 'nowhere'), container)).toThrow('ENOENT');
  });
});

describe('a process that was seen', () => {
  it('still runs as long as it is the same and has not ended', () => {
    expect(stillRuns(proc.directory, found)).toBe(false);
    proc.add(7, ecsInit);
    expect(stillRuns(proc.directory, found)).toBe(true);
    proc.add(7, { ...ecsInit, state: 'Z' });
    expect(stillRuns(proc.directory, found)).toBe(false);
    proc.add(7, { ...ecsInit, startTicks: 101 });
    expect(stillRuns(proc.directory, found)).toBe(false);
  });

  it('is not known to where it cannot be read', () => {
    mkdirSync(join(proc.directory, '7', 'stat'), { recursive: true });
    expect(stillRuns(proc.directory, found)).toBe(false);
  });
});

describe('a process that was started by another', () => {
  /** 101 is started by 100, 102 by 101 and so on. */
  function chain(length: number): void {
    for (let pid = 100; pid < 100 + length; pid += 1) proc.add(pid, { comm: 'sh', parent: pid - 1 });
  }

  it('is that through all that lie between, up to sixteen', () => {
    chain(20);
    expect(isStartedBy(proc.directory, 105, 100)).toBe(true);
    expect(isStartedBy(proc.directory, 100, 100)).toBe(true);
    expect(isStartedBy(proc.directory, 115, 100)).toBe(true);
    expect(isStartedBy(proc.directory, 116, 100)).toBe(false);
    expect(isStartedBy(proc.directory, 100, 105)).toBe(false);
  });

  it('is not where one of them is not root’s, the first and the last included', () => {
    chain(3);
    for (const pid of [100, 101, 102]) {
      proc.add(pid, { comm: 'sh', parent: pid - 1, uids: '1000 1000 1000 1000' });
      expect(isStartedBy(proc.directory, 102, 100)).toBe(false);
      proc.add(pid, { comm: 'sh', parent: pid - 1 });
    }
    expect(isStartedBy(proc.directory, 102, 100)).toBe(true);
  });

  it('is that of whichever process, but for the first', () => {
    proc.add(2, { comm: 'start-agent', parent: 1 });
    proc.add(7, { comm: 'sh', parent: 2 });
    expect(isStartedBy(proc.directory, 7, 2)).toBe(true);
  });

  it('is not where one of them is gone, and nothing is a unit’s for being the first process’s', () => {
    proc.add(7, { comm: 'sh', parent: 1 });
    expect(isStartedBy(proc.directory, 7, 1)).toBe(false);
    proc.add(8, { comm: 'sh', parent: 6 });
    expect(isStartedBy(proc.directory, 8, 5)).toBe(false);
    expect(isStartedBy(proc.directory, 9, 9)).toBe(false);
  });
});
