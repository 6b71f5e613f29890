import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inCheckout } from '../lab/checkout.ts';
import type { Engine } from '../lab/hosts/engine.ts';
import { endChild } from '../lab/processes.ts';
import { end, shippedPace, withHost } from './daemon-figures.ts';
import { usage } from './process-meter.ts';
import { commandLine, type ShippedProgram } from './shipped-program.ts';

export interface WatchdogPing {
  /** CPU of one ping, the daemon's and that of the process that it starts; undefined where systemd-notify is missing. */
  readonly cpuMs: number | undefined;
  readonly pingsPerDay: number;
}

/** In place of systemd: takes the datagrams, and says so. */
const listener = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('listening', flush=True)
while True:
    s.recv(4096)
    print('ping', flush=True)
`;

/** Has the daemon ping once a second and do nothing else. */
export async function measureWatchdogPing(
  engine: Engine,
  program: ShippedProgram,
  forMs: number,
): Promise<WatchdogPing> {
  const settings = { ...shippedPace, 'waiting-interval': '1h' };
  return await withHost(engine, settings, async (host) => {
    const socket = join(host.lab.directory, 'notify');
    const systemd = spawn('python3', ['-c', listener, socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    let heard = '';
    systemd.stdout.on('data', (chunk: Buffer) => {
      heard += chunk;
    });
    while (!heard.includes('listening')) await delay(20);
    const environment = ['env', `NOTIFY_SOCKET=${socket}`, 'WATCHDOG_USEC=2000000'];
    const daemon = host.startDaemon({}, [...environment, ...commandLine(program)]);
    await daemon.event('daemon-started');
    await delay(5_000);
    const pings = () => heard.split('ping').length;
    const before = { pings: pings(), cpuMs: usage(daemon.pid).cpuMs };
    await delay(forMs);
    const sent = pings() - before.pings;
    const cpuMs = usage(daemon.pid).cpuMs - before.cpuMs;
    await end(daemon);
    await endChild(systemd, 2_000);
    return { cpuMs: sent === 0 ? undefined : cpuMs / sent, pingsPerDay: pingsPerDay() };
  });
}

/** At half of the unit's WatchdogSec=. */
function pingsPerDay(): number {
  const unit = readFileSync(inCheckout('systemd/ecs-privatelinkd.service'), 'utf8');
  const minutes = Number(/^WatchdogSec=(\d+)min$/m.exec(unit)?.[1]);
  return (24 * 60) / (minutes / 2);
}
