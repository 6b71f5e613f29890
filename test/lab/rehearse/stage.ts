import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Dockerode from 'dockerode';
import { messageOf } from '../../../src/kit/problem.ts';
import { inCheckout } from '../checkout.ts';
import { dockerAt } from '../hosts/docker-client.ts';
import type { HostFiles } from '../hosts/host-files.ts';
import { type Lab, startLab } from '../hosts/lab.ts';
import { loopbackTopology, loopbackTopologyOf, namespaceTopology, type Topology } from '../hosts/topology.ts';
import { claimDirectory, leftDirectories } from '../owned-directory.ts';
import { buildPrograms } from '../stand-ins/build-programs.ts';
import type { ProgrammableDns } from '../stand-ins/dns/programmable.ts';
import { startEmbeddedEngine } from '../stand-ins/embedded-engine/embedded-engine.ts';
import { startStandInSystemd } from '../stand-ins/systemd.ts';
import { describeDaemonEvent, isForPeople } from './daemon-event.ts';
import { type DaemonProcess, startDaemonProcess } from './daemon-process.ts';
import { agentContainerName, ownerLabels } from './holder.ts';
import { type DaemonStatus, readStatus } from './last-words.ts';
import { claimLoopbackBlock } from './loopback-block.ts';
import type { InsideOptions, RehearsalOptions } from './options.ts';
import { type StageAgent, startStageAgent } from './stage-agent.ts';
import { tellConnections } from './tell-connections.ts';
import type { Timeline } from './timeline.ts';
import { type Patience, until } from './until.ts';

const agentUnit = 'ecs-privatelinkd-rehearsal.service';

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
  readonly agent: StageAgent;
  startDaemon(): DaemonProcess;
  /** What the daemon last wrote to its status file; undefined before there is one. */
  status(): DaemonStatus | undefined;
  /** Copies the daemon's log to where it outlives the rehearsal. Returns that path; undefined without a log. */
  keepLog(): string | undefined;
  close(): Promise<void>;
}

/** Sets the stage in the current network namespace. Whatever was started is ended when it fails half-way. */
export async function setStage(
  options: Pick<RehearsalOptions, 'plain' | 'set'>,
  inside: InsideOptions,
  { pace, patience }: { readonly pace: Pace; readonly patience: Patience },
  timeline: Timeline,
): Promise<Stage> {
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

    const loopback = inside.place === 'loopback' ? await claimLoopbackBlock() : undefined;
    closers.push(() => loopback?.close());
    const topology = topologyFor(inside, loopback?.block);
    const lab = await startLab({ dns: 'programmable', topology, directory: labDirectory });
    closers.push(() => lab.close());
    const engine = await openEngine(inside, timeline);
    closers.push(() => engine.close());
    const introspection = `${loopback ? topology.customResolver : '127.0.0.1'}:51678`;
    const { record } = lab.service;
    const stopTelling = record.onChange(tellConnections(record.connections, timeline));
    const programs = await buildPrograms();
    const systemd = startStandInSystemd(agentUnit, directory);
    const agent = await startStageAgent(
      {
        engine,
        name: agentContainerName,
        container: {
          program: programs.agent,
          env: { ...lab.agentEnvironment(), LAB_INTROSPECTION: introspection },
          // In the holder's network the agent has the holder's files, unless it is given others.
          binds: [labDirectory, ...(inside.holder === undefined ? [] : ownFiles(lab.files))],
          networkMode: inside.holder === undefined ? 'host' : `container:${inside.holder}`,
          labels: ownerLabels(),
        },
        ecsInit: options.plain ? undefined : programs.ecsInit,
        withoutRoutes:
          inside.place === 'namespace'
            ? undefined
            : "this is the machine's own network, which stays as it is",
        directory,
        onSupervisor: (pid) => {
          // Without a mount namespace of its own nothing can be shown in /proc.
          if (inside.place === 'namespace') systemd.run(pid);
        },
      },
      timeline,
    );
    // Told no longer: what the cleaning up brings about is of no interest.
    closers.push(() => agent.close(), stopTelling);
    await until(
      'the agent to connect to ACS on the public path',
      () => lab.service.connected().some(({ kind, scope }) => kind === 'acs' && scope === 'public'),
      patience,
    );

    const settingsFile = join(directory, 'settings');
    writeFileSync(settingsFile, '');
    const logFile = join(directory, 'daemon.log');
    const startDaemon = (): DaemonProcess => {
      const daemon = startDaemonProcess({
        logFile,
        programs: systemd.programs,
        settings: {
          'waiting-interval': `${pace.lookMs}ms`,
          'settled-interval': `${pace.lookMs}ms`,
          'log-level': 'debug',
          ...Object.fromEntries(options.set.map(splitSetting)),
          // Without these it would not be a rehearsal.
          config: settingsFile,
          'docker-host': `unix://${engine.socketPath}`,
          'agent-container': agentContainerName,
          'agent-introspection': `http://${introspection}`,
          'agent-log': join(labDirectory, 'ecs-agent.log'),
          // Not the unit of an agent that this machine may really have.
          'agent-unit': agentUnit,
          'imds-endpoint': lab.imds.endpoint,
          'resolv-conf': lab.files.resolvConf,
          'hosts-file': lab.files.hosts,
          'ca-file': lab.caFile,
          'state-dir': subdirectory('state'),
          'run-dir': runDirectory,
          'log-format': 'json',
        },
        onEvent: (event) => {
          if (isForPeople(event)) {
            const text = describeDaemonEvent(event);
            timeline.tell('daemon', event.event, text, { log: event, at: Date.parse(event.time) });
          }
        },
        onOther: (line) => timeline.tell('daemon', 'output', line),
      });
      closers.push(() => daemon.close());
      return daemon;
    };
    return {
      lab,
      agent,
      startDaemon,
      status: () => readStatus(join(runDirectory, 'status.json')),
      keepLog: () => keepLog(logFile),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function topologyFor({ engine }: InsideOptions, block: number | undefined): Topology {
  const topology = withoutIpv6(block === undefined ? namespaceTopology : loopbackTopologyOf(block));
  if (engine === 'docker') {
    const commands = topology.all().map((address) => `address add ${address} dev lo\n`);
    execFileSync('ip', ['-batch', '-'], { input: commands.join('') });
  }
  return topology;
}

function ownFiles({ resolvConf, hosts }: HostFiles): string[] {
  return [`${resolvConf}:/etc/resolv.conf:ro`, `${hosts}:/etc/hosts:ro`];
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
    return await startEmbeddedEngine({ announce: (line) => timeline.tell('engine', 'embedded', line) });
  }
  const docker = dockerAt(socketPath);
  // It is not the rehearsal's to end.
  return { kind: 'docker', socketPath, docker, close: async () => {} };
}

function splitSetting(setting: string): [name: string, value: string] {
  const at = setting.indexOf('=');
  return [setting.slice(0, at), setting.slice(at + 1)];
}

function keepLog(logFile: string): string | undefined {
  if (!existsSync(logFile)) {
    return undefined;
  }
  const directory = inCheckout('build/rehearsal');
  mkdirSync(directory, { recursive: true });
  const kept = join(directory, `daemon-${new Date().toISOString().replaceAll(':', '')}.log`);
  copyFileSync(logFile, kept);
  return kept;
}
