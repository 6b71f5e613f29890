// Writes the parts of the documents that come from the code, between `<!-- generated: NAME -->` and `<!-- end -->`.
// With --check nothing is written, and a part that is out of date fails.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');

const bundle = join(root, 'build/generate-docs.mjs');
await build({
  stdin: {
    contents: `
      export { settingsTableMarkdown } from './src/settings/settings-table.ts';
      export { exitCodesMarkdown } from './src/settings/exit-codes.ts';
      export { eventsMarkdown, reasonsMarkdown } from './src/report/events-table.ts';
      export { metricsMarkdown } from './src/report/metrics/definitions.ts';
      export { problemsMarkdown } from './src/report/problems.ts';
      export { statusMarkdown } from './src/report/status-table.ts';
      export { troubleshootingMarkdown } from './src/doctor/troubleshooting.ts';
    `,
    resolveDir: root,
    loader: 'ts',
  },
  outfile: bundle,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'error',
});
const tables = await import(pathToFileURL(bundle).href);

const parts = {
  settings: tables.settingsTableMarkdown,
  'exit-codes': tables.exitCodesMarkdown,
  events: tables.eventsMarkdown,
  reasons: tables.reasonsMarkdown,
  problems: tables.problemsMarkdown,
  metrics: tables.metricsMarkdown,
  status: tables.statusMarkdown,
  troubleshooting: tables.troubleshootingMarkdown,
};
const documents = [
  'README.md',
  'docs/events.md',
  'docs/metrics.md',
  'docs/operations.md',
  'docs/status.md',
  'docs/troubleshooting.md',
];

let stale = 0;
for (const document of documents) {
  const path = join(root, document);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(
    /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start, name, end) => {
      if (!(name in parts)) throw new Error(`${document}: there is no generated part "${name}"`);
      return `${start}\n${parts[name]().trim()}\n\n${end}`;
    },
  );
  if (after === before) continue;
  stale += 1;
  if (check) console.error(`${document} is out of date: run \`npm run docs\``);
  else writeFileSync(path, after);
}
if (check && stale > 0) process.exit(1);
