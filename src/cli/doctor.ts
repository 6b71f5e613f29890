import { type Diagnosis, findCauses } from '../doctor/causes.ts';
import { checks, selectChecks } from '../doctor/checks.ts';
import { describeDiagnosis } from '../doctor/describe-diagnosis.ts';
import type { DoctorHost } from '../doctor/doctor-host.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { plainProgress, showProgress } from '../doctor/text/progress.ts';
import { colourStyle, plainStyle, resultLines, summaryLines } from '../doctor/text/report.ts';
import { layOutEntry } from '../kit/layout.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { bundleFileError, checkBundleFile } from './bundle-file.ts';
import type { CommandFlags } from './commands.ts';
import { printResult } from './envelope.ts';
import type { Output } from './output.ts';

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
  if (flags.bundle !== undefined) await checkBundleFile(flags.bundle);
  const diagnosis = await diagnose(parts, selected, flags.json, signal);
  if (flags.bundle !== undefined) await writeBundle(flags.bundle, parts, diagnosis, signal);
  if (flags.json) printResult(output, 'doctor', describeDiagnosis(diagnosis));
  const failed = diagnosis.results.some(({ status }) => status === 'fail');
  return failed ? exitCodes.notDone.code : exitCodes.done.code;
}

async function writeBundle(
  path: string,
  { host, output }: DoctorParts,
  diagnosis: Diagnosis,
  signal: AbortSignal,
): Promise<void> {
  const { writeSupportBundle } = await import('../doctor/bundle/support-bundle.ts');
  await writeSupportBundle(path, host, diagnosis, signal).catch((error: unknown) => {
    throw bundleFileError(path, error);
  });
  output.err(`Wrote ${path}; review before sharing.\n`);
}

async function diagnose(
  { host, output, env }: DoctorParts,
  selected: ReturnType<typeof selectChecks>,
  quiet: boolean,
  signal: AbortSignal,
): Promise<Diagnosis> {
  if (quiet) return findCauses(await runChecks(selected, host, () => {}, signal));
  // A terminal that knows no escapes shows them.
  const terminal = process.stdout.isTTY === true && env['TERM'] !== 'dumb';
  // https://no-color.org
  const style = terminal && !env['NO_COLOR'] ? colourStyle : plainStyle;
  const names = selected.map(({ name }) => name);
  const progress = terminal ? showProgress(names, output.out, output.width) : plainProgress(output.out);
  const results = await runChecks(
    selected,
    host,
    (result) => progress.done(result.name, resultLines(result, style, output.width())),
    signal,
  ).finally(progress.end);
  const diagnosis = findCauses(results);
  output.out(`${summaryLines(diagnosis, style, output.width()).join('\n')}\n`);
  return diagnosis;
}

function list(output: Output, json: boolean): void {
  if (json) {
    const listed = checks.map(({ name, title, onlyWith = null }) => ({ name, title, onlyWith }));
    printResult(output, 'doctor', { listed });
    return;
  }
  for (const { name, title, onlyWith } of checks) {
    const text = `${title}${onlyWith === undefined ? '' : ` (with --${onlyWith})`}`;
    output.out(`${layOutEntry(name, text, 24, output.width()).join('\n')}\n`);
  }
}
