import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lockHolder } from '../daemon/single-instance.ts';
import { composeHost } from '../doctor/compose-host.ts';
import type { DaemonReading } from '../doctor/doctor-host.ts';
import { askEc2 } from '../ec2/ask-ec2.ts';
import { readBootId } from '../kit/boot-id.ts';
import { systemClock } from '../kit/clock.ts';
import { messageOf } from '../kit/problem.ts';
import { runProgram } from '../kit/run-program.ts';
import type { Observation } from '../observe/observation.ts';
import type { Policy } from '../reconcile/policy.ts';
import { readStatus } from '../report/status-reader.ts';
import type { ResolvedSettings } from '../settings/settings.ts';
import { hostSystemctl } from '../supervision/systemctl.ts';
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
      bootId: readBootId(procDir),
      systemctl: hostSystemctl(),
      run: runProgram,
      daemon: () => Promise.resolve(readDaemon(runDir, procDir)),
      askEc2: async (request, own) => await askEc2({ bundle: ec2Program, env }, request, own),
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
  try {
    return { pid: holder.pid, status: readStatus(runDir) };
  } catch (error) {
    return { pid: holder.pid, status: undefined, unreadable: messageOf(error) };
  }
}
