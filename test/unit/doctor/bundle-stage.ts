import { writeSupportBundle } from '../../../src/doctor/bundle/support-bundle.ts';
import type { DoctorHost } from '../../../src/doctor/doctor-host.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { resolveSettings } from '../../../src/settings/resolve-settings.ts';

export interface BundleStage {
  readonly path: string;
  readonly agentLog: string;
  /** What journalctl prints. */
  readonly journal: string;
}

/** Writes the support archive of a host with these logs and nothing else. */
export async function writeBundleOf({ path, agentLog, journal }: BundleStage): Promise<void> {
  const env = { ECS_PRIVATELINKD_AGENT_LOG: agentLog, ECS_PRIVATELINKD_RESOLV_CONF: '/nowhere' };
  const host: Partial<DoctorHost> = {
    ...resolveSettings({ flags: {}, env }),
    clock: systemClock('/proc'),
    daemon: async () => ({ pid: undefined, status: undefined }),
    engine: async () => ({ code: 'engine-missing', message: 'there is none', advice: 'none' }),
    observation: () => Promise.reject(new Error('not looked')),
    run: async () => ({ outcome: 'ended', exitCode: 0, stdout: journal, stderr: '' }),
  };
  const diagnosis = { results: [], causes: [] };
  await writeSupportBundle(path, host as DoctorHost, diagnosis, new AbortController().signal);
}
