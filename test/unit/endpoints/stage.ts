import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpointNames } from '../../../src/endpoints/endpoint-names.ts';
import { type ProgrammableDns, startProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';

export const dnsPort = 10_053;
export const signal = new AbortController().signal;
export const monotonicMs = () => performance.now();

/** The names that are asked in us-east-1, with nothing set. */
export const names = endpointNames({
  region: 'us-east-1',
  suffix: 'amazonaws.com',
  partition: 'aws',
  ipv6Only: false,
  agentVersion: undefined,
  api: undefined,
  overrides: {},
});

/** Loopback addresses that nobody else is likely to use: test files run side by side, and so do checkouts. */
export function freeAddresses(): () => string {
  const block = `127.${randomInt(100, 250)}.${randomInt(1, 250)}`;
  let last = 0;
  return () => `${block}.${++last}`;
}

/** A directory with a resolv.conf and a hosts file, DNS servers on loopback, and the way to end them all. */
export function openStage() {
  const directory = mkdtempSync(join(tmpdir(), 'endpoints-'));
  const nextAddress = freeAddresses();
  const closers: (() => Promise<void>)[] = [];
  const resolvConfPath = join(directory, 'resolv.conf');
  const hostsPath = join(directory, 'hosts');
  return {
    directory,
    resolvConfPath,
    hostsPath,
    nextAddress,
    writeResolvConf: (...lines: string[]) => writeFileSync(resolvConfPath, `${lines.join('\n')}\n`),
    writeHosts: (...lines: string[]) => writeFileSync(hostsPath, `${lines.join('\n')}\n`),
    startDns: async (): Promise<ProgrammableDns> => {
      const server = await startProgrammableDns({ addresses: [nextAddress()], port: dnsPort });
      closers.push(server.close);
      return server;
    },
    onClose: (closer: () => Promise<void>) => closers.push(closer),
    close: async () => {
      await Promise.all(closers.splice(0).map((closer) => closer()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export type Stage = ReturnType<typeof openStage>;
