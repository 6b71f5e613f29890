// Shows `fleet` on a migrating fleet: node test/lab/run-typescript.mjs test/lab/migrating-fleet.ts [FLAGS of fleet]
// Some 300 hosts in three zones, on loopback; the program is the checkout's build, the AWS SDK is real. Its exit code is
// that of `fleet`.
import { runFleet } from './run-fleet.ts';
import { newWorld } from './stand-ins/aws/fleet-world.ts';
import { addMigratingFleet } from './stand-ins/aws/migrating-fleet.ts';

const world = newWorld(Date.now());
addMigratingFleet(world);
process.exitCode = await runFleet(world, process.argv.slice(2));
