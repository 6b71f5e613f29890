import { type Diagnosis, findCauses } from '../doctor/causes.ts';
import { checks, selectChecks } from '../doctor/checks.ts';
import { describeDiagnosis } from '../doctor/describe-diagnosis.ts';
import type { DoctorHost } from '../doctor/doctor-host.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { layOutEntry } from '../doctor/text/layout.ts';
import { plainProgress, showProgress } from '../doctor/text/progress.ts';
import { colourStyle, plainStyle, resultLine, summaryLines } from '../doctor/text/report.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import type { CommandFlags } from './commands.ts';
import { type Output, printJson } from './output.ts';

export interface DoctorParts {
  readonly host: DoctorHost;
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
}

/** `doctor`: 0 when no check failed, else 1. Warnings do not count. */
export async function doctor(
  parts: DoctorParts,
  flags: CommandFlags<'doctor'>,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { output } = parts;
  if (flags.list) {
    list(output, flags.json);
    return exitCodes.done.code;
  }
  const selected = selectChecks(flags.only, flags.ec2);
  const diagnosis = await diagnose(parts, selected, flags.json, signal);
  if (flags.json) printJson(output, describeDiagnosis(diagnosis));
  if (flags.bundle !== undefined) {
    const { writeSupportBundle } = await import('../doctor/bundle/support-bundle.ts');
    await writeSupportBundle(flags.bundle, parts.host, diagnosis, signal);
    output.err(`Wrote ${flags.bundle}; review before sharing.\n`);
  }
  const failed = diagnosis.results.some(({ status }) => status === 'fail');
  return failed ? exitCodes.notDone.code : exitCodes.done.code;
}

async function diagnose(
  { host, output, env }: DoctorParts,
  selected: ReturnType<typeof selectChecks>,
  quiet: boolean,
  signal: AbortSignal,
): Promise<Diagnosis> {
  if (quiet) return findCauses(await runChecks(selected, host, () => {}, signal));
  const terminal = process.stdout.isTTY === true;
  // https://no-color.org
  const style = terminal && !env['NO_COLOR'] ? colourStyle : plainStyle;
  const names = selected.map(({ name }) => name);
  const progress = terminal ? showProgress(names, output.out) : plainProgress(output.out);
  const results = await runChecks(
    selected,
    host,
    (result) => progress.done(result.name, resultLine(result, style)),
    signal,
  ).finally(progress.end);
  const diagnosis = findCauses(results);
  output.out(`${summaryLines(diagnosis, style).join('\n')}\n`);
  return diagnosis;
}

function list(output: Output, json: boolean): void {
  if (json) {
    const listed = checks.map(({ name, title, onlyWith = null }) => ({ name, title, onlyWith }));
    printJson(output, listed);
    return;
  }
  for (const { name, title, onlyWith } of checks) {
    const text = `${title}${onlyWith === undefined ? '' : ` (with --${onlyWith})`}`;
    output.out(`${layOutEntry(name, text, 24).join('\n')}\n`);
  }
}
