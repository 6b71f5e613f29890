import { chmodSync, chownSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Host } from '../../lab/hosts/host.ts';
import type { Settings } from '../../lab/program.ts';
import { createEndpoints, describeOnEngine, expectNoRestart, expectSettled } from '../daemon/stage.ts';

/** The sockets alone are to tell. */
const withoutLog = { 'agent-log': '', 'waiting-interval': '100ms', 'settled-interval': '100ms' };
/** Start times decide soon, and not before a connection could be seen to last. */
const hasty: Settings = { ...withoutLog, 'unknown-path-after': '4s' };

const ecr = 'api.ecr.us-east-1.amazonaws.com';
const others = { LAB_EXTRA_CONNECTIONS: `${ecr},ssm.us-east-1.amazonaws.com` };

/** Gives ECR an interface endpoint, at an address in the hub VPC. */
async function createEcrEndpoint({ lab }: Pick<Host, 'lab'>): Promise<string> {
  const [address = ''] = lab.topology.hubAddresses.ecs;
  const certificate = await lab.authority.issue({ names: [ecr, 'ssm.us-east-1.amazonaws.com'] });
  lab.service.at(address).setCertificate(certificate);
  await lab.dns.setRecords({ [ecr]: [address], 'ssm.us-east-1.amazonaws.com': [address] });
  return address;
}

interface Unprivileged {
  readonly as: string;
  readonly setpriv: readonly string[];
  readonly uid: number;
}

/** Ways to run the program so that it may use the Engine's socket and not look into the agent's process. */
const unprivileged: readonly [Unprivileged, Unprivileged] = [
  { as: 'root without capabilities', setpriv: ['--bounding-set=-all', '--inh-caps=-all'], uid: 0 },
  { as: 'another user', setpriv: ['--reuid=65534', '--regid=65534', '--clear-groups'], uid: 65_534 },
];

/** Lets that user in where the daemon reads and writes. */
function letIn(uid: number, { lab, engine, stateDirectory, runDirectory }: Host): void {
  chmodSync(lab.directory, 0o755);
  for (const path of [stateDirectory, runDirectory, engine.socketPath]) chownSync(path, uid, uid);
}

