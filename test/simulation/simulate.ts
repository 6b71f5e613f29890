// scripts/simulate.sh tells what this is: node test/lab/run-typescript.mjs test/simulation/simulate.ts [OPTIONS]
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { inCheckout } from '../lab/checkout.ts';
import { type FleetMove, moveFleet } from './fleet.ts';
import { plot } from './plot.ts';
import { splayForMs, tableOf } from './table.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000,4000,8000,36000,100000,1000000' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const sizes = values.hosts.split(',').map(Number);
const seed = Number(values.seed);
if (!sizes.every((hosts) => Number.isInteger(hosts) && hosts > 0 && hosts <= 1_000_000)) {
  refuse(`--hosts takes numbers from 1 to 1000000 with commas between them, not "${values.hosts}"`);
}
if (!Number.isInteger(seed)) refuse(`--seed takes a whole number, not "${values.seed}"`);

const moves: FleetMove[] = [];
for (const hosts of sizes) {
  for (const splayMs of [0, splayForMs(hosts)]) {
    const began = performance.now();
    moves.push(await moveFleet({ hosts, splayMs, seed }));
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    console.error(`simulate.sh: ${hosts} hosts, splay ${splayMs / 1_000} s: ${seconds} s`);
  }
}
console.log(tableOf(moves));
if (values.write) {
  const document = inCheckout('docs/scale.md');
  const text = readFileSync(document, 'utf8');
  const table = `$1\n${tableOf(moves)}\n$2`;
  writeFileSync(document, text.replace(/(<!-- simulated -->\n)[\s\S]*?(<!-- end -->)/, table));
  const overTime = sizes.includes(36_000) ? 36_000 : Math.max(...sizes);
  writeFileSync(inCheckout('docs/scale.svg'), plot(moves, overTime));
}

function refuse(why: string): never {
  console.error(`simulate.sh: ${why}`);
  process.exit(64);
}
