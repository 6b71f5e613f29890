// Bundles the program into build/: the daemon, and apart from it what only other commands or settings need. CommonJS,
// because `import 'node:http'` from an ES module loads undici on Node 22 and later.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { sourceCommit } from './bundle/commit.mjs';
import { loadLate } from './bundle/late-parts.mjs';
import { checkUnusedParts, leaveOutUnusedParts } from './bundle/unused-parts.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const commit = sourceCommit();

/** Bundle → the module that it begins with, what was left to other bundles, and whether no part of a library is left out. */
const bundles = {
  'ecs-privatelinkd': {
    entry: 'src/start.ts',
    late: {
      'src/commands.ts': 'ecs-privatelinkd-commands',
      'src/daemon/metrics-service.ts': 'ecs-privatelinkd-metrics',
      'src/daemon/ssm-inventory.ts': 'ecs-privatelinkd-inventory',
      'src/preflight/ask-preflight.ts': 'ecs-privatelinkd-preflight',
    },
  },
  'ecs-privatelinkd-commands': {
    entry: 'src/commands.ts',
    late: {
      'src/cli/fleet.ts': 'ecs-privatelinkd-fleet',
      'src/cli/plan.ts': 'ecs-privatelinkd-plan',
    },
  },
  'ecs-privatelinkd-metrics': { entry: 'src/daemon/metrics-service.ts' },
  'ecs-privatelinkd-inventory': { entry: 'src/daemon/ssm-inventory.ts' },
  'ecs-privatelinkd-preflight': { entry: 'src/preflight/ask-preflight.ts' },
  // The AWS SDK, only ever loaded in the short-lived child processes of src/ec2/ask-ec2.ts and
  // src/preflight/ask-preflight.ts.
  'ecs-privatelinkd-ec2': { entry: 'src/ec2/child.ts', whole: true },
  'ecs-privatelinkd-ecs': { entry: 'src/preflight/child.ts', whole: true },
  // The operator's side, which runs on another machine than the daemon; the AWS SDK again.
  'ecs-privatelinkd-fleet': { entry: 'src/cli/fleet.ts', whole: true },
  'ecs-privatelinkd-plan': { entry: 'src/cli/plan.ts', whole: true },
};

await Promise.all(
  Object.entries(bundles).map(async ([name, { entry, late = {}, whole = false }]) => {
    const { metafile, outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile: `build/${name}.cjs`,
      // Written below.
      write: false,
      bundle: true,
      platform: 'node',
      target: 'node20.19',
      format: 'cjs',
      // require() instead: import() would bring the loader of ES modules to life.
      supported: { 'dynamic-import': false },
      minify: true,
      // Beside the bundles and kept with each release, not in the packages (scripts/source-positions.mjs).
      sourcemap: 'linked',
      legalComments: 'none',
      logLevel: 'warning',
      metafile: true,
      banner: name === 'ecs-privatelinkd' ? { js: '#!/usr/bin/env node' } : {},
      define: { PACKAGE_VERSION: JSON.stringify(version), SOURCE_COMMIT: JSON.stringify(commit) },
      plugins: whole ? [] : [leaveOutUnusedParts, loadLate(late)],
    });
    for (const { path, contents } of outputFiles) await put(path, contents);
    // What went in, for the licence notices and the SBOM of the packages.
    await put(
      join(root, `build/metafile${name.slice('ecs-privatelinkd'.length)}.json`),
      JSON.stringify(metafile),
    );
  }),
);
checkUnusedParts();

/** Whole or not at all: tests may be starting the one that is there, and packages being made of it. */
async function put(path, contents) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, contents, {
    mode: path.endsWith('/ecs-privatelinkd.cjs') ? 0o755 : 0o644,
  });
  await rename(`${path}.${process.pid}`, path);
}
