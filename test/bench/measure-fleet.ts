import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../lab/hosts/machine/command.ts';
import { bundle } from '../lab/program.ts';
import { addHost, newWorld, startFleetApi } from '../lab/stand-ins/aws/fleet-world.ts';
import { makeTemporaryDirectory } from '../lab/temporary-directory.ts';

export interface FleetMeasure {
  readonly code: number;
  readonly stdout: string;
  readonly seconds: number;
  /** Most resident memory of the program, in MiB. */
  readonly mib: number;
  /** By action, those that were throttled included. */
  readonly calls: Readonly<Record<string, number>>;
  readonly throttled: number;
}

/** Those of scripts/package/runtime-flags that bear on time and memory. */
const shippedFlags = ['--jitless', '--v8-pool-size=0', '--max-semi-space-size=1'];

/** `fleet` over so many hosts, one in 500 of them not done, with AWS's page sizes and ECS's documented rates on loopback. */
export async function measureFleet(hosts: number, flags: readonly string[] = []): Promise<FleetMeasure> {
  const world = newWorld(Date.now());
  for (let index = 0; index < hosts; index += 1) {
    addHost(world, index, {
      // 5,000 container instances of a cluster are the most that ECS has.
      cluster: `prod-${index % 2}`,
      ...(index % 500 === 7 && { record: { Phase: 'waiting', Reason: 'names-not-private' } }),
    });
  }
  const directory = await makeTemporaryDirectory('meter');
  const meter = join(directory, 'meter.cjs');
  await writeFile(
    meter,
    'process.on("exit", () => console.error("MAXRSS", process.resourceUsage().maxRSS));',
  );
  const api = await startFleetApi(new Map([['AKIAIOSFODNN7EXAMPLE', world.account]]));
  try {
    const began = performance.now();
    const { code, stdout, stderr } = await runCommand(
      [process.execPath, ...shippedFlags, '-r', meter, bundle, 'fleet', ...flags],
      {
        timeout: 600_000,
        env: {
          AWS_ENDPOINT_URL: api.url,
          AWS_REGION: world.regionName,
          AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
          AWS_SECRET_ACCESS_KEY: 'not-a-secret',
        },
      },
    );
    const calls: Record<string, number> = {};
    for (const call of api.calls) calls[call] = (calls[call] ?? 0) + 1;
    return {
      code,
      stdout,
      seconds: (performance.now() - began) / 1000,
      mib: Number(/MAXRSS (\d+)/.exec(stderr)?.[1]) / 1024,
      calls,
      throttled: api.throttled(),
    };
  } finally {
    await api.close();
    await rm(directory, { recursive: true });
  }
}
