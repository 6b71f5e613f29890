// Runs a TypeScript program of the lab: node test/lab/run-typescript.mjs PROGRAM.ts ARGS…
// Node.js 20 cannot strip types, so the program and its own modules are bundled first; packages stay outside.
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const program = process.argv[2];
if (program === undefined) {
  throw new Error('usage: node test/lab/run-typescript.mjs PROGRAM.ts ARGS…');
}
const root = fileURLToPath(new URL('../..', import.meta.url));
const bundle = `${root}build/lab/${basename(program, '.ts')}.mjs`;
// Renamed into place, so that a second run at the same time never reads half a file. A process id would not be unique:
// the runs may be in pid namespaces of their own.
const draft = `${bundle}.${randomUUID()}`;
mkdirSync(`${root}build/lab`, { recursive: true });
await build({
  entryPoints: [resolve(program)],
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outfile: draft,
  logLevel: 'error',
  sourcemap: 'inline',
});
renameSync(draft, bundle);
process.argv.splice(1, 2, bundle);
await import(pathToFileURL(bundle).href);
