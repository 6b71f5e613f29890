import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { apiHost } from './api-host.ts';
import { type Dial, dialer } from './dial.ts';
import { cachedDiscovery } from './discovery.ts';
import { type EcsApi, ecsApi, openWebsocket } from './ecs-api.ts';
import { exitOnFile } from './exit-file.ts';
import { checkHealth } from './healthcheck.ts';
import { openIntrospection } from './introspection.ts';
import { type Log, openLog } from './log.ts';
import { nameLookup } from './name-lookup.ts';
import { register } from './registration.ts';
import { sdkClient } from './sdk-client.ts';
import { holdSession, type Session } from './sessions.ts';
import { type AgentSettings, readSettings } from './settings.ts';
import { handleTermination, type Termination } from './termination.ts';

/** What all parts of one agent process share. */
interface AgentParts {
  readonly settings: AgentSettings;
  readonly log: Log;
  readonly dial: Dial;
  readonly api: EcsApi;
  readonly agentProcess: string;
  readonly termination: Termination;
}

/** The stand-in for the ECS agent: registers, then holds ACS and TCS at the names it was told, until it dies. */
async function runAgent(settings: AgentSettings, log: Log, signal: AbortSignal): Promise<void> {
  const agentProcess = randomUUID();
  const termination = handleTermination(() => {
    log('info', 'Agent received termination signal', { signal: 'terminated' });
    process.exit(0);
  });
  if (settings.exitOnFile !== undefined) exitOnFile(settings.exitOnFile);
  log('info', 'Starting Amazon ECS Agent', { version: settings.version, commit: '7d5ec06f' });

  const dial = dialer({
    lookup: nameLookup(settings.resolvConf, settings.hosts),
    ca: settings.caFile === undefined ? undefined : readFileSync(settings.caFile, 'utf8'),
    proxy: settings.proxy,
    noProxy: settings.noProxy,
  });
  const api = ecsApi(sdkClient({ host: apiHost(settings.api), dial, agentProcess }));
  const { cluster } = settings;
  const containerInstanceArn = await termination.blocked(() =>
    register(api, cluster, settings.registration, log),
  );
  log('info', 'Registered container instance with cluster!');
  log('info', 'Instance registration completed successfully', { instanceArn: containerInstanceArn, cluster });
  await openIntrospection({ ...settings, ...settings.introspection, containerInstanceArn }, signal);
  const parts = { settings, log, dial, api, agentProcess, termination };
  const sessions = sessionsOf(parts, containerInstanceArn);
  await Promise.all(sessions.map((session) => holdSession(session, settings, log, signal)));
}

function sessionsOf(parts: AgentParts, containerInstanceArn: string): Session[] {
  const { settings, log, dial, api, agentProcess, termination } = parts;
  const { cluster, dialMs: timeoutMs } = settings;
  const websocket = { dial, agentProcess, timeoutMs };
  const discover = cachedDiscovery(
    () => termination.blocked(() => api.discover(cluster, containerInstanceArn, settings.discovery)),
    settings.discoveryTtlMs,
    () => performance.now(),
  );
  const open = async (endpoint: string) => {
    const url = new URL('ws', endpoint);
    url.search = new URLSearchParams({
      agentVersion: settings.version,
      clusterArn: cluster,
      containerInstanceArn,
      seqNum: '1',
    }).toString();
    log('info', 'Establishing a Websocket connection', { url: url.href });
    const socket = await termination.blocked(() => openWebsocket(url, websocket));
    log('info', 'Websocket connection established.', { URL: url.href });
    return socket;
  };
  const acs: Session = { name: 'ACS', discover: async () => (await discover()).endpoint, open };
  const tcs: Session = { name: 'TCS', discover: async () => (await discover()).telemetryEndpoint, open };
  const others = settings.extraConnections.map((host): Session => {
    const url = new URL(`https://${host}/`);
    return {
      name: 'extra',
      discover: () => Promise.resolve(url.href),
      open: () => openWebsocket(url, websocket),
    };
  });
  return [acs, ...(settings.metricsDisabled ? [] : [tcs]), ...others];
}

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const log = openLog(settings.log);
  if (process.argv.includes('--healthcheck')) {
    process.exit(await checkHealth(settings.introspection, log));
  }
  await runAgent(settings, log, new AbortController().signal);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
