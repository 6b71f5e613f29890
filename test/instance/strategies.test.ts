import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentSpec } from '../lab/hosts/agent-container.ts';
import { isHealthy } from '../lab/hosts/machine/container-instance.ts';
import { eventually } from '../lab/hosts/machine/eventually.ts';
import { buildPrograms } from '../lab/stand-ins/build-programs.ts';
import { expectLeftAlone, expectSettled, type Stage, startStage } from './stage/stage.ts';

// The daemon on every kind of host, on a real systemd and a real Engine. What counts is the state that it leaves:
// the agent up, under its supervisor, unit active, NAT rules there, registered, on the private path.

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage?.close();
});

describe('under ecs-init', () => {
  it('a kill: a new container by the same ecs-init', async () => {
    await stage.setScene();
    await stage.daemon.start();
    await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');
    await stage.createEndpoints();
    const status = await expectSettled(stage, { newAgents: 1 });
    expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { verb: 'kill', outcome: 'private' } });
    // The settings of dockerd could be read.
    expect(status).toMatchObject({ judgedBy: { resolver: { doubt: null } } });
    await expectReplaced({ sameSupervisor: true });
  });

  it.each([
    ['restart=systemd', { settings: { restart: 'systemd' } }],
    ['an agent that a kill may harm (1.44.3)', { agentEnvironment: { LAB_AGENT_VERSION: '1.44.3' } }],
  ])('%s: the unit is restarted', async (_, scene) => {
    await stage.setScene(scene);
    await stage.daemon.start();
    await stage.createEndpoints();
    const status = await expectSettled(stage, { newAgents: 1 });
    expect(status).toMatchObject({
      restartsTotal: 1,
      lastRestart: { verb: 'systemctl-restart', outcome: 'private' },
    });
    await expectReplaced({ sameSupervisor: false });
  });

  it('an agent that dials the public path without an answer and ignores SIGTERM: killed', async () => {
    await stage.setScene();
    await stage.instance.lab.service.removeNat();
    await stage.instance.waitFor('the agent to be cut off', ({ path }) => path === 'none');
    await stage.daemon.start();
    await stage.createEndpoints();
    const status = await expectSettled(stage, { newAgents: 1 });
    expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { verb: 'kill' } });
    await expectReplaced({ sameSupervisor: true });
  });

  it('an agent that is blocked in its registration heals itself: nothing is done', async () => {
    await stage.setScene({ agentEnvironment: { LAB_REGISTRATION_MS: '30000' } });
    await stage.instance.lab.service.removeNat();
    await stage.run('systemctl', 'restart', 'ecs');
    await untilRegistering();
    await stage.daemon.start();
    await stage.createEndpoints();
    // The process that was started without a way out, and no other.
    await expectSettled(stage, { newAgents: 1 });
    expect(stage.daemon.status()).toMatchObject({ restartsTotal: 0, lastRestart: null });
  });

  it('an agent blocked in its registration is restarted by hand: SIGTERM ignored, SIGKILL, a new one', async () => {
    await stage.setScene({ agentEnvironment: { LAB_REGISTRATION_MS: '120000' } });
    await stage.instance.lab.service.removeNat();
    await stage.run('systemctl', 'restart', 'ecs');
    await untilRegistering();
    const blocked = await stage.instance.observe();
    await stage.createEndpoints();
    const asked = performance.now();
    const { code, stdout } = await stage.daemon.command('restart');
    expect(performance.now() - asked).toBeGreaterThan(9_500);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('private path') });
    const state = await stage.instance.waitFor('a healthy agent', isHealthy);
    expect(state).toMatchObject({ path: 'private' });
    expect(state.agent?.id).not.toBe(blocked.agent?.id);
  });
});

describe('without ecs-init', () => {
  it.each([
    ['its own restart policy', { Name: 'always' }, 'restart-policy'],
    ['nothing that supervises it', { Name: 'no' }, 'none'],
  ])('an agent with %s: the same container is killed and started', async (_, restartPolicy, supervisor) => {
    await stage.setScene();
    await stage.run('systemctl', 'stop', 'ecs');
    const docker = stage.instance.docker();
    await docker.getContainer('ecs-agent').remove();
    const { agent } = await buildPrograms();
    const { lab } = stage.instance;
    const container = await docker.createContainer({
      name: 'ecs-agent',
      ...agentSpec('docker', {
        program: agent,
        env: {
          ...lab.agentEnvironment(),
          LAB_AGENT_LOG: '/log/ecs-agent.log',
          NODE_EXTRA_CA_CERTS: '/lab/ca.pem',
        },
        binds: ['/var/lib/ecs-lab:/lab', '/var/log/ecs:/log'],
        restartPolicy,
      }),
    });
    await container.start();
    const before = await stage.instance.waitFor('an agent', ({ path, registered }) => {
      return registered && path === 'public';
    });
    await stage.daemon.start();
    await stage.createEndpoints();
    const status = await stage.daemon.until('settled', ({ phase }) => phase === 'settled');
    expect(status).toMatchObject({
      restartsTotal: 1,
      lastRestart: { verb: 'kill', outcome: 'private' },
      agent: { supervisor },
    });
    const after = await stage.instance.observe();
    expect(after).toMatchObject({ agent: { id: before.agent?.id, running: true }, path: 'private' });
    expect(after.agent?.startedAt).not.toBe(before.agent?.startedAt);
    expect(after).toMatchObject({ unit: before.unit, natRules: before.natRules, registered: true });
    // The one that was started here, and one by the daemon.
    expect(stage.newAgents()).toBe(2);
    await container.remove({ force: true });
  });
});

