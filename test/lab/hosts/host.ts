import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { systemBundles } from '../../../src/endpoints/trust-source.ts';
import type { Status } from '../../../src/report/status-schema.ts';
import { endChild, exitCodeOf } from '../processes.ts';
import { bundle, type Program, readLines, type Settings, startProgram } from '../program.ts';
import type { DaemonEvent } from '../rehearse/daemon-event.ts';
import { buildPrograms } from '../stand-ins/build-programs.ts';
import type { Dnsmasq } from '../stand-ins/dns/dnsmasq.ts';
import { type Supervisor, startSupervisor } from '../stand-ins/supervisor.ts';
import { type StandInSystemd, startStandInSystemd } from '../stand-ins/systemd.ts';
import { removeContainer, startAgentContainer, writeAgentSpec } from './agent-container.ts';
import type { Engine } from './engine.ts';
import { type Lab, startLab } from './lab.ts';

export interface HostOptions {
  readonly engine: Engine;
  /** Who starts the agent again: the ecs-init stand-in (default), or the container's own restart policy. */
  readonly supervision?: 'ecs-init' | 'restart-policy';
  readonly settings?: Settings;
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  /** Whether the first process of the agent's container is tini; default true, as ecs-init creates it. */
  readonly agentInit?: boolean;
  /** What the Engine is told of the agent's container beside that. */
  readonly agentHostConfig?: Dockerode.HostConfig;
  /** What of the host the agent's container sees beside the lab's directory. */
  readonly agentBinds?: (lab: Lab) => readonly string[];
  /** Arguments of setpriv(1) that take privileges from the program under test; default none are taken. */
  readonly setpriv?: readonly string[];
  /** Brought about before the agent starts. */
  readonly before?: (lab: Lab<Dnsmasq>) => Promise<void>;
}

