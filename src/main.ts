import { randomUUID } from 'node:crypto';
import { fstatSync, readFileSync, writeSync } from 'node:fs';
import { createAgentReader } from './agent/agent-reader.ts';
import { createAgentRestarter } from './agent/agent-restarter.ts';
import { createEngineClient } from './agent/engine-client.ts';
import { hostSystemctl } from './agent/systemctl.ts';
import { check } from './cli/check.ts';
import type { Output } from './cli/output.ts';
import { restart } from './cli/restart.ts';
import { run } from './cli/run.ts';
import { status } from './cli/status.ts';
import { type Invocation, parseCommandLine } from './config/command-line.ts';
import { ConfigError } from './config/config-error.ts';
import { describeConfig } from './config/describe-config.ts';
import { type ExitCode, exitCodes } from './config/exit-codes.ts';
import { helpText } from './config/help.ts';
import { loadSettings } from './config/load-settings.ts';
import type { ResolvedSettings, Settings } from './config/settings.ts';
import { createJournalFile } from './daemon/journal-file.ts';
import type { LookResult } from './daemon/loop.ts';
import type { MetricsService } from './daemon/metrics-service.ts';
import { createObserver } from './daemon/observer.ts';
import { createPerformer } from './daemon/performer.ts';
import { takeRestartRequest } from './daemon/restart-request.ts';
import { lockHolder } from './daemon/single-instance.ts';
import { createWake } from './daemon/wake.ts';
import { createEndpointsReader } from './endpoints/endpoints-reader.ts';
import { createPrivateAddressRule, type PrivateAddressRule } from './endpoints/private-address.ts';
import { createImdsClient } from './instance/imds-client.ts';
import { createInstanceReader } from './instance/instance-reader.ts';
import type { Observation } from './reconcile/observation.ts';
import type { Rules } from './reconcile/rules.ts';
import { splayDelay } from './reconcile/splay.ts';
import { createLog, type Log } from './report/logger.ts';
import { buildStatus } from './report/status.ts';
import { writeStatus } from './report/status-file.ts';
import { createNotifier, hostSystemdNotify, type Notifier } from './report/systemd-notify.ts';
import { systemClock } from './system/clock.ts';
import { errorCodeOf, messageOf, ProblemError } from './system/problem.ts';
import { version } from './version.ts';

