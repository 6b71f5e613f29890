import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isHealthy } from '../lab/hosts/machine/container-instance.ts';
import { startProxy } from '../lab/stand-ins/proxy.ts';
import { expectLeftAlone, expectSettled, type Stage, startStage } from './stage/stage.ts';

// What keeps the daemon from restarting an agent although all endpoints are ready: said in `status` with what to do
// about it, and over as soon as it is over. And what makes a restart useless, which only the new agent can find out.

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage?.close();
});

/** The guard is shown, in JSON and in words, and nothing has been done. */
async function expectBlocked(code: string, message: RegExp, advice: RegExp): Promise<void> {
  await stage.daemon.until(code, ({ phase, reason }) => phase === 'blocked' && reason.code === code);
  const status = await expectLeftAlone(stage);
  expect(status).toMatchObject({
    phase: 'blocked',
    reason: { code, message: expect.stringMatching(message), advice: expect.stringMatching(advice) },
    warnings: [{ code }],
  });
  await expectShown('why', message);
  await expectShown('to do', advice);
  const blocked = stage.daemon.events().filter(({ event }) => event === 'phase-blocked');
  expect(blocked.map(({ reason }) => reason)).toEqual([code]);
}

/** `status` says so in a row of its own, and that the host is not settled. */
async function expectShown(label: string, text: RegExp): Promise<void> {
  const { code, stdout } = await stage.daemon.command('status');
  expect(code).toBe(1);
  // Long rows are wrapped and indented.
  const [, row = ''] = stdout.split(new RegExp(`^${label} +`, 'm'));
  expect(row.replace(/\n +/g, ' ').split('\n')[0]).toMatch(text);
}

async function startDaemonWithEndpoints(): Promise<void> {
  await stage.daemon.start();
  await stage.createEndpoints();
}

describe('the instance is about to go away', () => {
  it.each([
    { why: 'Auto Scaling takes it', change: { targetLifecycleState: 'Terminated' }, told: /Terminated/ },
    {
      why: 'a spot notice',
      change: { spotAction: { action: 'terminate', time: '2030-01-01T00:00:00Z' } },
      told: /spot notice: terminate/,
    },
  ])('$why: left alone; restarted once it is to stay', async ({ change, told }) => {
    await stage.setScene();
    const { imds } = stage.instance.lab;
    imds.change(change);
    await startDaemonWithEndpoints();
    await expectBlocked('instance-terminating', told, /replacement/);
    imds.change({ targetLifecycleState: 'InService', spotAction: undefined });
    expect((await expectSettled(stage, { newAgents: 1 })).restartsTotal).toBe(1);
  });
});

describe('tasks are starting', () => {
  const tasksFile = '/var/lib/ecs-lab/tasks.json';
  const agentEnvironment = { LAB_TASKS: '/lab/tasks.json' };
  const task = (known: string) =>
    JSON.stringify({ Tasks: [{ Arn: 'arn:1', DesiredStatus: 'RUNNING', KnownStatus: known }] });

  it('the restart waits for them, and says so', async () => {
    await stage.instance.machine.writeFile(tasksFile, task('CREATED'));
    await stage.setScene({ agentEnvironment });
    await startDaemonWithEndpoints();
    await stage.daemon.until('scheduled', ({ reason }) => reason.code === 'tasks-starting');
    const status = await expectLeftAlone(stage);
    expect(status).toMatchObject({ phase: 'scheduled', next: { restartAt: expect.any(String) } });
    await expectShown('why', /1 task\(s\) are still starting; .*600 s at most/);
    await expectShown('next', /restart in 10 min/);
    await stage.instance.machine.writeFile(tasksFile, task('RUNNING'));
    expect((await expectSettled(stage, { newAgents: 1 })).restartsTotal).toBe(1);
  });

  it('for a limited time', async () => {
    await stage.instance.machine.writeFile(tasksFile, task('CREATED'));
    await stage.setScene({ agentEnvironment, settings: { 'task-wait': '2s' } });
    await startDaemonWithEndpoints();
    await stage.daemon.until('scheduled', ({ reason }) => reason.code === 'tasks-starting');
    expect((await expectSettled(stage, { newAgents: 1 })).restartsTotal).toBe(1);
    const events = stage.daemon.events();
    const at = (event: string, reason?: string) =>
      Date.parse(events.find((one) => one.event === event && one['reason'] === reason)?.time ?? '');
    const waitedMs = at('restart-issued') - at('phase-changed', 'tasks-starting');
    expect(waitedMs).toBeGreaterThanOrEqual(1_950);
  });
});