/** A container instance: a lab, an Engine, an agent that is connected, and the program under test as it is shipped. */
export interface Host {
  readonly lab: Lab<Dnsmasq>;
  readonly engine: Engine;
  /** Undefined when the agent's container has a restart policy. */
  readonly supervisor: Supervisor | undefined;
  readonly stateDirectory: string;
  readonly runDirectory: string;
  /** Starts `ecs-privatelinkd run`, by default the checkout's build under this Node.js; it ends with the host. */
  startDaemon(settings?: Settings, program?: readonly string[]): Daemon;
  /** Runs any other command to its end. */
  command(args: readonly string[], settings?: Settings): Promise<CommandResult>;
  agent(): Promise<Dockerode.ContainerInspectInfo>;
  /** As after `systemctl restart ecs`: the next container is created by these in place of what was given, and the old one goes. */
  recreateAgent(
    options?: Pick<HostOptions, 'agentEnvironment' | 'agentHostConfig' | 'agentBinds'>,
  ): Promise<void>;
  /** Restarts of the agent as the Engine and the ECS service saw them, whoever made them. */
  restarts(): Promise<number>;
  close(): Promise<void>;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Daemon {
  readonly pid: number;
  /** Everything it has logged so far. */
  readonly events: readonly DaemonEvent[];
  /** Resolves with its exit code. */
  readonly ended: Promise<number>;
  /** What it has written besides log lines. */
  output(): string;
  /** Resolves with the first event of that code, logged already or yet to come. */
  event(code: string, matches?: (event: DaemonEvent) => boolean): Promise<DaemonEvent>;
  /** What it last wrote to its status file. */
  status(): Status | undefined;
  /** Resolves with the first status from now on that matches. */
  until(matches: (status: Status) => boolean): Promise<Status>;
  /** Resolves once it has looked so many times more, by its status file. */
  looks(count: number): Promise<Status>;
  kill(signal: NodeJS.Signals): void;
}

const agentName = 'ecs-agent';
const agentUnit = 'ecs-privatelinkd-lab.service';
/** For whatever is waited for: nothing here takes a tenth of it on an idle machine. */
const patienceMs = 120_000;
const pollMs = 20;

const fastSettings: Settings = {
  'waiting-interval': '200ms',
  'settled-interval': '200ms',
  // Only what fails by silence has to wait for them; what answers late on a busy machine is no failure.
  'connect-timeout': '4s',
  'dns-timeout': '2s',
  'docker-timeout': '2s',
  'imds-timeout': '2s',
  'recreate-timeout': '1m',
  'verify-timeout': '1m',
  // One that leads nowhere is not to be covered up by the next.
  'cool-downs': '1h',
  'log-format': 'json',
  'log-level': 'debug',
  // Not the unit of an agent that this machine may really have.
  'agent-unit': agentUnit,
};

/** Sets a host up in the lab's namespace; resolves once its agent is connected. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { engine } = options;
  const closers: (() => Promise<void>)[] = [];
  async function close(): Promise<void> {
    for (const closer of closers.splice(0).reverse()) await closer();
  }
  try {
    const lab = await startLab({ dns: 'dnsmasq' });
    closers.push(() => lab.close());
    const stateDirectory = join(lab.directory, 'state');
    // A rename on a disk may wait for it, which no run directory of a host ever does.
    const runDirectory = mkdtempSync(join(process.env['ECS_PRIVATELINKD_LAB_RUN'] ?? lab.directory, 'run-'));
    mkdirSync(stateDirectory);
    const settingsFile = join(lab.directory, 'settings');
    writeFileSync(settingsFile, '');
    const trustFile = writeTrustStore(lab);
    const readable = options.setpriv && [process.execPath, copyOfProgram()];
    const systemd = startStandInSystemd(agentUnit, lab.directory);
    // Before this machine's own; what a test puts before that counts more.
    const pathBefore = process.env['PATH'];
    process.env['PATH'] = `${systemd.programs}:${pathBefore}`;
    closers.push(() => {
      process.env['PATH'] = pathBefore;
      return Promise.resolve();
    });
    await options.before?.(lab);
    const begunAt = Date.now();
    const supervisor = await startAgent(lab, systemd, options, closers);
    await lab.service.waitForConnection(({ kind }) => kind === 'acs', patienceMs);

    function start(args: readonly string[], settings?: Settings, program?: readonly string[]): Program {
      const all: Settings = {
        ...fastSettings,
        config: settingsFile,
        'docker-host': `unix://${engine.socketPath}`,
        'agent-log': join(lab.directory, 'ecs-agent.log'),
        'imds-endpoint': lab.imds.endpoint,
        'resolv-conf': lab.files.resolvConf,
        'hosts-file': lab.files.hosts,
        'ca-file': trustFile,
        'state-dir': stateDirectory,
        'run-dir': runDirectory,
        ...options.settings,
        ...settings,
      };
      const child = startProgram(args, {
        settings: all,
        program: program ?? readable,
        setpriv: options.setpriv,
      });
      closers.push(() => endChild(child, 5_000));
      return child;
    }

    return {
      lab,
      engine,
      supervisor,
      stateDirectory,
      runDirectory,
      startDaemon: (settings, program) => watchDaemon(start(['run'], settings, program), runDirectory),
      command: async (args, settings) => {
        const child = start(args, settings);
        const [exitCode, stdout, stderr] = await Promise.all([
          endOf(child),
          text(child.stdout),
          text(child.stderr),
        ]);
        return { exitCode, stdout, stderr };
      },
      agent: () => engine.docker.getContainer(agentName).inspect(),
      recreateAgent: async (changed = {}) => {
        if (supervisor === undefined) throw new Error('nobody creates another container');
        await writeAgentSpec(engine, await agentContainer(lab, changed), lab.directory);
        const before = new Set(lab.service.record.connections.map(({ agentProcess }) => agentProcess));
        await engine.docker.getContainer(agentName).kill({ signal: 'SIGKILL' });
        await lab.service.waitForConnection(
          ({ kind, agentProcess }) => kind === 'acs' && !before.has(agentProcess),
          patienceMs,
        );
      },
      restarts: async () => {
        // An Engine that was restarted has forgotten its events, an agent not yet connected is not known to the service.
        const starts = await countStarts(engine.docker, begunAt);
        const { calls, connections } = lab.service.record;
        const processes = new Set([...calls, ...connections].map(({ agentProcess }) => agentProcess));
        // Who asks what the agent will ask is none.
        processes.delete('');
        return Math.max(starts, processes.size) - 1;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where every user can read it: the checkout may lie in a home directory that only its owner may search. */
function copyOfProgram(): string {
  const directory = mkdtempSync(join(tmpdir(), 'program-'));
  chmodSync(directory, 0o755);
  cpSync(bundle, join(directory, basename(bundle)));
  return join(directory, basename(bundle));
}

/** The lab's authority among all that this machine trusts, as a host would have it. */
function writeTrustStore({ directory, authority }: Lab): string {
  const path = join(directory, 'trust-store.pem');
  const own = systemBundles.filter((file) => existsSync(file)).slice(0, 1);
  writeFileSync(path, [...own.map((file) => readFileSync(file, 'latin1')), authority.pem].join('\n'));
  return path;
}

async function startAgent(
  lab: Lab,
  systemd: StandInSystemd,
  options: HostOptions,
  closers: (() => Promise<void>)[],
): Promise<Supervisor | undefined> {
  const { engine, supervision } = options;
  const { ecsInit } = await buildPrograms();
  const container = await agentContainer(lab, options);
  await removeContainer(engine.docker, agentName);
  closers.push(() => removeContainer(engine.docker, agentName));
  if (supervision === 'restart-policy') {
    await startAgentContainer(engine, { ...container, restartPolicy: { Name: 'always' } });
    return undefined;
  }
  const agentSpecFile = await writeAgentSpec(engine, container, lab.directory);
  const supervisor = startSupervisor({ program: ecsInit, socketPath: engine.socketPath, agentSpecFile });
  closers.push(() => supervisor.close());
  systemd.run(supervisor.pid);
  return supervisor;
}

async function agentContainer(
  lab: Lab,
  { agentEnvironment, agentHostConfig, agentBinds, agentInit = true }: Omit<HostOptions, 'engine'>,
) {
  return {
    program: (await buildPrograms()).agent,
    env: { ...lab.agentEnvironment(), ...agentEnvironment },
    binds: [lab.directory, ...(agentBinds?.(lab) ?? [])],
    init: agentInit,
    ...(agentHostConfig && { hostConfig: agentHostConfig }),
  };
}

function watchDaemon(child: Program, runDirectory: string): Daemon {
  const events: DaemonEvent[] = [];
  let output = '';
  readLines(child, (line, event) => {
    if (event === undefined) output += `${line}\n`;
    else events.push(event);
  });
  const ended = endOf(child);

  function status(): Status | undefined {
    try {
      const found: Status = JSON.parse(readFileSync(join(runDirectory, 'status.json'), 'utf8'));
      // Another one's may lie there still.
      return found.daemon.pid === child.pid ? found : undefined;
    } catch {
      return undefined;
    }
  }

  async function eventually<T>(find: () => T | undefined): Promise<T> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`waited in vain; ${account()}`);
      await delay(pollMs);
    }
  }

  /** What a failed test is to say of the daemon. */
  function account(): string {
    const { phase, reason } = status() ?? {};
    const lines = events.map((event) => JSON.stringify(event)).slice(-12);
    return `status: ${JSON.stringify({ phase, reason })}; last events:\n${lines.join('\n')}\n${output}`;
  }

  const until = (matches: (status: Status) => boolean) =>
    eventually(() => {
      const found = status();
      return found && matches(found) ? found : undefined;
    });

  return {
    pid: child.pid ?? 0,
    events,
    ended,
    output: () => output,
    event: (code, matches = () => true) =>
      eventually(() => events.find((event) => event.event === code && matches(event))),
    status,
    until,
    looks: async (count) => {
      let last = await until(() => true);
      for (let seen = 0; seen < count; seen += 1) {
        const before = last.writtenAt;
        last = await until(({ writtenAt }) => writtenAt !== before);
      }
      return last;
    },
    kill: (signal) => void child.kill(signal),
  };
}

function endOf(child: Program): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(exitCodeOf(code, signal)));
  });
}

/** How often the Engine has started the agent's container since that moment. */
async function countStarts(docker: Dockerode, sinceMs: number): Promise<number> {
  const stream = (await docker.getEvents({
    since: sinceMs / 1000,
    until: Date.now() / 1000,
    filters: { type: ['container'], container: [agentName], event: ['start'] },
  })) as Readable;
  return (await text(stream)).split('\n').filter(Boolean).length;
}
