import { expect } from 'vitest';
import { hostResolver } from '../../../src/endpoints/next-resolver.ts';
import type { Status } from '../../../src/report/status-schema.ts';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import {
  type ContainerInstance,
  type ContainerInstanceOptions,
  type InstanceState,
  isHealthy,
  startContainerInstance,
} from '../../lab/hosts/machine/container-instance.ts';
import type { Settings } from '../../lab/program.ts';
import { type DaemonUnit, daemonUnit, daemonUnitFiles } from './daemon-unit.ts';

/** A booted container instance with the daemon under test on it. */
export interface Stage {
  readonly instance: ContainerInstance;
  readonly daemon: DaemonUnit;
  /** What was there when the last scene was set. */
  before(): InstanceState;
  /** Back to: agent registered over the public path under a fresh ecs-init, no endpoints, no daemon, no journal. */
  setScene(scene?: Scene): Promise<void>;
  /** Creates all three endpoints, in AWS's order. */
  createEndpoints(): Promise<void>;
  /** The agent's processes since the scene was set or they were last marked, as the ECS service knows them. */
  newAgents(): number;
  /** Those that are known by now count no more. */
  markAgents(): void;
  /** Runs a command as root on the machine. @throws Error when its exit code is not 0 */
  run(...argv: [string, ...string[]]): Promise<string>;
  close(): Promise<void>;
}

export interface Scene {
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  readonly settings?: Settings;
}

const clearScript = `
systemctl stop ecs-privatelinkd ecs
if docker inspect ecs-agent >/dev/null 2>&1; then docker rm -f ecs-agent >/dev/null; fi
rm -f /var/log/ecs/ecs-agent.log
systemctl reset-failed
`;

export async function startStage(options: ContainerInstanceOptions = {}): Promise<Stage> {
  const instance = await startContainerInstance({
    ...options,
    machine: { ...options.machine, files: { ...daemonUnitFiles, ...options.machine?.files } },
  });
  const { lab, machine } = instance;
  const daemon = daemonUnit(machine);
  const run = (...argv: [string, ...string[]]) => machine.output(argv);
  let before: InstanceState;
  let known = new Set<string>();

  function agentProcesses(): Set<string> {
    const { calls, connections } = lab.service.record;
    return new Set([...calls, ...connections].map(({ agentProcess }) => agentProcess).filter(Boolean));
  }

  await run('systemctl', 'enable', '--quiet', 'ecs-privatelinkd');
  return {
    instance,
    daemon,
    before: () => before,
    setScene: async ({ agentEnvironment = {}, settings = {} } = {}) => {
      await run('sh', '-ec', clearScript);
      await daemon.forget();
      await daemon.configure(settings);
      for (const service of endpointServices) await lab.withdrawEndpoint(service);
      lab.service.setApiMode('answer');
      lab.service.allow();
      await lab.service.restoreNat();
      lab.imds.change({ targetLifecycleState: undefined, spotAction: undefined });
      await instance.setAgentEnvironment(agentEnvironment);
      await run('systemctl', 'start', 'ecs');
      before = await instance.waitFor(
        'an agent on the public path',
        (state) => isHealthy(state) && state.path === 'public',
      );
      known = agentProcesses();
    },
    createEndpoints: async () => {
      for (const service of endpointServices) await lab.createEndpoint(service);
    },
    markAgents: () => {
      known = agentProcesses();
    },
    newAgents: () => [...agentProcesses()].filter((process) => !known.has(process)).length,
    run,
    close: () => instance.close(),
  };
}

/** The agent is up under its supervisor and on the private path, by the daemon's word and by everybody else's. */
export async function expectSettled(stage: Stage, { newAgents }: { newAgents: number }): Promise<Status> {
  const { daemon, instance } = stage;
  await daemon.until('settled', ({ phase }) => phase === 'settled', 60_000);
  const state = await instance.waitFor(
    'a healthy agent',
    (seen) => isHealthy(seen) && seen.path === 'private',
  );
  // For long enough to see a restart too many.
  const status = await daemon.looks(3);
  expect(status).toMatchObject({
    phase: 'settled',
    reason: { code: 'on-private-path' },
    agent: { path: 'private', registered: true, supervisor: 'ecs-init' },
    judgedBy: { resolver: { source: hostResolver, unknown: null } },
  });
  expect(state.supervisorPid).toBeGreaterThan(0);
  expect(await instance.observe()).toEqual(state);
  expect(instance.lab.service.connected().filter(({ scope }) => scope === 'public')).toEqual([]);
  expect(stage.newAgents()).toBe(newAgents);
  return status;
}

/** The daemon has looked a number of times more and done nothing to the agent. */
export async function expectLeftAlone(stage: Stage, looks = 6): Promise<Status> {
  const status = await stage.daemon.looks(looks);
  expect(status).toMatchObject({ restartsTotal: 0, lastRestart: null });
  expect(stage.newAgents()).toBe(0);
  return status;
}
