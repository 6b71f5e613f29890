import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inCheckout } from '../../lab/checkout.ts';

/** HAProxy with the socket proxy's own settings, between two sockets; its files are in `directory`. */
export async function startHaproxy(
  directory: string,
  socketPath: string,
  engineSocket: string,
): Promise<ChildProcess> {
  const file = join(directory, 'haproxy.cfg');
  const config = readFileSync(inCheckout('docs/socket-proxy/haproxy.cfg'), 'utf8')
    .replace('/run/ecs-privatelinkd-docker/docker.sock', socketPath)
    .replace('/var/run/docker.sock', engineSocket);
  writeFileSync(file, config);
  const haproxy = spawn('setpriv', ['--pdeathsig=KILL', 'haproxy', '-db', '-f', file], {
    stdio: 'inherit',
    env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
  for (let tries = 0; tries < 200 && !existsSync(socketPath); tries += 1) await delay(25);
  return haproxy;
}