/** The composition root: argv → one command. Nothing else builds the graph. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const output: Output = {
    out: (text) => writeAll(1, text),
    err: (text) => writeAll(2, text),
    isTerminal: process.stderr.isTTY === true,
  };
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort(new Error(name)));
  try {
    const invocation = parseCommandLine(argv);
    return await dispatch(invocation, env, output, stop.signal);
  } catch (error) {
    return explain(error, output, stop.signal);
  }
}

async function dispatch(
  invocation: Invocation,
  env: NodeJS.ProcessEnv,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (invocation.command === 'help') {
    output.out(helpText(invocation.operand));
    return exitCodes.done.code;
  }
  if (invocation.command === 'version') {
    const { json } = invocation.commandFlags;
    output.out(
      json ? `${JSON.stringify({ version, node: process.version })}\n` : `ecs-privatelinkd ${version}\n`,
    );
    return exitCodes.done.code;
  }
  const resolved = loadSettings({ flags: invocation.flags, env, readText });
  if (invocation.command !== 'run')
    for (const warning of resolved.warnings) output.err(`warning: ${warning}\n`);
  switch (invocation.command) {
    case 'config':
      output.out(describeConfig(resolved.settings, resolved.origins, invocation.commandFlags));
      return exitCodes.done.code;
    case 'status': {
      const { runDir, procDir } = resolved.settings;
      const daemonRuns = async () => (await lockHolder(runDir, procDir)) !== undefined;
      return await status(
        { runDir, daemonRuns, clock: systemClock(procDir), output },
        invocation.commandFlags,
        signal,
      );
    }
    case 'check': {
      const { observer, clock } = compose(resolved.settings, () => {});
      return await check({ observer, clock, output }, invocation.commandFlags, signal);
    }
    case 'explain': {
      const { explainDecision } = await import('./cli/explain.ts');
      const { runDir, procDir } = resolved.settings;
      const daemonRuns = async () => (await lockHolder(runDir, procDir)) !== undefined;
      return await explainDecision({ runDir, daemonRuns, output }, invocation.commandFlags);
    }
    case 'doctor': {
      const { composeDoctor } = await import('./cli/compose-doctor.ts');
      const { doctor } = await import('./cli/doctor.ts');
      const rules = (observation: Observation) => rulesOf(resolved.settings, observation);
      const parts = composeDoctor(resolved, rules, { env, output }, signal);
      return await doctor(parts, invocation.commandFlags, signal);
    }
    case 'restart':
      return await composeRestart(resolved, invocation.commandFlags, output, signal);
    case 'run':
      return await composeRun(resolved, output, signal);
  }
}

async function composeRun(
  { settings, warnings }: ResolvedSettings,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { runDir, procDir } = settings;
  const log = createLog(logOptions(settings), (line) => writeAll(1, line));
  const metrics = await composeMetrics(settings, log);
  const host = compose(settings, metrics?.log ?? log);
  const observer = metrics?.timed(host.loop.observer) ?? host.loop.observer;
  const startedWallMs = Date.now();
  try {
    return await run(
      {
        loop: { ...host.loop, observer, takeRequest: async () => await takeRestartRequest(runDir) },
        engine: host.engine,
        journal: host.loop.journal,
        agentContainer: settings.agentContainer,
        bootId: host.bootId,
        runDir,
        procDir,
        random: Math.random,
        output,
        warnings,
        publish: async (result) => {
          await metrics?.publish(result);
          await writeStatus(runDir, host.describe(result, startedWallMs));
        },
        notifier: composeNotifier(log),
        onHangUp: (callback) => {
          process.on('SIGHUP', callback);
          return () => process.off('SIGHUP', callback);
        },
      },
      signal,
    );
  } finally {
    await metrics?.close();
  }
}

function composeNotifier(log: Log): Notifier {
  return createNotifier({
    env: process.env,
    pid: process.pid,
    run: hostSystemdNotify(process.env['NOTIFY_SOCKET']),
    monotonicMs: () => performance.now(),
    onProblem: ({ code, message, advice }) =>
      log('problem', { problem: code, where: 'systemd', detail: message, advice }),
  });
}

/** Metrics and all that they need are loaded only where they are switched on. */
async function composeMetrics(settings: Settings, log: Log): Promise<MetricsService | undefined> {
  const { metricsTextfile: textfile, metricsListen: listen } = settings;
  if (textfile === undefined && listen === undefined) return undefined;
  const { createMetricsService } = await import('./daemon/metrics-service.ts');
  const clock = systemClock(settings.procDir);
  return createMetricsService({
    textfile,
    listen,
    version,
    clock,
    monotonicMs: () => performance.now(),
    log,
  });
}

async function composeRestart(
  { settings }: ResolvedSettings,
  flags: { ifNeeded: boolean; json: boolean },
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const log = createLog({ ...logOptions(settings), level: output.isTerminal ? 'error' : 'warn' }, (line) =>
    writeAll(2, line),
  );
  const host = compose(settings, log);
  const startedWallMs = Date.now();
  return await restart(
    {
      loop: host.loop,
      journal: host.loop.journal,
      bootId: host.bootId,
      runDir: settings.runDir,
      procDir: settings.procDir,
      dryRun: settings.dryRun,
      timeoutMs: settings.taskWaitMs + settings.recreateTimeoutMs + settings.verifyTimeoutMs,
      newId: randomUUID,
      describe: (result) => host.describe(result, startedWallMs),
      hangUp: (pid) => process.kill(pid, 'SIGHUP'),
      output,
    },
    flags,
    signal,
  );
}

