import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Dockerode from 'dockerode';
import { messageOf } from '../../../src/kit/problem.ts';
import { removeContainer, startAgentContainer } from '../agent-container.ts';
import { buildPrograms } from '../build-programs.ts';
import type { ProgrammableDns } from '../dns/programmable.ts';
import { dockerAt } from '../docker-client.ts';
import type { ServiceConnection } from '../ecs-service/connection-record.ts';
import { startEmbeddedEngine } from '../embedded-engine/embedded-engine.ts';
import { type Lab, startLab } from '../lab.ts';
import { claimDirectory, leftDirectories } from '../owned-directory.ts';
import { loopbackTopology, namespaceTopology, type Topology } from '../topology.ts';
import { type AgentWatch, watchAgent } from './agent-watch.ts';
import { describeDaemonEvent } from './daemon-event.ts';
import { type DaemonProcess, startDaemonProcess } from './daemon-process.ts';
import { agentContainerName, ownerLabels } from './holder.ts';
import type { InsideOptions } from './options.ts';
import type { Timeline } from './timeline.ts';

/** Pauses of the rehearsal, in milliseconds. */
export interface Pace {
  /** The daemon's time from look to look, waiting and settled alike. */
  readonly lookMs: number;
  /** From one endpoint to the next: more than one look, so that the daemon is seen to wait. */
  readonly betweenEndpointsMs: number;
  /** How long after the end it is watched that nothing more happens. */
  readonly watchMs: number;
}

/** Everything that takes part, with the agent on the public path. */
export interface Stage {
  readonly lab: Lab<ProgrammableDns>;
  readonly agent: AgentWatch;
  startDaemon(): DaemonProcess;
  /** The phase in the daemon's status file; undefined before there is one. */
  phase(): string | undefined;
  close(): Promise<void>;
}

