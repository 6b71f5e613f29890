import { setTimeout as delay } from 'node:timers/promises';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import type { DaemonProcess } from './daemon-process.ts';
import { lastWords } from './last-words.ts';
import type { Pace, Stage } from './stage.ts';
import type { Summary } from './summary.ts';
import type { Timeline } from './timeline.ts';
import { type Patience, RehearsalFailure, until } from './until.ts';

export interface PlayOptions {
  readonly engine: Summary['engine'];
  readonly pace: Pace;
  readonly patience: Patience;
}

/**
 * Plays the migration: the daemon finds an agent on the public path, the endpoints appear in AWS's order, the agent
 * is restarted once, and nothing happens after. Never rejects but with the signal's reason: what went wrong is told.
 */
export async function play(
  { engine, pace, patience }: PlayOptions,
  stage: Stage,
  timeline: Timeline,
): Promise<Summary> {
  let completeAt: number | undefined;
  let failed = false;
  const daemon = stage.startDaemon();
  const { signal } = patience;
  const whyHopeless = () => {
    const exitCode = daemon.exitCode();
    return exitCode === undefined ? undefined : `the daemon ended with exit code ${exitCode}`;
  };
  const daemonUntil = (what: string, isMet: () => boolean) => until(what, isMet, patience, whyHopeless);
  try {
    await daemonUntil(
      'the daemon to see an agent on the public path',
      () => stage.status()?.phase === 'waiting' && sawPublicPath(daemon),
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
    await daemonUntil('the restart of the agent', () => restartOf(daemon) !== undefined);
    await daemonUntil('the agent on the private path', () => connectedAt(stage, daemon) !== undefined);
    await daemonUntil('the daemon to settle', () => stage.status()?.phase === 'settled');
    const seconds = pace.watchMs / 1000;
    timeline.tell('rehearse', 'watching', `watching for ${seconds} s that nothing more happens`, { seconds });
    await delay(pace.watchMs, undefined, { signal });
  } catch (error) {
    if (!(error instanceof RehearsalFailure)) {
      throw error;
    }
    failed = true;
    const status = stage.status();
    timeline.tell('rehearse', 'failed', error.message, { phase: status?.phase, reason: status?.reason });
    timeline.tell('rehearse', 'last-words', lastWords(status, daemon.events, Date.now()));
  }
  const restart = restartOf(daemon);
  return {
    engine,
    settled: !failed && stage.status()?.phase === 'settled' && onPrivatePathOnly(stage),
    restarts: Math.max(0, stage.agent.starts().length - 1),
    dnsToRestartMs: between(completeAt, restart?.at),
    restartToConnectedMs: between(restart?.at, connectedAt(stage, daemon)),
    verb: restart?.verb,
    ...(await stage.agent.supervision()),
  };
}

function sawPublicPath(daemon: DaemonProcess): boolean {
  return daemon.events.some(({ event, path }) => event === 'agent-path-changed' && path === 'public');
}

function expectNoRestart(daemon: DaemonProcess, stage: Stage): void {
  if (restartOf(daemon) !== undefined || stage.agent.starts().length > 1) {
    throw new RehearsalFailure('the agent was restarted before all endpoints were there');
  }
}

/** The daemon's first restart: when, and how. */
function restartOf({ events }: DaemonProcess): { at: number; verb: string | undefined } | undefined {
  const issued = events.find(({ event }) => event === 'restart-issued');
  return issued && { at: Date.parse(issued.time), verb: issued.verb };
}

/** When the agent first opened ACS to a private address after the restart. */
function connectedAt({ lab }: Stage, daemon: DaemonProcess): number | undefined {
  const since = restartOf(daemon)?.at ?? Number.POSITIVE_INFINITY;
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
