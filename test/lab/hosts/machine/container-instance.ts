import { realpathSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type Dockerode from 'dockerode';
import { systemBundles } from '../../../../src/endpoints/trust-source.ts';
import { inCheckout } from '../../checkout.ts';
import { buildPrograms } from '../../stand-ins/build-programs.ts';
import type { Dnsmasq } from '../../stand-ins/dns/dnsmasq.ts';
import { agentSpec } from '../agent-container.ts';
import { dockerAt } from '../docker-client.ts';
import { type Lab, startLab } from '../lab.ts';
import { namespaceTopology } from '../topology.ts';
import { eventually } from './eventually.ts';
import { type BootStage, type Machine, type MachineOptions, startMachine } from './machine.ts';
import { nodeForMachines } from './node.ts';

export interface ContainerInstanceOptions {
  /** Variables of the agent beside the lab's own. */
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  readonly machine?: Omit<MachineOptions, 'topology'>;
  /** Whose `ecs.service` it has; default Amazon Linux, where the agent of the ECS-optimized AMI runs. */
  readonly unit?: 'amazon-linux' | 'debian';
  /** How far to wait: `registered` (default) until the agent is connected, or a stage of the first boot. */
  readonly until?: BootStage | 'registered';
}

/** The agent's container as its Engine describes it. */
export interface AgentState {
  readonly id: string;
  /** The Engine's own text; differs after every start. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly running: boolean;
  readonly exitCode: number;
}

/** What an operator can see of a container instance. */
export interface InstanceState {
  /** Undefined when there is no container of that name. */
  readonly agent: AgentState | undefined;
  /** ActiveState of `ecs.service`. */
  readonly unit: string;
  /** Process id of ecs-init in the machine; 0 when it does not run. */
  readonly supervisorPid: number;
  /** Both NAT rules by which tasks reach their credentials are in place. */
  readonly natRules: boolean;
  /** The agent's introspection API answers. */
  readonly registered: boolean;
  /** Where ECS sees the agent's ACS connection. */
  readonly path: 'private' | 'public' | 'none';
}

/** A booted container instance with the VPC and the ECS service around it, all in one network namespace. */
export interface ContainerInstance {
  readonly lab: Lab<Dnsmasq>;
  readonly machine: Machine;
  /** The machine's Engine. Not to be kept over a boot. */
  docker(): Dockerode;
  observe(): Promise<InstanceState>;
  /** Observes until `accept` is satisfied. @throws Error with the last state seen, after `timeout` (30 s) */
  waitFor(what: string, accept: (state: InstanceState) => boolean, timeout?: number): Promise<InstanceState>;
  /** Replaces the variables beside the lab's own; the next container that ecs-init creates has them. */
  setAgentEnvironment(variables: Readonly<Record<string, string>>): Promise<void>;
  /** Makes the running agent end by itself with this exit code. */
  exitAgent(code: number): Promise<void>;
  close(): Promise<void>;
}

const instanceRoot = inCheckout('test/lab/hosts/machine/instance-root');
/** Laid over it. */
const debianRoot = inCheckout('test/lab/hosts/machine/debian-root');
const buildDirectory = inCheckout('build');
const labFiles = '/var/lib/ecs-lab';

/** True while the agent runs under ecs-init and is registered: the state in which nothing is to be fixed. */
export function isHealthy(state: InstanceState): boolean {
  return (
    state.agent?.running === true &&
    state.unit === 'active' &&
    state.natRules &&
    state.registered &&
    state.path !== 'none'
  );
}

/** Boots a container instance whose agent, under ecs-init and systemd, registers over the public path. */
export async function startContainerInstance(
  options: ContainerInstanceOptions = {},
): Promise<ContainerInstance> {
  const { until = 'registered', machine: machineOptions = {}, unit = 'amazon-linux' } = options;
  const programs = await buildPrograms();
  const lab = await startLab({ dns: 'dnsmasq', topology: namespaceTopology });
  const node = nodeForMachines();

  function agentSpecText(variables: Readonly<Record<string, string>>): string {
    const spec = agentSpec('docker', {
      program: programs.agent,
      env: {
        ...lab.agentEnvironment(),
        // The agent sees the Engine's copies, made when its container starts.
        LAB_RESOLV_CONF: '/etc/resolv.conf',
        LAB_HOSTS: '/etc/hosts',
        LAB_AGENT_LOG: '/log/ecs-agent.log',
        LAB_EXIT_ON_FILE: '/lab/exit-code',
        NODE_EXTRA_CA_CERTS: '/lab/ca.pem',
        ...variables,
      },
      binds: [
        `${labFiles}:/lab`,
        '/var/log/ecs:/log',
        '/etc/ecs:/etc/ecs:ro',
        // As the agent's image, which has a bundle of its own.
        `${labFiles}/ca.pem:${systemBundles[0]}:ro`,
      ],
    });
    return JSON.stringify(spec);
  }

  let machine: Machine;
  try {
    machine = await startMachine(
      {
        topology: lab.topology,
        ...machineOptions,
        roots: [instanceRoot, ...(unit === 'debian' ? [debianRoot] : []), ...(machineOptions.roots ?? [])],
        files: {
          [`${labFiles}/agent-spec.json`]: agentSpecText(options.agentEnvironment ?? {}),
          [`${labFiles}/ca.pem`]: lab.authority.pem,
          ...machineOptions.files,
        },
        binds: {
          // Where the agent's container takes it from.
          [realpathSync(process.execPath)]: node,
          '/opt/lab/node': node,
          '/opt/lab/amazon-ecs-init': node,
          '/opt/lab/amazon-ecs-init.cjs': programs.ecsInit,
          [programs.agent]: programs.agent,
          '/opt/ecs-privatelinkd': buildDirectory,
          '/etc/resolv.conf': lab.files.resolvConf,
          '/etc/hosts': lab.files.hosts,
          ...machineOptions.binds,
        },
      },
      until === 'systemd' ? 'systemd' : 'booted',
    );
  } catch (thrown) {
    await lab.close();
    throw thrown;
  }

  const docker = () => dockerAt(`/proc/${machine.pid}/root/run/docker.sock`);

  async function observe(): Promise<InstanceState> {
    const [agent, unit, rules, registered] = await Promise.all([
      agentState(docker()),
      machine.output(['systemctl', 'show', '--property=ActiveState,MainPID', 'ecs.service']),
      machine.output(['iptables', '-t', 'nat', '-S']),
      answersIntrospection(),
    ]);
    return {
      agent,
      unit: /^ActiveState=(.*)$/m.exec(unit)?.[1] ?? 'unknown',
      supervisorPid: Number(/^MainPID=(.*)$/m.exec(unit)?.[1]),
      natRules: ['PREROUTING', 'OUTPUT'].every((chain) => rules.includes(`-A ${chain} -d 169.254.170.2/32`)),
      registered,
      path: lab.service.connected().find(({ kind }) => kind === 'acs')?.scope ?? 'none',
    };
  }

  const instance: ContainerInstance = {
    lab,
    machine,
    docker,
    observe,
    waitFor: (what, accept, timeout) =>
      eventually(what, observe, accept, timeout === undefined ? {} : { timeout }),
    setAgentEnvironment: (variables) =>
      machine.writeFile(`${labFiles}/agent-spec.json`, agentSpecText(variables)),
    exitAgent: (code) => machine.writeFile(`${labFiles}/exit-code`, `${code}\n`),
    close: async () => {
      await machine.close();
      await lab.close();
    },
  };
  try {
    // What a host's programs trust beside the public authorities.
    await machine.output(['sh', '-c', `cat ${labFiles}/ca.pem >>/etc/ssl/certs/ca-certificates.crt`]);
    if (until === 'registered') {
      await instance.waitFor('the agent to be registered', isHealthy, 60_000);
    }
    return instance;
  } catch (thrown) {
    await instance.close();
    throw thrown;
  }
}

async function agentState(docker: Dockerode): Promise<AgentState | undefined> {
  try {
    const { Id, State } = await docker.getContainer('ecs-agent').inspect();
    return {
      id: Id,
      startedAt: State.StartedAt,
      finishedAt: State.FinishedAt,
      running: State.Running,
      exitCode: State.ExitCode,
    };
  } catch (thrown) {
    if (thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 404) {
      return undefined;
    }
    throw thrown;
  }
}

async function answersIntrospection(): Promise<boolean> {
  return await new Promise((resolve) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: 51678,
      path: '/v1/metadata',
      agent: false,
      timeout: 2_000,
    });
    outgoing.on('response', (response) => {
      text(response).then(
        (body) => resolve(body.includes('ContainerInstanceArn')),
        () => resolve(false),
      );
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(false));
    outgoing.end();
  });
}
