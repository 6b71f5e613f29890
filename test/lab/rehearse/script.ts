import { setTimeout as delay } from 'node:timers/promises';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import type { DaemonProcess } from './daemon-process.ts';
import type { Pace, Stage } from './stage.ts';
import type { Summary } from './summary.ts';
import type { Timeline } from './timeline.ts';

/** Thrown when something that should have happened has not, or the other way round. */
export class RehearsalFailure extends Error {}

/** Longest wait for any one thing: at the slow pace a restart is due within 20 s. */
const patienceMs = 45_000;

/**
 * Plays the migration: the daemon finds an agent on the public path, the endpoints appear in AWS's order, the agent
 * is restarted once, and nothing happens after. Never rejects but with the signal's reason: what went wrong is told.
 */
export async function play(
  engine: Summary['engine'],
  stage: Stage,
  pace: Pace,
  timeline: Timeline,
  signal: AbortSignal,
): Promise<Summary> {
  let completeAt: number | undefined;
  let failed = false;
  const daemon = stage.startDaemon();
  try {
    await until(
      () => stage.phase() === 'waiting' && sawPublicPath(daemon),
      'the daemon to see an agent on the public path',
      signal,
    );
    for (const service of endpointServices) {
      timeline.tell(
        'lab',
        'endpoint-created',
        `endpoint ${service}: ${stage.lab.hosts[service]} becomes private`,
        { service },
      );
      await stage.lab.createEndpoint(service);
      completeAt = Date.now();
      if (service !== endpointServices.at(-1)) {
        await delay(pace.betweenEndpointsMs, undefined, { signal });
        expectNoRestart(daemon, stage);
      }
    }
    await until(() => restartedAt(daemon) !== undefined, 'the restart', signal);
    await until(() => connectedAt(stage, daemon) !== undefined, 'the agent on the private path', signal);
    await until(() => stage.phase() === 'settled', 'the daemon to settle', signal);
    const seconds = pace.watchMs / 1000;
    timeline.tell('rehearse', 'watching', `watching for ${seconds} s that nothing more happens`, { seconds });
    await delay(pace.watchMs, undefined, { signal });
  } catch (error) {
    if (!(error instanceof RehearsalFailure)) {
      throw error;
    }
    failed = true;
    timeline.tell('rehearse', 'failed', error.message);
  }
  const issuedAt = restartedAt(daemon);
  const reachedAt = connectedAt(stage, daemon);
  return {
    engine,
    settled: !failed && stage.phase() === 'settled' && onPrivatePathOnly(stage),
    restarts: Math.max(0, stage.agent.starts() - 1),
    dnsToRestartMs: between(completeAt, issuedAt),
    restartToConnectedMs: between(issuedAt, reachedAt),
  };
}

function sawPublicPath(daemon: DaemonProcess): boolean {
  return daemon.events.some(({ event, path }) => event === 'agent-path-changed' && path === 'public');
}

function expectNoRestart(daemon: DaemonProcess, stage: Stage): void {
  if (restartedAt(daemon) !== undefined || stage.agent.starts() > 1) {
    throw new RehearsalFailure('the agent was restarted before all endpoints were there');
  }
}

/** When the daemon issued its first restart. */
function restartedAt({ events }: DaemonProcess): number | undefined {
  const issued = events.find(({ event }) => event === 'restart-issued');
  return issued && Date.parse(issued.time);
}

/** When the agent first opened ACS to a private address after the restart. */
function connectedAt({ lab }: Stage, daemon: DaemonProcess): number | undefined {
  const since = restartedAt(daemon) ?? Number.POSITIVE_INFINITY;
  return lab.service.record.connections.find(
    ({ kind, scope, openedAt }) => kind === 'acs' && scope === 'private' && openedAt >= since,
  )?.openedAt;
}

function onPrivatePathOnly({ lab }: Stage): boolean {
  const connected = lab.service.connected();
  const hasAcs = connected.some(({ kind }) => kind === 'acs');
  return hasAcs && connected.every(({ scope }) => scope === 'private');
}

function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}

async function until(isMet: () => boolean, what: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!isMet()) {
    if (performance.now() > deadline) {
      throw new RehearsalFailure(`waited ${patienceMs / 1000} s in vain for ${what}`);
    }
    await delay(20, undefined, { signal });
  }
}
