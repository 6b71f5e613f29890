// Writes the parts of the documents that come from the code, between `<!-- generated: NAME -->` and `<!-- end -->`,
// the JSON Schemas, and the list of doctor's checks. With --check nothing is written, and what is out of date fails.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');

let stale = 0;

// First of all: what follows comes from the checks too.
const { checkNames, endpointCheckNames } = await load('order', "export * from './src/doctor/order.ts';");
update('src/doctor/by-name.ts', checksByName(checkNames, endpointCheckNames));

const tables = await load(
  'tables',
  `
  export { settingsTableMarkdown } from './scripts/texts/settings.ts';
  export * from './scripts/texts/catalogues.ts';
  export { jsonSchemas } from './scripts/texts/json-schemas.ts';
  export { verbsMarkdown } from './scripts/texts/verbs.ts';
  export { statusMarkdown } from './src/report/status-table.ts';
  export { planFindingsMarkdown } from './scripts/texts/plan-findings.ts';
  export { troubleshootingMarkdown } from './scripts/texts/troubleshooting.ts';
`,
);

const parts = {
  settings: tables.settingsTableMarkdown,
  'plan-findings': tables.planFindingsMarkdown,
  'fleet-reasons': tables.fleetReasonsMarkdown,
  'exit-codes': tables.exitCodesMarkdown,
  exits: tables.exitsMarkdown,
  'decision-rules': tables.decisionRulesMarkdown,
  events: tables.eventsMarkdown,
  reasons: tables.reasonsMarkdown,
  problems: tables.problemsMarkdown,
  metrics: tables.metricsMarkdown,
  status: tables.statusMarkdown,
  verbs: tables.verbsMarkdown,
  troubleshooting: tables.troubleshootingMarkdown,
};
const documents = [
  'docs/decision-rules.md',
  'docs/events.md',
  'docs/fleet.md',
  'docs/metrics.md',
  'docs/operations.md',
  'docs/plan.md',
  'docs/restarting-the-agent.md',
  'docs/settings.md',
  'docs/status.md',
  'docs/troubleshooting.md',
];

for (const document of documents) {
  const before = readFileSync(join(root, document), 'utf8');
  const after = before.replace(
    /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start, name, end) => {
      if (!(name in parts)) throw new Error(`${document}: there is no generated part "${name}"`);
      return `${start}\n${parts[name]().trim()}\n\n${end}`;
    },
  );
  update(document, after);
}
for (const [file, text] of Object.entries(tables.jsonSchemas())) update(`docs/schemas/${file}`, text);
if (check && stale > 0) process.exit(1);

function update(file, text) {
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  stale += 1;
  if (check) console.error(`${file} is out of date: run \`npm run docs\``);
  else writeFileSync(path, text);
}

/** What some modules of src/ export. Bundled beside node_modules, where packages are found. */
async function load(name, contents) {
  const outfile = join(root, `build/generate-docs-${name}.mjs`);
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  return await import(pathToFileURL(outfile).href);
}

/** The checks as the module that imports them all: their files are named after them, but for those of the endpoints. */
function checksByName(names, ofEndpoints) {
  const constant = (name) => `${name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())}Check`;
  const key = (name) => (name.includes('-') ? `'${name}'` : name);
  const check = (name) =>
    ofEndpoints.includes(name) ? `endpointCheck('${name.replace('endpoint-', '')}')` : constant(name);
  const files = [...names.filter((name) => !ofEndpoints.includes(name)), 'endpoint'].toSorted();
  return [
    '// Written by `npm run docs` from order.ts: a check is the constant named after it in the file named after it.',
    ...files.map((name) => `import { ${constant(name)} } from './checks/${name}.ts';`),
    '',
    '/** All checks; that of an endpoint is made for each. */',
    'export const byName = {',
    ...names.map((name) => `  ${key(name)}: ${check(name)},`),
    '};',
    '',
  ].join('\n');
}
