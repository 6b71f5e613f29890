// Shows `fleet` on a migrating fleet: node test/lab/run-typescript.mjs test/lab/migrating-fleet.ts [FLAGS of fleet]
// Some 300 hosts in three zones, on loopback; the program is the checkout's build, the AWS SDK is real. Its exit code is
// that of `fleet`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { bundle } from './program.ts';
import { newWorld, startFleetApi } from './stand-ins/aws/fleet-world.ts';
import { addMigratingFleet } from './stand-ins/aws/migrating-fleet.ts';

const world = newWorld(Date.now());
addMigratingFleet(world);
const api = await startFleetApi(new Map([['AKIAIOSFODNN7EXAMPLE', world.account]]));
const child = spawn(process.execPath, [bundle, 'fleet', ...process.argv.slice(2)], {
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
process.exitCode = code ?? 1;
