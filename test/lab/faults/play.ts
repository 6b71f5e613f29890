import { setTimeout as delay } from 'node:timers/promises';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import { type EmbeddedEngine, startEmbeddedEngine } from '../stand-ins/embedded-engine/embedded-engine.ts';
import { type FaultHost, promised, startFaultHost } from './fault-host.ts';
import { type Incident, type Schedule, subject } from './schedule.ts';
import { type Heal, strike } from './strike.ts';
import { violations } from './violations.ts';

/** What came of one schedule. */
export interface Outcome {
  readonly seed: number;
  readonly incidents: number;
  readonly daemonKills: number;
  /** Made by the daemon. */
  readonly restarts: number;
  /** From the last healing to the proof of the private path; undefined when that did not come in time. */
  readonly settledAfterMs: number | undefined;
  /** Broken promises, in words. */
  readonly violations: readonly string[];
  /** What the daemons logged, for a schedule that failed. */
  readonly log: readonly string[];
}

/** Where schedules are played, one after the other. */
export interface Playground {
  play(schedule: Schedule): Promise<Outcome>;
  close(): Promise<void>;
}

/**
 * From the last healing to `settled`. A restart that the daemon was killed over is given 40 s to take effect before
 * it is made again; most schedules need two seconds.
 */
const settledWithinMs = 75_000;
/** Looks after that in which nothing more may happen. */
const quietMs = 600;

export async function openPlayground(): Promise<Playground> {
  const requests: { at: number; request: string }[] = [];
  const engine = await startEmbeddedEngine({
    announce: () => undefined,
    onRequest: (request) => requests.push({ at: Date.now(), request }),
  });
  return {
    play: async (schedule) => {
      requests.length = 0;
      return await playOn(engine, schedule, requests);
    },
    close: engine.close,
  };
}

async function playOn(
  engine: EmbeddedEngine,
  schedule: Schedule,
  requests: readonly { readonly at: number; readonly request: string }[],
): Promise<Outcome> {
  const faultHost = await startFaultHost(engine, schedule.supervision, requests);
  try {
    await playIncidents(schedule, faultHost);
    if (faultHost.daemon() === undefined) faultHost.startDaemon();
    const settledAfterMs = await settle(faultHost);
    await delay(quietMs);
    const history = await faultHost.history();
    const broken = violations(history, promised);
    if (settledAfterMs === undefined)
      broken.push(`not settled within ${settledWithinMs} ms: ${where(faultHost)}`);
    const restartsAfter = history.restarts.filter(({ at }) => at >= Date.now() - quietMs);
    if (restartsAfter.length > 0) broken.push('the agent was restarted after all was settled');
    return {
      seed: schedule.seed,
      incidents: schedule.incidents.length,
      daemonKills: history.lives.filter(({ ended }) => ended === 'killed').length,
      restarts: history.restarts.length,
      settledAfterMs,
      violations: broken,
      log: history.lives.flatMap(({ events }) => events.map((event) => JSON.stringify(event))),
    };
  } finally {
    await faultHost.close();
  }
}

/** Plays all that happens at its time; ends once everything is healed. */
async function playIncidents(schedule: Schedule, faultHost: FaultHost): Promise<void> {
  const begun = performance.now();
  const at = (ms: number) => delay(Math.max(0, begun + ms - performance.now()));
  async function happen({ atMs, forMs, fault }: Incident): Promise<void> {
    await at(atMs);
    const heal: Heal = await strike(fault, faultHost);
    await at(atMs + forMs);
    await heal();
  }
  // Under load a fault may take longer to strike or to heal than it was given; the next of its kind waits for it.
  const last = new Map<string, Promise<void>>();
  for (const incident of schedule.incidents) {
    const before = last.get(subject(incident.fault)) ?? Promise.resolve();
    last.set(
      subject(incident.fault),
      before.then(() => happen(incident)),
    );
  }
  await Promise.all([
    at(schedule.daemonStartsAtMs).then(faultHost.startDaemon),
    ...endpointServices.map((service) =>
      at(schedule.createdAtMs[service]).then(() => faultHost.createEndpoint(service)),
    ),
    ...last.values(),
  ]);
}

/**
 * Milliseconds until the daemon says `settled` and the ECS service agrees; undefined when that takes too long. Answers that
 * were public only in the moment in which the new agent asked are seen by nobody else: the restart did not help, and
 * another is made once something has changed.
 */
async function settle(faultHost: FaultHost): Promise<number | undefined> {
  const begun = performance.now();
  const begunAt = Date.now();
  let changed = false;
  for (;;) {
    const elapsedMs = performance.now() - begun;
    const status = faultHost.daemon()?.status();
    const fresh = status && Date.parse(status.writtenAt) > begunAt;
    if (fresh && status.phase === 'settled' && status.agent.path === 'private' && isConnected(faultHost)) {
      return Math.round(elapsedMs);
    }
    if (fresh && !changed && status.reason.code === 'restart-did-not-help') {
      const [address = ''] = faultHost.host.lab.topology.privateAddresses.ecs;
      faultHost.setName('ecs', { addresses: [address] });
      changed = true;
    }
    if (elapsedMs > settledWithinMs) return undefined;
    await delay(20);
  }
}

function isConnected({ host }: FaultHost): boolean {
  const connected = host.lab.service.connected();
  return (
    connected.some(({ kind, scope }) => kind === 'acs' && scope === 'private') &&
    connected.every(({ scope }) => scope === 'private')
  );
}

function where(faultHost: FaultHost): string {
  const { phase, reason, agent } = faultHost.daemon()?.status() ?? {};
  const connected = faultHost.host.lab.service.connected().map(({ kind, scope }) => `${kind} ${scope}`);
  return JSON.stringify({ phase, reason, path: agent?.path, evidence: agent?.evidence, connected });
}
