import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { dialer } from './dial.ts';
import { cachedDiscovery } from './discovery.ts';
import { type EcsApi, ecsApi, openWebsocket } from './ecs-api.ts';
import { exitOnFile } from './exit-file.ts';
import { openIntrospection } from './introspection.ts';
import { type Log, openLog } from './log.ts';
import { nameLookup } from './name-lookup.ts';
import { holdSession } from './sessions.ts';
import { type AgentSettings, apiHost, readSettings } from './settings.ts';
import { handleTermination } from './termination.ts';

/** The stand-in for the ECS agent: registers, then holds ACS and TCS at the names it was told, until it dies. */
async function runAgent(settings: AgentSettings, signal: AbortSignal): Promise<void> {
  const log = openLog(settings.log);
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
    timeoutMs: settings.dialMs,
    proxy: settings.proxy,
    noProxy: settings.noProxy,
  });
  const api = ecsApi(apiHost(settings), dial, agentProcess, settings.dialMs);
  const { cluster } = settings;
  const containerInstanceArn = await termination.blocked(() => register(api, settings, log, signal));
  log('info', 'Instance registration completed successfully', { instanceArn: containerInstanceArn, cluster });
  await openIntrospection({ ...settings, ...settings.introspection, containerInstanceArn }, signal);

  const discover = cachedDiscovery(
    () => termination.blocked(() => api.discover(cluster, containerInstanceArn)),
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
    return await termination.blocked(() => openWebsocket(url, dial, agentProcess));
  };
  const sessions = [
    holdSession({ name: 'ACS', open: async () => open((await discover()).endpoint) }, settings, log, signal),
  ];
  if (!settings.metricsDisabled) {
    const openTcs = async () => open((await discover()).telemetryEndpoint);
    sessions.push(holdSession({ name: 'TCS', open: openTcs }, settings, log, signal));
  }
  for (const host of settings.extraConnections) {
    const openExtra = () => openWebsocket(new URL(`https://${host}/`), dial, agentProcess);
    sessions.push(holdSession({ name: 'extra', open: openExtra }, settings, log, signal));
  }
  await Promise.all(sessions);
}

/** Tries until it works; ends the process with 1 when that takes too long, for its supervisor to start it anew. */
async function register(
  api: EcsApi,
  settings: AgentSettings,
  log: Log,
  signal: AbortSignal,
): Promise<string> {
  const giveUp = setTimeout(() => {
    log('error', 'Error registering container instance; giving up');
    process.exit(1);
  }, settings.registrationMs);
  try {
    for (;;) {
      try {
        log('info', 'Registering Instance with ECS');
        return await api.register(settings.cluster);
      } catch (error) {
        log('error', 'Unable to register as a container instance with ECS', { error: String(error) });
        await delay(250, undefined, { signal });
      }
    }
  } finally {
    clearTimeout(giveUp);
  }
}

runAgent(readSettings(process.env), new AbortController().signal).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