/** Sets the stage in the current network namespace. Whatever was started is ended when it fails half-way. */
export async function setStage(inside: InsideOptions, pace: Pace, timeline: Timeline): Promise<Stage> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) {
      try {
        await closer();
      } catch (error) {
        // The rest is to be cleaned up all the same.
        timeline.tell('rehearse', 'not-cleaned', `cleaning up: ${messageOf(error)}`);
      }
    }
  };
  try {
    for (const left of leftDirectories('rehearsal')) {
      rmSync(left, { recursive: true, force: true });
    }
    const directory = claimDirectory('rehearsal');
    closers.push(() => rmSync(directory, { recursive: true, force: true }));
    const subdirectory = (name: string): string => {
      const path = join(directory, name);
      mkdirSync(path);
      return path;
    };
    const labDirectory = subdirectory('lab');
    const runDirectory = subdirectory('run');

    const topology = topologyFor(inside);
    const lab = await startLab({ dns: 'programmable', topology, directory: labDirectory });
    closers.push(() => lab.close());
    const engine = await openEngine(inside, timeline);
    closers.push(() => engine.close());
    const introspection = inside.place === 'loopback' ? '127.77.0.51:51678' : '127.0.0.1:51678';
    closers.push(() => removeContainer(engine.docker, agentContainerName));
    // Closed first: what the cleaning up brings about is of no interest.
    const agent = await watchAgent(engine.docker, agentContainerName, timeline);
    closers.push(() => agent.close());
    const { record } = lab.service;
    closers.push(record.onChange(tellConnections(record.connections, timeline)));
    await startAgentContainer(engine, {
      name: agentContainerName,
      program: (await buildPrograms()).agent,
      env: { ...lab.agentEnvironment(), LAB_INTROSPECTION: introspection },
      binds: [labDirectory],
      restartPolicy: { Name: 'on-failure', MaximumRetryCount: 10 },
      init: false,
      networkMode: inside.holder === undefined ? 'host' : `container:${inside.holder}`,
      labels: ownerLabels(),
    });
    await lab.service.waitForConnection(({ kind, scope }) => kind === 'acs' && scope === 'public');

    const settingsFile = join(directory, 'settings');
    writeFileSync(settingsFile, '');
    const startDaemon = (): DaemonProcess => {
      const daemon = startDaemonProcess({
        settings: {
          config: settingsFile,
          'docker-host': `unix://${engine.socketPath}`,
          'agent-container': agentContainerName,
          'agent-introspection': `http://${introspection}`,
          'agent-log': join(labDirectory, 'ecs-agent.log'),
          // Not the unit of an agent that this machine may really have.
          'agent-unit': 'ecs-privatelinkd-rehearsal.service',
          'imds-endpoint': lab.imds.endpoint,
          'resolv-conf': lab.files.resolvConf,
          'hosts-file': lab.files.hosts,
          'ca-file': lab.caFile,
          'state-dir': subdirectory('state'),
          'run-dir': runDirectory,
          'waiting-interval': `${pace.lookMs}ms`,
          'settled-interval': `${pace.lookMs}ms`,
          'log-format': 'json',
        },
        onEvent: (event) => {
          timeline.tell(
            'daemon',
            event.event,
            describeDaemonEvent(event),
            { log: event },
            Date.parse(event.time),
          );
        },
        onOther: (line) => timeline.tell('daemon', 'output', line),
      });
      closers.push(() => daemon.close());
      return daemon;
    };
    return { lab, agent, startDaemon, phase: () => readPhase(join(runDirectory, 'status.json')), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function topologyFor({ place, engine }: InsideOptions): Topology {
  const topology = withoutIpv6(place === 'namespace' ? namespaceTopology : loopbackTopology);
  if (engine === 'docker') {
    const commands = topology.all().map((address) => `address add ${address} dev lo\n`);
    execFileSync('ip', ['-batch', '-'], { input: commands.join('') });
  }
  return topology;
}

/** A container's network, and many a machine's, has no IPv6; nor has the loopback topology. */
function withoutIpv6(topology: Topology): Topology {
  const only4 = {
    ...topology,
    imdsIpv6: undefined,
    vpcResolverIpv6: undefined,
    vpcCidrs: topology.vpcCidrs.filter((cidr) => !cidr.includes(':')),
    privateIpv6Addresses: loopbackTopology.privateIpv6Addresses,
    publicIpv6Addresses: loopbackTopology.publicIpv6Addresses,
  };
  return { ...only4, all: () => topology.all().filter((address) => !address.includes(':')) };
}

interface StageEngine {
  readonly kind: 'docker' | 'embedded';
  readonly socketPath: string;
  readonly docker: Dockerode;
  close(): Promise<void>;
}

async function openEngine({ engine, socketPath }: InsideOptions, timeline: Timeline): Promise<StageEngine> {
  if (engine === 'embedded' || socketPath === undefined) {
    return startEmbeddedEngine({ announce: (line) => timeline.tell('engine', 'embedded', line) });
  }
  const docker = dockerAt(socketPath);
  // It is not the rehearsal's to end.
  return { kind: 'docker', socketPath, docker, close: async () => {} };
}

/** Tells of every connection of the agent's that was opened or closed since the last call. */
function tellConnections(connections: readonly ServiceConnection[], timeline: Timeline): () => void {
  const opened = new Set<ServiceConnection>();
  const closed = new Set<ServiceConnection>();
  return () => {
    for (const connection of connections) {
      const { kind, host, address, scope, openedAt, closedAt } = connection;
      const name = kind.toUpperCase();
      const fields = { kind, host, address, scope };
      if (!opened.has(connection)) {
        opened.add(connection);
        const text = `${name} connected: ${host} at ${address} (${scope})`;
        timeline.tell('agent', 'connected', text, fields, openedAt);
      }
      if (closedAt !== undefined && !closed.has(connection)) {
        closed.add(connection);
        timeline.tell('agent', 'disconnected', `${name} closed: ${address} (${scope})`, fields, closedAt);
      }
    }
  };
}

function readPhase(statusFile: string): string | undefined {
  try {
    return JSON.parse(readFileSync(statusFile, 'utf8')).phase;
  } catch {
    return undefined;
  }
}
