import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import { type Daemon, type Host, type HostOptions, startHost } from '../../lab/hosts/host.ts';
import type { DaemonEvent } from '../../lab/rehearse/daemon-event.ts';
import type { DnsBehaviour } from '../../lab/stand-ins/dns/behaviour.ts';
import { type ProgrammableDns, startProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';
import {
  type EmbeddedEngine,
  startEmbeddedEngine,
} from '../../lab/stand-ins/embedded-engine/embedded-engine.ts';

/** A host whose DNS server, IMDS and Engine can be made to fail. */
export interface FaultyHost extends Host {
  readonly engine: EmbeddedEngine;
  /** The one nameserver of the host. */
  readonly dns: ProgrammableDns;
  /** All three names answer with private addresses, in the way given. */
  createEndpoints(behaviour?: DnsBehaviour): void;
}

export type NewFaultyHost = (options?: Omit<HostOptions, 'engine' | 'before'>) => Promise<FaultyHost>;

const quick = {
  'waiting-interval': '100ms',
  'settled-interval': '100ms',
};

/** Tests of the daemon on an embedded Engine, which fails at will. */
export function describeFaults(name: string, define: (newHost: NewFaultyHost) => void): void {
  describe(name, () => {
    let engine: EmbeddedEngine;
    const closers: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      engine = await startEmbeddedEngine({ announce: () => undefined });
    });
    afterAll(() => engine.close());
    afterEach(async () => {
      await engine.faults.set(undefined);
      for (const closer of closers.splice(0).reverse()) await closer();
    });
    define(async (options) => {
      const names: { dns?: ProgrammableDns } = {};
      const host = await startHost({
        engine,
        ...options,
        settings: { ...quick, ...options?.settings },
        before: async ({ topology, files, publicRecords }) => {
          const addresses = [topology.customResolver];
          names.dns = await startProgrammableDns({ addresses, records: publicRecords() });
          closers.push(names.dns.close);
          await files.setNameservers(addresses, 'timeout:1 attempts:1');
        },
      });
      closers.push(host.close);
      const { dns } = names;
      if (dns === undefined) throw new Error('the host has no nameserver');
      const { hosts, topology } = host.lab;
      return {
        ...host,
        engine,
        dns,
        createEndpoints: (behaviour) => {
          for (const service of endpointServices) {
            dns.program(hosts[service], { addresses: topology.privateAddresses[service], ...behaviour });
          }
        },
      };
    });
  });
}

/** How often the agent was started anew, as the ECS service knows: the Engine may not be there to ask. */
export function restartsSeen({ lab }: Pick<Host, 'lab'>): number {
  const { calls, connections } = lab.service.record;
  return new Set([...calls, ...connections].map(({ agentProcess }) => agentProcess)).size - 1;
}

/**
 * While the fault lasts the daemon looks again and again, says each thing once, and leaves the agent alone.
 * Resolves with the problems that it has told of, by their codes.
 */
export async function expectSaidOnce(host: Host, daemon: Daemon, looks = 6): Promise<string[]> {
  // What blocks is told by that alone.
  await daemon.until(() =>
    daemon.events.some(({ event }) => event === 'problem' || event === 'phase-blocked'),
  );
  await daemon.looks(looks);
  const said = daemon.events.filter(({ level }) => level !== 'debug').map(inShort);
  expect(said.filter((one, index) => said.indexOf(one) !== index)).toEqual([]);
  expect(restartsSeen(host)).toBe(0);
  const problems = daemon.events
    .filter(({ event }) => event === 'problem')
    .map(({ problem = '' }) => problem);
  const blocks = daemon.events
    .filter(({ event }) => event === 'phase-blocked')
    .map(({ reason }) => String(reason));
  return [...problems, ...blocks.filter((reason) => !problems.includes(reason))];
}

/** What a line tells, without its time and the details that may differ. */
function inShort({ event, where, problem, phase, reason, host, class: found, path }: DaemonEvent): string {
  return JSON.stringify({ event, where, problem, phase, reason, host, found, path });
}
