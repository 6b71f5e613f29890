// For scripts/lab.sh: `fleet` over twenty hosts, of which one is the lab's machine, by the record that the first argument
// is; the other nineteen are made up, and done. What follows are flags of `fleet`.
import * as v from 'valibot';
import { runFleet } from './run-fleet.ts';
import { addHost, newWorld } from './stand-ins/aws/fleet-world.ts';

const [text = '', ...flags] = process.argv.slice(2);
// ECS here has an account and an ARN of its own.
const { ContainerInstanceArn: _, ...record } = v.parse(v.record(v.string(), v.string()), JSON.parse(text));
const { Cluster: cluster = '', InstanceId: id } = record;
const world = newWorld(Date.now());
// Without a daemon it is not known who it is, and it leaves no record.
addHost(world, 0, id ? { cluster, instance: { id }, record, asked: false } : { record: false, asked: false });
for (let index = 1; index < 20; index += 1) addHost(world, index, { cluster: cluster || 'prod' });
process.exitCode = await runFleet(world, flags);
