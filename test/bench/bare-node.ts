import { type ChildProcess, spawn } from 'node:child_process';
import { inCheckout } from '../lab/checkout.ts';
import type { Host } from '../lab/hosts/host.ts';
import type { ShippedProgram } from './shipped-program.ts';

/** The floor: the shipped Node.js, with the shipped flags, asking the same questions in the same pace and no more. */
export function bareNodeCommand({ node, flags }: ShippedProgram, { lab }: Host, lookMs: number): string[] {
  const script = inCheckout('test/bench/bare-node.cjs');
  return [node, ...flags, script, `${lookMs}`, lab.dns.address, ...Object.values(lab.hosts)];
}

export function startBareNode(program: ShippedProgram, host: Host, lookMs: number): ChildProcess {
  return spawn('setpriv', ['--pdeathsig=KILL', ...bareNodeCommand(program, host, lookMs)], {
    stdio: 'ignore',
  });
}
