import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import type { Status } from '../../../src/report/status-schema.ts';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import { type DockerEngine, startDockerEngine } from '../../lab/hosts/docker-engine.ts';
import { type Daemon, type Host, type HostOptions, startHost } from '../../lab/hosts/host.ts';

/** Starts a host on the Engine that the tests of a file share; it is closed after the test. */
export type NewHost = (options?: Omit<HostOptions, 'engine'>) => Promise<Host>;

/** Tests of the daemon on one real Engine, whose command line has these flags too. */
export function describeOnEngine(
  name: string,
  define: (newHost: NewHost) => void,
  flags: readonly string[] = [],
): void {
  describe(name, () => {
    let engine: DockerEngine;
    const hosts: Host[] = [];
    beforeAll(async () => {
      engine = await startDockerEngine(flags);
    });
    afterAll(() => engine.close());
    afterEach(async () => {
      // A test that failed may have left it paused, and a host is closed through it.
      engine.resume();
      for (const host of hosts.splice(0)) await host.close();
    });
    define(async (options) => {
      const host = await startHost({ engine, ...options });
      hosts.push(host);
      return host;
    });
  });
}

/** Creates all three endpoints in AWS's order, in the zones' private addresses. */
export async function createEndpoints({ lab }: Pick<Host, 'lab'>): Promise<void> {
  for (const service of endpointServices) await lab.createEndpoint(service);
}

/** The agent has been left alone, and is over a number of further looks. */
export async function expectNoRestart(host: Host, daemon: Daemon, looks = 5): Promise<Status> {
  const status = await daemon.looks(looks);
  expect(await host.restarts()).toBe(0);
  expect(status.restartsTotal).toBe(0);
  return status;
}

/** The agent ends up on the private path after so many restarts, and is left alone from then on. */
export async function expectSettled(host: Host, daemon: Daemon, restarts = 1): Promise<Status> {
  await daemon.until(({ phase }) => phase === 'settled');
  const status = await daemon.looks(3);
  expect(status).toMatchObject({ phase: 'settled', agent: { path: 'private', registered: true } });
  expect(await host.restarts()).toBe(restarts);
  if (restarts > 0) expect(status.lastRestart).toMatchObject({ verb: 'kill', outcome: 'private' });
  const connected = host.lab.service.connected();
  expect(connected.some(({ kind }) => kind === 'acs')).toBe(true);
  expect(connected.filter(({ scope }) => scope === 'public')).toEqual([]);
  return status;
}
