import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ContainerInstance,
  type InstanceState,
  isHealthy,
  startContainerInstance,
} from '../lab/hosts/machine/container-instance.ts';
import { eventually } from '../lab/hosts/machine/eventually.ts';
import { atThisPace } from '../lab/pace.ts';

// The rows of docs/restarting-the-agent.md, measured with the real agent and the real ecs-init: what an operator does to
// a settled agent and what becomes of it. The lab is only as good as its agreement with them.

let instance: ContainerInstance;
let before: InstanceState;

beforeAll(async () => {
  instance = await startContainerInstance();
});

afterAll(async () => {
  await instance?.close();
});

beforeEach(async () => {
  await operator('systemctl', 'stop', 'ecs');
  // An agent without a supervisor outlives its unit.
  await operator('sh', '-c', 'if docker inspect ecs-agent >/dev/null 2>&1; then docker rm -f ecs-agent; fi');
  // Starts are counted, and refused when they are many.
  await operator('systemctl', 'reset-failed');
  await operator('systemctl', 'start', 'ecs');
  before = await instance.waitFor('a settled agent', isHealthy);
});

async function operator(...argv: [string, ...string[]]): Promise<void> {
  await instance.machine.output(argv);
}

/** Arguments of curl(1) that call the Engine as `docker stop` and `docker start` do. */
function engineCall(verb: 'stop' | 'start'): string[] {
  const socket = ['--silent', '--fail', '--unix-socket', '/run/docker.sock'];
  return [...socket, '--request', 'POST', `http://engine/containers/ecs-agent/${verb}`];
}

function isOther(state: InstanceState): boolean {
  return state.agent !== undefined && state.agent.id !== before.agent?.id;
}

/** Stopped for good: no supervisor that would start the agent, and no credentials for tasks. */
async function expectDown(): Promise<InstanceState> {
  const down = await instance.waitFor(
    'the unit to end',
    ({ unit, natRules, agent }) => unit === 'inactive' && !natRules && agent?.running === false,
  );
  // Longer than ecs-init's first waits.
  await delay(2_000);
  const later = await instance.observe();
  expect(later).toEqual({ ...down, registered: false, path: 'none', supervisorPid: 0 });
  return later;
}

/** A new container under the same ecs-init, unit and NAT rules unchanged. Resolves with the ms until ACS was back. */
async function expectReplaced(act: () => Promise<void>): Promise<number> {
  const connections = instance.lab.service.record.connections;
  const [old] = connections.filter(({ kind, closedAt }) => kind === 'acs' && closedAt === undefined);
  const started = performance.now();
  const seen: InstanceState[] = [];
  await act();
  await instance.waitFor('a new agent', (state) => {
    seen.push(state);
    return isOther(state) && isHealthy(state);
  });
  const downMs = performance.now() - started;
  for (const state of seen) {
    expect(state).toMatchObject({ unit: 'active', natRules: true, supervisorPid: before.supervisorPid });
  }
  const acs = connections.find(({ kind, closedAt }) => kind === 'acs' && closedAt === undefined);
  expect(acs?.agentProcess).not.toBe(old?.agentProcess);
  return downMs;
}

