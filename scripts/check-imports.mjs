// Fails when a folder of src/ imports from one that it may not know (docs/architecture.md, "Who may import whom").
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const src = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

/** Each may import from itself and from those before it. Data runs one way: see → decide → act → tell. */
const order = [
  'kit',
  'settings',
  'instance',
  'endpoints',
  'agent',
  'reconcile',
  'report',
  'daemon',
  'ec2',
  'doctor',
  'cli',
];

/** Folders that decide: no Node.js module, and of other folders' I/O nothing but types and pure functions. */
const pure = ['reconcile'];
const pureModules = [
  'agent/agent-version.ts',
  'agent/restart-verb.ts',
  'agent/supervisor-unit.ts',
  'instance/vpc-resolver.ts',
  'kit/versions.ts',
];

const breaches = [];
for (const file of readdirSync(src, { recursive: true }).filter((name) => name.endsWith('.ts'))) {
  const folder = file.includes('/') ? file.split('/')[0] : undefined;
  if (folder === undefined) continue;
  if (!order.includes(folder))
    breaches.push(`${file}: the folder ${folder} is not in the order of scripts/check-imports.mjs`);
  const text = readFileSync(join(src, file), 'utf8');
  for (const [, typeOnly, specifier] of text.matchAll(
    /^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'/gms,
  )) {
    if (specifier.startsWith('.')) {
      const target = relative(src, join(src, dirname(file), specifier));
      const other = target.split('/')[0];
      // The version is known to all.
      if (target !== 'version.ts' && !order.slice(0, order.indexOf(folder) + 1).includes(other))
        breaches.push(`${file}: may not import ${target}`);
      if (pure.includes(folder) && other !== folder && !typeOnly && !pureModules.includes(target)) {
        breaches.push(`${file}: decides, so it may import only types from ${target}`);
      }
    } else if (pure.includes(folder) && specifier !== 'valibot') {
      breaches.push(`${file}: decides, so it may not import ${specifier}`);
    }
  }
}
if (breaches.length > 0) {
  console.error(breaches.join('\n'));
  process.exit(1);
}