describeOnEngine("a doubt about the agent's path", (newHost) => {
  it("the agent's own other connections: private ones do not hide the public path", async () => {
    const addresses: string[] = [];
    const host = await newHost({
      settings: withoutLog,
      agentEnvironment: others,
      before: async (lab) => void addresses.push(await createEcrEndpoint({ lab })),
    });
    await host.lab.service.waitForConnection(({ address }) => addresses.includes(address));
    const daemon = host.startDaemon();
    await daemon.until(({ agent }) => agent.path === 'public');
    await createEndpoints(host);
    await expectSettled(host, daemon);
  });

  it("the agent's own other connections: public ones do not hide the private path", async () => {
    const host = await newHost({
      settings: withoutLog,
      agentEnvironment: others,
      before: (lab) => createEndpoints({ lab }),
    });
    const { service, topology } = host.lab;
    await service.waitForConnection(({ kind, scope }) => kind === 'other' && scope === 'public');
    const daemon = host.startDaemon();
    await daemon.until(({ phase }) => phase === 'settled');
    const { agent } = await expectNoRestart(host, daemon);
    expect(agent.connections).toContain(`${topology.publicAddresses.other[0]} ESTABLISHED`);
  });

  it('a public connection beside a websocket that never lasts: public, whatever host the log names', async () => {
    const host = await newHost({
      agentEnvironment: {
        ...others,
        LAB_SESSION_MS: '50',
        LAB_RECONNECT_MS: '250',
        ECS_DISABLE_METRICS: 'true',
      },
      before: (lab) => createEndpoints({ lab }),
      settings: { 'verify-timeout': '8s', 'waiting-interval': '100ms', 'settled-interval': '100ms' },
    });
    const daemon = host.startDaemon();
    const learnt = host.lab.hosts['ecs-agent'];
    await daemon.until(({ agent }) => agent.path === 'public' && agent.lastWebsocketHost === learnt);
    await daemon.event('restart-not-verified');
    await daemon.until(({ phase }) => phase === 'blocked');
    const status = await daemon.looks(15);
    expect(status).toMatchObject({
      phase: 'blocked',
      reason: { code: 'restart-did-not-help' },
      restartsTotal: 1,
    });
    expect(await host.restarts()).toBe(1);
  });

  /** Neither the host that it was told nor the API can be reached in public any more. */
  async function cutOff(host: Host): Promise<void> {
    for (const address of host.lab.service.addresses('public')) {
      await address.setMode('refused');
      address.dropConnections();
    }
    await createEndpoints(host);
  }

  it('no connection at all, of an agent that tries a public name: disconnected, and one restart', async () => {
    const host = await newHost();
    await cutOff(host);
    const daemon = host.startDaemon();
    await daemon.until(({ agent }) => agent.path === 'disconnected');
    const told = await daemon.until(({ reason }) => reason.code === 'agent-disconnected');
    expect(told.phase).toBe('settling');
    // It may be between two tries: these are two minutes apart at the most.
    await delay(60_000);
    expect(await host.restarts()).toBe(0);
    await expectSettled(host, daemon);
  });

  it('no connection at all, and no log: disconnected, and restarted by hand only', async () => {
    const host = await newHost({ settings: withoutLog });
    await cutOff(host);
    const daemon = host.startDaemon();
    await daemon.until(({ reason }) => reason.code === 'agent-disconnected');
    await expectNoRestart(host, daemon);
    expect(await host.command(['restart', '--if-needed'])).toMatchObject({ exitCode: 0 });
    await expectSettled(host, daemon);
  });

  it.each(unprivileged)('$as: unknown, and one restart of an older agent', async ({ setpriv, uid }) => {
    const host = await newHost({ setpriv, settings: hasty, supervision: 'restart-policy' });
    letIn(uid, host);
    const daemon = host.startDaemon();
    const before = await daemon.until(({ agent }) => agent.registered);
    expect(before.agent).toMatchObject({ path: 'unknown', connections: [] });
    expect(before.agent.evidence).toContain('needs root or CAP_SYS_PTRACE');
    await createEndpoints(host);
    await daemon.event('restart-not-verified', ({ outcome }) => outcome === 'unproven');
    await daemon.until(({ phase }) => phase === 'blocked');
    const status = await daemon.looks(6);
    expect(status).toMatchObject({ phase: 'blocked', reason: { code: 'path-unproven' } });
    expect(await host.command(['status'])).toMatchObject({ exitCode: 1 });
    expect(await host.restarts()).toBe(1);
    // Others see what it may not see.
    expect(host.lab.service.connected().map(({ scope }) => scope)).toEqual(['private', 'private']);
  });

  it.each(unprivileged)(
    '$as: who runs the agent is not known, and nothing is done',
    async ({ setpriv, uid }) => {
      const host = await newHost({ setpriv, settings: hasty });
      letIn(uid, host);
      await createEndpoints(host);
      const daemon = host.startDaemon();
      await daemon.until(({ phase }) => phase === 'blocked');
      const status = await expectNoRestart(host, daemon);
      expect(status).toMatchObject({ agent: { supervisor: 'unknown' }, reason: { code: 'no-safe-restart' } });
    },
  );

  it('the same, and no restart of a younger agent', async () => {
    const [{ setpriv, uid }] = unprivileged;
    const host = await newHost({ setpriv, settings: hasty, supervision: 'restart-policy' });
    letIn(uid, host);
    await createEndpoints(host);
    const first = host.startDaemon({ restart: 'off' });
    await first.until(({ transition }) => transition !== null);
    first.kill('SIGTERM');
    await first.ended;
    // Somebody else restarts the agent while no daemon runs.
    const { Id } = await host.agent();
    await host.engine.docker.getContainer(Id).restart();
    await host.lab.service.waitForConnection(({ kind, scope }) => kind === 'acs' && scope === 'private');
    const daemon = host.startDaemon();
    await daemon.until(({ phase }) => phase === 'blocked');
    const status = await daemon.looks(6);
    expect(status).toMatchObject({ reason: { code: 'path-unproven' }, restartsTotal: 0 });
    expect(await host.restarts()).toBe(1);
  });

  it('without permission for the Docker socket: said once, and nothing is done', async () => {
    const host = await newHost({ setpriv: ['--reuid=65534', '--regid=65534', '--clear-groups'] });
    letIn(65_534, host);
    chownSync(host.engine.socketPath, 0, 0);
    chmodSync(host.engine.socketPath, 0o600);
    await createEndpoints(host);
    const daemon = host.startDaemon();
    await daemon.until(({ phase }) => phase === 'blocked');
    const status = await expectNoRestart(host, daemon);
    expect(status.reason).toMatchObject({ code: 'engine-no-permission' });
    const warnings = daemon.events.filter(({ level }) => level === 'warn').map(({ event }) => event);
    expect(warnings.sort()).toEqual(['event-stream-lost', 'phase-blocked', 'problem']);
  });
});
