import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hostSystemctl } from '../agent/systemctl.ts';
import { lockHolder } from '../daemon/single-instance.ts';
import { composeHost } from '../doctor/compose-host.ts';
import type { DaemonReading } from '../doctor/doctor-host.ts';
import { askEc2 } from '../ec2/ask-ec2.ts';
import { systemClock } from '../kit/clock.ts';
import { runProgram } from '../kit/run-program.ts';
import type { Observation } from '../reconcile/observation.ts';
import type { Policy } from '../reconcile/policy.ts';
import type { Status } from '../report/status.ts';
import { readStatus } from '../report/status-file.ts';
import type { ResolvedSettings } from '../settings/settings.ts';
import type { DoctorParts } from './doctor.ts';
import type { Output } from './output.ts';

const ec2Bundle = 'ecs-privatelinkd-ec2.cjs';

/** The parts of `doctor`, wired by the settings. */
export function composeDoctor(
  { settings, origins }: ResolvedSettings,
  rules: (observation: Observation) => Policy,
  { env, output }: { readonly env: NodeJS.ProcessEnv; readonly output: Output },
  signal: AbortSignal,
): DoctorParts {
  const { procDir, runDir } = settings;
  const terminal = process.stdout.isTTY === true;
  // Beside the program itself, which may have been called by a link.
  const ec2Program = join(dirname(realpathSync(process.argv[1] ?? '.')), ec2Bundle);
  const host = composeHost(
    {
      settings,
      origins,
      rules,
      clock: systemClock(procDir),
      random: Math.random,
      bootId: readFileSync(`${procDir}/sys/kernel/random/boot_id`, 'latin1').trim(),
      systemctl: hostSystemctl(),
      run: runProgram,
      daemon: () => Promise.resolve(readDaemon(runDir, procDir)),
      askEc2: async (request, own) => await askEc2(ec2Program, request, env, own),
    },
    signal,
  );
  return {
    host,
    output,
    terminal,
    // https://no-color.org
    colour: terminal && !env['NO_COLOR'],
    writeBundle: async (path, diagnosis, own) => {
      const { writeSupportBundle } = await import('../doctor/bundle/support-bundle.ts');
      await writeSupportBundle(path, { host, origins, diagnosis }, own);
    },
  };
}

function readDaemon(runDir: string, procDir: string): DaemonReading {
  const holder = lockHolder(runDir, procDir);
  if (holder === undefined) return { pid: undefined, status: undefined };
  return { pid: holder.pid, status: statusIfAny(runDir) };
}

function statusIfAny(runDir: string): Status | undefined {
  try {
    return readStatus(runDir);
  } catch {
    return undefined;
  }
}
