import { randomUUID } from 'node:crypto';
import { check } from './cli/check.ts';
import type { Invocation } from './cli/command-line.ts';
import { printResult } from './cli/envelope.ts';
import { reportFailure } from './cli/failure.ts';
import { helpText } from './cli/help.ts';
import type { Output } from './cli/output.ts';
import { restart } from './cli/restart.ts';
import { status } from './cli/status.ts';
import { compose, logOptions } from './compose.ts';
import { lockHolder } from './daemon/single-instance.ts';
import { systemClock } from './kit/clock.ts';
import { readText } from './kit/files.ts';
import { openLogSink } from './report/log-sink.ts';
import { createLog } from './report/logger.ts';
import { configLines, settingsAsJson } from './settings/describe-config.ts';
import { type ExitCode, exitCodes } from './settings/exit-codes.ts';
import { loadSettings } from './settings/load-settings.ts';
import type { ResolvedSettings } from './settings/settings.ts';
import { commit, version } from './version.ts';

/** Everything that is asked for by hand: all commands but `run`. */
export type CommandInvocation = Exclude<Invocation, { readonly command: 'run' }>;

/**
 * Runs one command to its end. Loaded late, and a bundle of its own: the daemon needs none of it. So what it throws
 * is told here too, where its error classes are known.
 */
export async function runCommand(
  invocation: CommandInvocation,
  env: NodeJS.ProcessEnv,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  try {
    return await dispatch(invocation, env, output, signal);
  } catch (error) {
    const { command, commandFlags } = invocation;
    const json = 'json' in commandFlags && commandFlags.json;
    return reportFailure(error, { command, json }, output, signal);
  }
}

async function dispatch(
  invocation: CommandInvocation,
  env: NodeJS.ProcessEnv,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (invocation.command === 'help') {
    output.out(helpText(invocation.operand, helpWidth(output.width())));
    return exitCodes.done.code;
  }
  if (invocation.command === 'version') {
    printVersion(output, invocation.commandFlags.json);
    return exitCodes.done.code;
  }
  if (invocation.command === 'fleet' || invocation.command === 'plan') {
    return await askAws(invocation, env, output, signal);
  }
  const resolved = loadSettings({ flags: invocation.flags, env, readText });
  for (const warning of resolved.warnings) output.err(`warning: ${warning}\n`);
  switch (invocation.command) {
    case 'config': {
      const { json, origin } = invocation.commandFlags;
      if (json) printResult(output, 'config', { settings: settingsAsJson(resolved, origin) });
      else output.out(configLines(resolved, origin));
      return exitCodes.done.code;
    }
    case 'status': {
      const { runDir, procDir } = resolved.settings;
      const daemonRuns = () => lockHolder(runDir, procDir)?.command === 'run';
      return await status(
        { runDir, daemonRuns, clock: systemClock(procDir), output },
        invocation.commandFlags,
        signal,
      );
    }
    case 'check': {
      const { observer, askPreflight, clock } = compose(resolved.settings, () => {});
      return await check({ observer, askPreflight, clock, output }, invocation.commandFlags, signal);
    }
    case 'explain': {
      const { explainDecision } = await import('./cli/explain.ts');
      const { runDir, procDir } = resolved.settings;
      const daemonRuns = () => lockHolder(runDir, procDir)?.command === 'run';
      return explainDecision({ runDir, daemonRuns, output }, invocation.commandFlags);
    }
    case 'doctor': {
      const { composeHost } = await import('./doctor/compose-host.ts');
      const { doctor } = await import('./cli/doctor.ts');
      const host = composeHost(
        resolved,
        compose(resolved.settings, () => {}),
        env,
        signal,
      );
      return await doctor({ host, output, env }, invocation.commandFlags, signal);
    }
    case 'restart':
      return await composeRestart(resolved, invocation, output, signal);
  }
}

function printVersion(output: Output, json: boolean): void {
  if (json) {
    const node = process.version;
    printResult(output, 'version', { programVersion: version, commit: commit ?? null, node });
  } else {
    output.out(`ecs-privatelinkd ${version}${commit === undefined ? '' : ` (${shortCommit(commit)})`}\n`);
  }
}

/** What runs on the operator's machine and needs no settings of a host. */
async function askAws(
  invocation: Extract<CommandInvocation, { command: 'fleet' | 'plan' }>,
  env: NodeJS.ProcessEnv,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (invocation.command === 'fleet') {
    const { fleet } = await import('./cli/fleet.ts');
    return await fleet({ output, env }, invocation.commandFlags, signal);
  }
  const { plan } = await import('./cli/plan.ts');
  return await plan({ output, env }, invocation.commandFlags, signal);
}

/** Two columns of prose need lines that can be read: where nobody has a width, those of a usual terminal. */
function helpWidth(width: number): number {
  return Number.isFinite(width) ? width : 80;
}

function shortCommit(commit: string): string {
  return commit.replace(/^([0-9a-f]{12})[0-9a-f]*/, '$1');
}

/** What a `restart` is told of where the daemon is and how to show things, which reaches no decision. */
const noDecision: ReadonlySet<string> = new Set([
  'dry-run',
  'log-format',
  'log-level',
  'proc-dir',
  'run-dir',
  'config',
]);

async function composeRestart(
  { settings }: ResolvedSettings,
  { flags, commandFlags }: Extract<CommandInvocation, { command: 'restart' }>,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const sink = openLogSink(2);
  const level = output.isTerminal ? 'error' : 'warn';
  const log = createLog({ ...logOptions(settings), level }, sink.write);
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
      given: Object.keys(flags).filter((name) => !noDecision.has(name)),
      timeoutMs: settings.taskWaitMs + settings.recreateTimeoutMs + settings.verifyTimeoutMs,
      newId: randomUUID,
      describe: (result) => host.describe(result, { startedWallMs, linesLost: sink.linesLost() }),
      hangUp: (pid) => process.kill(pid, 'SIGHUP'),
      output,
    },
    commandFlags,
    signal,
  );
}