describe('an agent that is not there', () => {
  it.each([
    { what: 'its container missing', act: () => stage.run('docker', 'rm', '-f', 'ecs-agent') },
    { what: 'its container stopped', act: () => stage.run('docker', 'kill', 'ecs-agent') },
  ])('$what: nothing is done; ecs-init brings it onto the private path', async ({ act }) => {
    await stage.setScene();
    const { supervisorPid } = stage.before();
    await stage.run('kill', '-STOP', String(supervisorPid));
    await act();
    await stage.daemon.start();
    await stage.createEndpoints();
    await stage.daemon.until('no agent', ({ reason }) => reason.code === 'agent-not-running');
    const status = await expectLeftAlone(stage);
    expect(status).toMatchObject({ phase: 'settling', reason: { code: 'agent-not-running' } });
    expect((await stage.instance.observe()).agent?.running ?? false).toBe(false);
    await stage.run('kill', '-CONT', String(supervisorPid));
    await expectSettled(stage, { newAgents: 1 });
    expect(stage.daemon.status()).toMatchObject({ restartsTotal: 0 });
  });

  it('its unit stopped on purpose: nothing is done until it is started', async () => {
    await stage.setScene();
    await stage.run('systemctl', 'stop', 'ecs');
    await stage.daemon.start();
    await stage.createEndpoints();
    await stage.daemon.until('blocked', ({ phase }) => phase === 'blocked');
    const status = await expectLeftAlone(stage);
    expect(status.reason).toMatchObject({
      code: 'unit-stopped',
      advice: expect.stringContaining('systemctl start'),
    });
    expect(await stage.instance.observe()).toMatchObject({ unit: 'inactive', agent: { running: false } });
    await stage.run('systemctl', 'start', 'ecs');
    await expectSettled(stage, { newAgents: 1 });
    expect(stage.daemon.status()).toMatchObject({ restartsTotal: 0 });
  });

  it('its unit stopped on purpose while the daemon watches: nothing is done', async () => {
    await stage.setScene();
    await stage.daemon.start();
    await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');
    await stage.run('systemctl', 'stop', 'ecs');
    await stage.createEndpoints();
    await stage.daemon.until('blocked', ({ reason }) => reason.code === 'unit-stopped');
    await expectLeftAlone(stage);
    expect(await stage.instance.observe()).toMatchObject({ unit: 'inactive', agent: { running: false } });
  });

  it('its last exit code 5: nothing is done until the unit is started', async () => {
    await stage.setScene();
    await stage.instance.exitAgent(5);
    await stage.instance.waitFor('the unit to fail', ({ unit }) => unit === 'failed');
    await stage.daemon.start();
    await stage.createEndpoints();
    await stage.daemon.until('blocked', ({ phase }) => phase === 'blocked');
    const status = await expectLeftAlone(stage);
    expect(status.reason).toMatchObject({
      code: 'agent-exit-5',
      advice: expect.stringContaining('ecs-agent.log'),
    });
    expect(await stage.instance.observe()).toMatchObject({ unit: 'failed', agent: { exitCode: 5 } });
    await stage.run('systemctl', 'start', 'ecs');
    await expectSettled(stage, { newAgents: 1 });
    expect(stage.daemon.status()).toMatchObject({ restartsTotal: 0 });
  });
});

/** Another container, unit and NAT rules as they were. */
async function expectReplaced({ sameSupervisor }: { sameSupervisor: boolean }): Promise<void> {
  const before = stage.before();
  const after = await stage.instance.observe();
  expect(after.agent?.id).not.toBe(before.agent?.id);
  expect(after.supervisorPid === before.supervisorPid).toBe(sameSupervisor);
}

/** The agent is dialling the public address, which does not answer. */
async function untilRegistering(): Promise<void> {
  const [address = ''] = stage.instance.lab.topology.publicAddresses.ecs;
  await eventually(
    'its first attempt',
    () => stage.run('ss', '-Htn', 'state', 'syn-sent'),
    (sockets) => sockets.includes(`${address}:443`),
  );
}
