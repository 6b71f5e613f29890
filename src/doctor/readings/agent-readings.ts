import type { AgentPathEvidence } from '../../agent/agent-observation.ts';
import { type AgentLook, createAgentReader } from '../../agent/agent-reader.ts';
import { introspectionAt } from '../../agent/introspection.ts';
import type { Systemctl } from '../../agent/systemctl.ts';
import type { PrivateAddressRule } from '../../endpoints/private-address.ts';
import type { Clock } from '../../kit/clock.ts';
import { once, within } from '../../kit/deadline.ts';
import { ProblemError } from '../../kit/problem.ts';
import type { Settings } from '../../settings/settings.ts';
import { type DoctorHost, isProblem } from '../doctor-host.ts';
import { longest, readingMs } from './limits.ts';

/** The agent's connections come and go: a single look between two of them would see none. */
const pathTries = 3;
const pathPauseMs = 500;

/** The agent, first without its path, which depends on what the endpoints answer. */
export function agentReadings(
  settings: Settings,
  host: Pick<DoctorHost, 'inspect' | 'names' | 'endpoints' | 'privateRule'>,
  { clock, systemctl }: { readonly clock: Clock; readonly systemctl: Systemctl },
  signal: AbortSignal,
): Pick<DoctorHost, 'agent'> & { readonly path: () => Promise<AgentPathEvidence> } {
  let rule: PrivateAddressRule | undefined;
  const reader = createAgentReader({
    // The one answer of the Engine, as its client would give it.
    engine: {
      inspect: async () => {
        const answer = await host.inspect();
        if (isProblem(answer)) throw new ProblemError(answer);
        return answer;
      },
    },
    systemctl: (args, own) => systemctl(args, AbortSignal.any([own, AbortSignal.timeout(longest.systemctl)])),
    clock,
    containerName: settings.agentContainer,
    isPrivate: (address) => rule?.(address)?.private === true,
    logPath: settings.agentLog,
    unitName: settings.agentUnit,
    introspection: introspectionAt(settings.agentIntrospection),
    procDir: settings.procDir,
  });

  async function look(what: Pick<AgentLook, 'detail' | 'acsAddresses'>, own: AbortSignal) {
    const controlPlaneHosts = (await host.names()).map((name) => name.host);
    return await reader.look({ ...what, controlPlaneHosts }, own);
  }

  const agent = once(async () => {
    rule = await host.privateRule();
    await Promise.all([host.names(), host.inspect()]);
    return await within('looking at the agent', readingMs, signal, (own) =>
      look({ detail: 'full', acsAddresses: [] }, own),
    );
  });
  const path = once(async () => {
    await agent();
    const endpoints = (await host.endpoints())?.endpoints ?? [];
    const acsAddresses = endpoints.find(({ service }) => service === 'ecs-agent')?.addresses ?? [];
    return await within("telling the agent's path", readingMs, signal, async (own) => {
      let seen = await look({ detail: 'light', acsAddresses }, own);
      for (let tries = 1; tries < pathTries && seen.path.path === 'unknown'; tries += 1) {
        if (seen.engineProblem !== undefined) break;
        await clock.sleep(pathPauseMs, own);
        seen = await look({ detail: 'light', acsAddresses }, own);
      }
      return seen.path;
    });
  });
  return { agent, path };
}
