import { parseCommandLine } from './cli/command-line.ts';
import { reportFailure } from './cli/failure.ts';
import { type Output, standardOutput } from './cli/output.ts';
import { run } from './cli/run.ts';
import { compose, logOptions } from './compose.ts';
import { collectGarbageSometimes } from './daemon/collect-garbage.ts';
import { createInventoryNote, inventoryNoteExists } from './daemon/inventory-note.ts';
import { journalPath } from './daemon/journal-file.ts';
import type { MetricsService } from './daemon/metrics-service.ts';
import { takeRestartRequest } from './daemon/restart-request.ts';
import type { SsmInventory } from './daemon/ssm-inventory.ts';
import { removeUnfinished } from './kit/atomic-file.ts';
import { systemClock } from './kit/clock.ts';
import { readText } from './kit/files.ts';
import { openLogSink } from './report/log-sink.ts';
import { createLog, type Log, problemFields } from './report/logger.ts';
import { statusPath, writeStatus } from './report/status-file.ts';
import { createNotifier, hostSystemdNotify, type Notifier } from './report/systemd-notify.ts';
import type { ExitCode } from './settings/exit-codes.ts';
import { loadSettings } from './settings/load-settings.ts';
import type { ResolvedSettings, Settings } from './settings/settings.ts';
import { version } from './version.ts';

/** The composition root: argv → one command. The graph itself is in compose.ts, which both programs share. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> {
  let output = standardOutput();
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort(new Error(name)));
  try {
    const invocation = parseCommandLine(argv);
    if (invocation.command === 'run') {
      output = { ...output, err: openLogSink(2).write };
      const resolved = loadSettings({ flags: invocation.flags, env, readText });
      return await composeRun(resolved, output, stop.signal);
    }
    const { runCommand } = await import('./commands.ts');
    return await runCommand(invocation, env, output, stop.signal);
  } catch (error) {
    return reportFailure(error, output, stop.signal);
  }
}

async function composeRun(
  { settings, warnings }: ResolvedSettings,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { runDir, procDir } = settings;
  const sink = openLogSink(1);
  const log = createLog(logOptions(settings), sink.write);
  const metrics = await composeMetrics(settings, log);
  const host = compose(settings, metrics?.log ?? log);
  const inventory = await composeInventory(settings, metrics?.log ?? log);
  const observer = metrics?.timed(host.loop.observer) ?? host.loop.observer;
  const startedWallMs = Date.now();
  const written = [journalPath(settings.stateDir), statusPath(runDir), settings.metricsTextfile ?? []].flat();
  const collectGarbage = collectGarbageSometimes();
  try {
    return await run(
      {
        loop: { ...host.loop, observer, takeRequest: () => Promise.resolve(takeRestartRequest(runDir)) },
        engine: host.engine,
        journal: host.loop.journal,
        agentContainer: settings.agentContainer,
        bootId: host.bootId,
        runDir,
        procDir,
        random: Math.random,
        output,
        warnings,
        debug: ['trace', 'debug'].includes(settings.logLevel),
        publish: async (result) => {
          // Here, where no other daemon can be writing them.
          if (result.looks === 1) for (const path of written) removeUnfinished(path);
          await metrics?.publish(result);
          const status = host.describe(result, { startedWallMs, linesLost: sink.linesLost() });
          writeStatus(runDir, status);
          inventory?.publish(status);
          collectGarbage(result.state.phase === 'settled');
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
    onProblem: (problem) => log('problem', problemFields('systemd', problem)),
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

/** Loaded where it is switched on, or has left a record that is to go. */
async function composeInventory(
  { ssmInventory: setting, stateDir, procDir }: Settings,
  log: Log,
): Promise<SsmInventory | undefined> {
  if (setting === 'off' && !inventoryNoteExists(stateDir)) return undefined;
  const { createSsmInventory } = await import('./daemon/ssm-inventory.ts');
  return createSsmInventory({
    setting,
    ssmDir: '/var/lib/amazon/ssm',
    note: createInventoryNote(stateDir),
    clock: systemClock(procDir),
    log,
  });
}
