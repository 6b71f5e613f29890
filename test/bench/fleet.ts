// What `fleet` costs: node test/lab/run-typescript.mjs test/bench/fleet.ts [HOSTS…], after npm run build.
import { measureFleet } from './measure-fleet.ts';

const sizes = process.argv.slice(2).map(Number);
for (const hosts of sizes.length > 0 ? sizes : [1_000, 5_000, 10_000]) {
  const { seconds, mib, calls, throttled } = await measureFleet(hosts);
  const by = Object.entries(calls).map(([action, count]) => `${action} ${count}`);
  console.log(
    `${hosts} hosts: ${seconds.toFixed(1)} s, ${mib.toFixed(0)} MiB; throttled ${throttled}; ${by.join(', ')}`,
  );
}
