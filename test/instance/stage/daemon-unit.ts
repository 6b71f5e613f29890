import { readFileSync } from 'node:fs';
import type { Status } from '../../../src/report/status-schema.ts';
import type { CommandResult } from '../../lab/hosts/machine/command.ts';
import { eventually } from '../../lab/hosts/machine/eventually.ts';
import type { Machine } from '../../lab/hosts/machine/machine.ts';
import { processesMentioning, signalProcess } from '../../lab/processes.ts';
import { environmentOf, type Settings } from '../../lab/program.ts';
import { type DaemonEvent, parseDaemonEvent } from '../../lab/rehearse/daemon-event.ts';

/** What the tests of this tier go by where they do not say otherwise. */
export const fastSettings: Settings = {
  'waiting-interval': '200ms',
  'settled-interval': '200ms',
  'settle-rounds': '2',
  'path-rounds': '2',
  // What answers late on a busy machine is no failure.
  'connect-timeout': '4s',
  'dns-timeout': '4s',
  'docker-timeout': '4s',
  'imds-timeout': '4s',
  'recreate-timeout': '3s',
  'verify-timeout': '30s',
  // One that leads nowhere is not to be covered up by the next.
  'cool-downs': '1h',
  'log-format': 'json',
  'log-level': 'debug',
};

/** The daemon as a unit of a machine: at every boot, and after a SIGKILL only when it is started again. */
export interface DaemonUnit {
  /** Settings beside the fast ones, from the next start of the daemon on; none = the fast ones alone. */
  configure(settings?: Settings): Promise<void>;
  /** Resolves when its process is there, which has not looked yet. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. @throws Error when it does not run */
  kill(): Promise<void>;
  /** Resolves once no daemon runs. */
  gone(): Promise<void>;
  /** Its process id as this process sees it; undefined while it does not run. */
  pid(): number | undefined;
  /** Runs any other command of the program on the machine. */
  command(...args: readonly string[]): Promise<CommandResult>;
  /** What the daemon that runs now has written last; undefined while it has not. */
  status(): Status | undefined;
  /** The phase that was written last, by whichever daemon; `none` when there is none. */
  lastPhase(): string;
  /** Resolves with the first status from now on that matches. @throws Error with what it last told, after 30 s */
  until(what: string, matches: (status: Status) => boolean, timeout?: number): Promise<Status>;
  /** Resolves once it has looked so many times more. */
  looks(count: number): Promise<Status>;
  /** What it has logged since `forget`, over all its processes. */
  events(): readonly DaemonEvent[];
  /** Removes all that it has written, as if it had never run. */
  forget(): Promise<void>;
}

export const stateDirectory = '/var/lib/ecs-privatelinkd';
const unit = 'ecs-privatelinkd.service';
const settingsFile = '/etc/lab-ecs-privatelinkd.env';
const logFile = '/var/log/ecs-privatelinkd.log';
const commandLine = '/opt/ecs-privatelinkd/ecs-privatelinkd.cjs\0run\0';

/** Files of the machine's disk: a plain unit around the program under test. */
export const daemonUnitFiles: Readonly<Record<string, string>> = {
  [`/etc/systemd/system/${unit}`]: `[Unit]
Description=The daemon under test
StartLimitIntervalSec=0

[Service]
EnvironmentFile=-${settingsFile}
ExecStart=/usr/bin/ecs-privatelinkd run
StandardOutput=append:${logFile}
StandardError=append:${logFile}

[Install]
WantedBy=multi-user.target
`,
  [settingsFile]: environmentText({}),
};

/** The unit on a machine that has `daemonUnitFiles`. */
export function daemonUnit(machine: Machine): DaemonUnit {
  const onMachine = (path: string) => `/proc/${machine.pid}/root${path}`;

  function pid(): number | undefined {
    return processesMentioning(commandLine)[0];
  }

  function written(): Status | undefined {
    const text = readText(onMachine('/run/ecs-privatelinkd/status.json'));
    return text === '' ? undefined : JSON.parse(text);
  }

  function status(): Status | undefined {
    try {
      const found = written();
      const running = readFileSync(`/proc/${pid()}/status`, 'latin1');
      // An earlier one's may lie there still. The last id is that of the machine's own namespace.
      return new RegExp(`^NSpid:.*\\s${found?.daemon.pid}$`, 'm').test(running) ? found : undefined;
    } catch {
      return undefined;
    }
  }

  function events(): DaemonEvent[] {
    return readText(onMachine(logFile))
      .split('\n')
      .map(parseDaemonEvent)
      .filter((event) => event !== undefined);
  }

  async function until(
    what: string,
    matches: (status: Status) => boolean,
    timeout = 30_000,
  ): Promise<Status> {
    let found: Status | undefined;
    try {
      return await eventually(
        what,
        () => {
          found = status();
          if (found === undefined) throw new Error('the daemon does not run, or has not looked yet');
          return found;
        },
        matches,
        { timeout, interval: 20 },
      );
    } catch (error) {
      const { phase, reason } = found ?? {};
      const log = readText(onMachine(logFile)).split('\n').slice(-15).join('\n');
      const told = JSON.stringify({ phase, reason });
      throw new Error(`${what}: not within ${timeout} ms; ${told}; its log ends:\n${log}`, { cause: error });
    }
  }

  /** systemd too has noticed: a start before that would do nothing. */
  async function gone(): Promise<void> {
    await eventually(
      'the end of the daemon',
      () => machine.output(['systemctl', 'show', '--property=ActiveState', '--value', unit]),
      (state) => ['inactive', 'failed'].includes(state.trim()),
    );
  }

  return {
    configure: (settings = {}) => machine.writeFile(settingsFile, environmentText(settings)),
    start: async () => {
      await machine.output(['systemctl', 'start', unit]);
      // systemd is content with the shell that becomes it.
      await eventually(
        'the daemon',
        async () => pid(),
        (found) => found !== undefined,
        { interval: 5 },
      );
    },
    stop: async () => void (await machine.output(['systemctl', 'stop', unit])),
    kill: async () => {
      const running = pid();
      if (running === undefined) throw new Error('there is no daemon to kill');
      signalProcess(running, 'SIGKILL');
      await gone();
    },
    gone,
    pid,
    command: (...args) =>
      machine.exec(['sh', '-c', `set -a; . ${settingsFile}; exec ecs-privatelinkd "$@"`, 'sh', ...args]),
    status,
    lastPhase: () => written()?.phase ?? 'none',
    until,
    looks: async (count) => {
      let last = await until('a look', () => true);
      for (let seen = 0; seen < count; seen += 1) {
        const { writtenAt } = last;
        last = await until('another look', (next) => next.writtenAt !== writtenAt);
      }
      return last;
    },
    events,
    forget: async () => {
      const script = `mkdir -p ${stateDirectory}; rm -rf ${stateDirectory}/* /run/ecs-privatelinkd/*; : >${logFile}`;
      await machine.output(['sh', '-c', script]);
    },
  };
}

function environmentText(settings: Settings): string {
  return Object.entries(environmentOf({ ...fastSettings, ...settings }))
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
