import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { bundle } from './program.ts';
import { startFleetApi, type World } from './stand-ins/aws/fleet-world.ts';

/** Runs the checkout's `fleet` with these arguments, on this terminal, over a world on loopback. Its exit code. */
export async function runFleet(world: World, args: readonly string[]): Promise<number> {
  const api = await startFleetApi(new Map([['AKIAIOSFODNN7EXAMPLE', world.account]]));
  const child = spawn(process.execPath, [bundle, 'fleet', ...args], {
    stdio: 'inherit',
    env: {
      PATH: process.env['PATH'],
      TERM: process.env['TERM'],
      NODE_NO_WARNINGS: '1',
      AWS_ENDPOINT_URL: api.url,
      AWS_REGION: world.regionName,
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    },
  });
  const [code] = await once(child, 'close');
  await api.close();
  return code ?? 1;
}
