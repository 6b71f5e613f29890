import { setTimeout as delay } from 'node:timers/promises';
import { endpointServices } from '../../src/settings/endpoint-services.ts';
import type { Engine } from '../lab/hosts/engine.ts';
import type { Daemon } from '../lab/hosts/host.ts';
import { end, shippedPace, withHost } from './daemon-figures.ts';
import { collectOnSignal, heapAfterCollection, median } from './looks.ts';
import { usage } from './process-meter.ts';
import { commandLine, type ShippedProgram } from './shipped-program.ts';

export interface Convergence {
  /** From the moment in which the third name is private to the restart, ms; in every run. */
  readonly dnsToRestartMs: readonly number[];
  /** From the restart to the agent's connection on the private path, ms. */
  readonly restartToConnectedMs: readonly number[];
  /** RssAnon in MiB after a full collection, at each stage; medians. */
  readonly memoryMib: Readonly<Record<string, number>>;
}

/** At the shipped pace, without splay, with an ecs-init that re-creates the agent. */
export async function measureConvergence(
  engine: Engine,
  program: ShippedProgram,
  runs: number,
): Promise<Convergence> {
  const dnsToRestartMs: number[] = [];
  const restartToConnectedMs: number[] = [];
  const memory: Record<string, number[]> = {};
  for (let run = 0; run < runs; run += 1) {
    await withHost(engine, { ...shippedPace, 'dns-timeout': '2s', 'connect-timeout': '3s' }, async (host) => {
      const daemon = host.startDaemon({}, commandLine(program, [collectOnSignal]));
      const note = async (stage: string) => {
        memory[stage] = [...(memory[stage] ?? []), await rssAnonCollected(daemon)];
      };
      await daemon.until(({ agent }) => agent.path === 'public');
      await daemon.looks(2);
      await note('waiting');
      // Anywhere between two looks.
      await delay(((run + 0.5) / runs) * 5_000);
      for (const service of endpointServices) await host.lab.createEndpoint(service);
      const changed = Date.now();
      const issued = Date.parse((await daemon.event('restart-issued')).time);
      dnsToRestartMs.push(issued - changed);
      await daemon.until(({ phase }) => phase === 'settled');
      const connected = host.lab.service.record.connections.find(
        ({ kind, scope, openedAt }) => kind === 'acs' && scope === 'private' && openedAt >= issued,
      );
      restartToConnectedMs.push((connected?.openedAt ?? Number.NaN) - issued);
      await note('settled, after the restart');
      await host.command(['doctor', '--json']);
      await note('after a doctor run');
      await host.command(['doctor', '--ec2', '--json']);
      await note('after an EC2 look-up');
      await host.command(['restart', '--json']);
      await daemon.until(({ phase, restartsTotal }) => phase === 'settled' && restartsTotal === 2);
      await note('after one more restart, by hand');
      await end(daemon);
    });
  }
  const memoryMib = Object.fromEntries(Object.entries(memory).map(([stage, all]) => [stage, median(all)]));
  return { dnsToRestartMs, restartToConnectedMs, memoryMib };
}

async function rssAnonCollected({ pid }: Daemon): Promise<number> {
  await heapAfterCollection(pid);
  return usage(pid).rssAnonKib / 1024;
}