describe('the agent is set so that a restart would not help', () => {
  it('behind an HTTP proxy, which resolves the names itself', async () => {
    const { lab } = stage.instance;
    const addresses = lab.publicRecords();
    const proxy = await startProxy({
      address: lab.topology.proxy,
      lookup: async (host) => addresses[host] ?? [],
    });
    try {
      await stage.setScene({ agentEnvironment: { HTTP_PROXY: proxy.url } });
      await startDaemonWithEndpoints();
      await expectBlocked('agent-behind-proxy', /through the proxy http:\/\/10\.0\.0\.80:3128/, /NO_PROXY/);
      expect(proxy.tunnels).toContain(`ecs.us-east-1.amazonaws.com:443`);
      // As advised.
      await expectMended({
        HTTP_PROXY: proxy.url,
        NO_PROXY: '169.254.169.254,169.254.170.2,.us-east-1.amazonaws.com',
      });
    } finally {
      await proxy.close();
    }
  });

  it('to another region than that of the endpoints', async () => {
    const backend = { ECS_BACKEND_HOST: stage.instance.lab.hosts.ecs };
    await stage.setScene({ agentEnvironment: { ...backend, AWS_DEFAULT_REGION: 'eu-west-1' } });
    await startDaemonWithEndpoints();
    await expectBlocked('agent-region-differs', /eu-west-1.*us-east-1/, /AWS_DEFAULT_REGION/);
    await expectMended({});
  });

  it('by an ecs.config that was edited since, which only the next one will read', async () => {
    const config = '/etc/ecs/ecs.config';
    await stage.setScene();
    await stage.run('sh', '-c', `echo HTTP_PROXY=http://10.0.0.80:3128 >>${config}`);
    await startDaemonWithEndpoints();
    await expectBlocked('agent-behind-proxy', /through the proxy http:\/\/10\.0\.0\.80:3128/, /NO_PROXY/);
    await stage.run('sed', '-i', '/^HTTP_PROXY=/d', config);
    expect((await expectSettled(stage, { newAgents: 1 })).restartsTotal).toBe(1);
  });

  it('too old for PrivateLink', async () => {
    await stage.setScene({ agentEnvironment: { LAB_AGENT_VERSION: '1.25.0' } });
    await startDaemonWithEndpoints();
    await expectBlocked('agent-too-old', /1\.25\.0/, /Update the container agent to 1\.25\.1/);
    await expectMended({});
  });

  /** The operator fixes the agent's settings and restarts it, which is all that it takes. */
  async function expectMended(agentEnvironment: Readonly<Record<string, string>>): Promise<void> {
    await stage.instance.setAgentEnvironment(agentEnvironment);
    await stage.run('systemctl', 'restart', 'ecs');
    await stage.instance.waitFor('the agent', (state) => isHealthy(state) && state.path === 'private');
    const status = await expectSettled(stage, { newAgents: 1 });
    expect(status).toMatchObject({ restartsTotal: 0, lastRestart: null, warnings: [] });
  }
});

describe('the policy of the endpoint lacks an action', () => {
  it('ecs:Poll: restarted once and never settled, the action named', async () => {
    // As the real agent, which waits for up to 2 minutes, and at a pace that seldom sees its refused tries.
    const agentEnvironment = { LAB_RECONNECT_MAX_MS: '120000' };
    await stage.setScene({
      agentEnvironment,
      settings: { 'waiting-interval': '5s', 'verify-timeout': '90s' },
    });
    stage.instance.lab.service.refuse('ecs:Poll');
    await startDaemonWithEndpoints();
    await stage.daemon.until(
      'blocked',
      ({ phase, reason }) => phase === 'blocked' && reason.code === 'agent-refused',
      5 * 60_000,
    );
    const status = await stage.daemon.looks(1);
    expect(status).toMatchObject({
      phase: 'blocked',
      reason: { code: 'agent-refused', advice: expect.stringContaining('ecs:Poll') },
      restartsTotal: 1,
      agent: { registered: true },
    });
    expect(status.lastRestart?.outcome).not.toBe('private');
    await expectShown('to do', /ecs:Poll/);
    expect(phases()).not.toContain('settled');
    expect(stage.newAgents()).toBe(1);
  });

  function phases(): unknown[] {
    const changes = stage.daemon.events().filter(({ event }) => event === 'phase-changed');
    return changes.map(({ phase }) => phase);
  }
});