describe('what operators do to a supervised agent', () => {
  it('docker stop: the agent exits 0, the unit is inactive, it stays down', async () => {
    await operator('docker', 'stop', 'ecs-agent');
    const later = await expectDown();
    expect(later.agent).toMatchObject({
      id: before.agent?.id,
      startedAt: before.agent?.startedAt,
      exitCode: 0,
    });
  });

  it.each([
    ['docker restart', ['docker', 'restart', 'ecs-agent']],
    // By one program: on a busy machine a second one would come too late to be at once.
    ['docker stop, then start at once', ['curl', ...engineCall('stop'), '--next', ...engineCall('start')]],
  ] satisfies [string, [string, ...string[]]][])(
    '%s: the same container starts, is killed again, and stays down',
    async (_, argv) => {
      await operator(...argv);
      const later = await expectDown();
      expect(later.agent?.id).toBe(before.agent?.id);
      expect(later.agent?.startedAt).not.toBe(before.agent?.startedAt);
      const { startedAt = '', finishedAt = '' } = later.agent ?? {};
      expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBeLessThan(atThisPace(1_000));
    },
  );

  it('docker stop, wait, start: the agent runs unsupervised, the NAT rules are gone', async () => {
    await operator('docker', 'stop', 'ecs-agent');
    await instance.waitFor('the unit to end', ({ unit }) => unit === 'inactive');
    await operator('docker', 'start', 'ecs-agent');
    await instance.waitFor('the agent to be back', ({ registered, path }) => registered && path === 'public');
    await delay(2_000);
    const later = await instance.observe();
    expect(later).toMatchObject({
      agent: { id: before.agent?.id, running: true },
      unit: 'inactive',
      supervisorPid: 0,
      natRules: false,
      registered: true,
      path: 'public',
    });
  });

  it('docker kill: a new container, the unit and the NAT rules untouched, ACS back within seconds', async () => {
    const downMs = await expectReplaced(() => operator('docker', 'kill', 'ecs-agent'));
    expect(downMs).toBeLessThan(atThisPace(4_000));
  });

  it('docker rm -f: a new container', async () => {
    await expectReplaced(() => operator('docker', 'rm', '-f', 'ecs-agent'));
  });

  it('systemctl restart ecs: a new container, the NAT rules made anew', async () => {
    await operator('systemctl', 'restart', 'ecs');
    const later = await instance.waitFor('a new agent', (state) => isOther(state) && isHealthy(state));
    expect(later.supervisorPid).not.toBe(before.supervisorPid);
  });

  it('docker stop while the agent retries registration: SIGTERM ignored, SIGKILL at 10 s, re-created', async () => {
    const { service } = instance.lab;
    await instance.setAgentEnvironment({ LAB_REGISTRATION_MS: '120000' });
    await service.removeNat();
    try {
      await operator('systemctl', 'restart', 'ecs');
      const blocked = await instance.waitFor(
        'a new agent',
        (state) => state.agent?.running === true && isOther(state),
      );
      await eventually(
        'its first attempt',
        () => instance.machine.output(['docker', 'logs', 'ecs-agent']),
        (log) => log.includes('Registering Instance'),
      );
      const asked = performance.now();
      await operator('docker', 'stop', 'ecs-agent');
      expect(performance.now() - asked).toBeGreaterThan(9_500);
      await service.restoreNat();
      const later = await instance.waitFor(
        'a new agent',
        (state) => state.agent?.id !== blocked.agent?.id && isHealthy(state),
      );
      expect(later.supervisorPid).toBe(blocked.supervisorPid);
    } finally {
      await service.restoreNat();
      await instance.setAgentEnvironment({});
    }
  });
});

describe('what the exit code of the agent means', () => {
  it('0: the unit is inactive', async () => {
    await instance.exitAgent(0);
    expect((await expectDown()).agent?.exitCode).toBe(0);
  });

  it('5: the unit fails and is never restarted', async () => {
    await instance.exitAgent(5);
    const failed = await instance.waitFor('the unit to fail', ({ unit }) => unit === 'failed');
    // Longer than the unit's RestartSec.
    await delay(11_000);
    expect(await instance.observe()).toEqual({ ...failed, registered: false, path: 'none', natRules: false });
    expect(failed.agent).toMatchObject({ running: false, exitCode: 5 });
  });

  it('5 under the Debian unit: systemd starts it again', async () => {
    const dropIn = '/run/systemd/system/ecs.service.d/debian.conf';
    await instance.machine.writeFile(dropIn, '[Service]\nRestartPreventExitStatus=\nRestartSec=1s\n');
    await operator('systemctl', 'daemon-reload');
    try {
      await instance.exitAgent(5);
      const later = await instance.waitFor('a new agent', (state) => isOther(state) && isHealthy(state));
      expect(later.supervisorPid).not.toBe(before.supervisorPid);
    } finally {
      await operator('rm', dropIn);
      await operator('systemctl', 'daemon-reload');
    }
  });

  it.each([42, 1, 2, 129, 143])('%i: a new container', async (code) => {
    await expectReplaced(() => instance.exitAgent(code));
  });

  it('the wait before a new container doubles from 0.5 s and is not reset by an agent that came up', async () => {
    const waits: number[] = [];
    for (let time = 0; time < 3; time += 1) {
      const { agent } = await instance.observe();
      // A slow answer to the kill makes a wait longer and never shorter, so that only lower bounds tell the waits apart.
      const killed = Date.now();
      await operator('docker', 'kill', 'ecs-agent');
      const next = await instance.waitFor(
        'a new agent',
        (state) => state.agent?.id !== agent?.id && isHealthy(state),
      );
      waits.push(Date.parse(next.agent?.startedAt ?? '') - killed);
    }
    const [first = 0, second = 0, third = 0] = waits;
    expect(first).toBeGreaterThan(450);
    expect(first).toBeLessThan(atThisPace(2_000));
    expect(second).toBeGreaterThan(900);
    expect(third).toBeGreaterThan(1_800);
  });
});

it('a reboot brings the agent back under its supervisor', async () => {
  await instance.machine.reboot();
  const later = await instance.waitFor('a new agent', (state) => isOther(state) && isHealthy(state));
  expect(later.path).toBe('public');
});

it('a power cut does too', async () => {
  await instance.machine.crash();
  await instance.machine.start();
  await instance.waitFor('a new agent', (state) => isOther(state) && isHealthy(state));
});