/** All parts that look and act, wired by the settings. */
function compose(settings: Settings, log: Log) {
  const { procDir } = settings;
  const clock = systemClock(procDir);
  const bootId = readFileSync(`${procDir}/sys/kernel/random/boot_id`, 'latin1').trim();
  const engine = createEngineClient({
    socketPath: settings.dockerHost,
    answerTimeoutMs: settings.dockerTimeoutMs,
  });
  const systemctl = hostSystemctl();
  let isPrivate: PrivateAddressRule = createPrivateAddressRule({
    vpcCidrs: [],
    extraCidrs: settings.privateCidrs,
  });
  let ranges = '';
  const introspection = new URL(settings.agentIntrospection);
  const observer = createObserver({
    instance: createInstanceReader({
      imds: createImdsClient(
        {
          disabled: settings.imdsDisabled,
          endpoint: settings.imdsEndpoint,
          mode: settings.imdsEndpointMode,
          v1Fallback: settings.imdsV1Fallback,
          timeoutMs: settings.imdsTimeoutMs,
        },
        { clock, random: Math.random },
      ),
      overrides: { region: settings.region, suffix: settings.suffix },
      clock,
      random: Math.random,
    }),
    endpoints: createEndpointsReader({
      resolvConfPath: settings.resolvConf,
      hostsPath: settings.hostsFile,
      privateCidrs: settings.privateCidrs,
      caFile: settings.caFile,
      dnsTimeoutMs: settings.dnsTimeoutMs,
      connectTimeoutMs: settings.connectTimeoutMs,
      monotonicMs: () => clock.now().monoMs,
    }),
    agent: createAgentReader({
      engine,
      systemctl,
      clock,
      containerName: settings.agentContainer,
      isPrivate: (address) => isPrivate(address)?.private === true,
      logPath: settings.agentLog ?? '',
      unitName: settings.agentUnit,
      introspection: { host: introspection.hostname, port: Number(introspection.port || 80) },
      procDir,
    }),
    nameOverrides: settings.endpointNames,
    onVpcCidrs: (vpcCidrs) => {
      if (vpcCidrs.join() === ranges) return;
      ranges = vpcCidrs.join();
      isPrivate = createPrivateAddressRule({ vpcCidrs, extraCidrs: settings.privateCidrs });
    },
    bootId,
  });
  const rules = (observation: Observation) => rulesOf(settings, observation);
  return {
    clock,
    bootId,
    engine,
    observer,
    loop: {
      observer,
      performer: createPerformer(createAgentRestarter(engine, systemctl)),
      journal: createJournalFile(settings.stateDir),
      clock,
      wake: createWake(clock),
      log,
      rulesFor: rules,
    },
    describe: ({ state, observation, look }: LookResult, startedWallMs: number) =>
      buildStatus({
        state,
        observation,
        look,
        now: clock.now(),
        rules: rules(observation),
        daemon: { pid: process.pid, version, startedWallMs },
      }),
  };
}

function rulesOf(settings: Settings, { instance, bootId }: Observation): Rules {
  const { settleRounds, pathRounds, taskWaitMs, unknownPathAfterMs, recreateTimeoutMs, verifyTimeoutMs } =
    settings;
  const { coolDownsMs, maxRestarts, waitingIntervalMs, settledIntervalMs, restart: how, dryRun } = settings;
  return {
    settleRounds,
    pathRounds,
    taskWaitMs,
    unknownPathAfterMs,
    recreateTimeoutMs,
    verifyTimeoutMs,
    coolDownsMs,
    maxRestarts,
    waitingIntervalMs,
    settledIntervalMs,
    restart: how,
    dryRun,
    splayDelayMs: splayDelay(instance.facts?.instanceId ?? bootId, settings.splayMs),
  };
}

function logOptions(settings: Settings) {
  const auto = process.stdout.isTTY === true ? 'text' : 'json';
  return {
    level: settings.logLevel,
    format: settings.logFormat === 'auto' ? auto : settings.logFormat,
    priorityPrefix: stdoutIsJournal(process.env['JOURNAL_STREAM']),
    version,
  } as const;
}

/** Whether standard output leads to journald itself (systemd.exec(5), JOURNAL_STREAM = device:inode). */
function stdoutIsJournal(journalStream: string | undefined): boolean {
  if (journalStream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(1);
    return journalStream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

function explain(error: unknown, output: Output, signal: AbortSignal): ExitCode {
  if (error instanceof ConfigError) {
    for (const { message, advice } of error.problems) output.err(`error: ${message} ${advice}\n`);
    return error.exitCode;
  }
  // A command that was interrupted has nothing to add.
  if (signal.aborted) return exitCodes.notOnPrivateLink.code;
  if (error instanceof ProblemError) {
    output.err(`error: ${error.problem.message} ${error.problem.advice}\n`);
    return exitCodes.unavailable.code;
  }
  output.err(`error: ${messageOf(error)}\n`);
  const denied = ['EACCES', 'EPERM', 'EROFS'].includes(errorCodeOf(error) ?? '');
  return denied ? exitCodes.noPermission.code : exitCodes.notOnPrivateLink.code;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Synchronous, because a line must not be lost with the process; patient, because a pipe may be full. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(fd, bytes, offset);
    } catch (error) {
      if (errorCodeOf(error) === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else if (errorCodeOf(error) === 'EPIPE') return;
      else throw error;
    }
  }
}
