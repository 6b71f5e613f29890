// Fails when a module of src/ imports what it may not (docs/architecture.md, "Who may import whom"). What imports what
// is read from the bundler's metafile: dynamic imports, and imports of types, are told there like all others.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Each may import from itself and from those before it. Data runs one way: see → decide → act → tell. */
const order = [
  'kit',
  'settings',
  'instance',
  'endpoints',
  'agent',
  'supervision',
  'preflight',
  'observe',
  'reconcile',
  'report',
  'daemon',
  'ec2',
  'doctor',
  'fleet',
  'plan',
  'cli',
];

/**
 * Folders and modules that only decide, parse, judge or word: nothing that they need to run, however far down, reads,
 * writes, waits or looks at a clock.
 */
const pure = [
  ...inFolder('kit', 'allowance ascii-fields budgets ip-address layout printable problem versions wrap-text'),
  'settings/',
  ...inFolder('instance', 'back-off imds-endpoint imds-items imds-problems instance-facts partitions'),
  ...inFolder('instance', 'vpc-network vpc-resolver'),
  ...inFolder('endpoints', 'classify dns-answer dns-problem endpoint-names hosts-file private-address'),
  ...inFolder('endpoints', 'dockerd-dns next-resolver probe-problem resolv-conf'),
  ...inFolder(
    'agent',
    'agent-container agent-environment agent-log agent-path agent-proxy agent-says agent-version api-settings',
  ),
  ...inFolder('agent', 'engine-answers engine-problem foreign-name introspection-answers process-stat'),
  ...inFolder('agent', 'seen-socket silence task-counter tcp-table'),
  ...inFolder('supervision', 'restart-verb supervisor-unit'),
  ...inFolder('preflight', 'preflight-answer preflight-failure'),
  ...inFolder('observe', 'names observation pace'),
  'reconcile/',
  ...inFolder(
    'report',
    'changes events explanation field-schemas log-line looked problems record status status-schema table',
  ),
  'ec2/error-text.ts',
  ...inFolder('doctor', 'aws-commands cause-rules causes describe-diagnosis finding order'),
  ...inFolder('doctor/bundle', 'redact redact-plain secret-names'),
  ...inFolder('plan', 'cidr-cover clients cloudformation cost describe-plan elsewhere'),
  ...inFolder(
    'plan',
    'endpoint-policy finding judge judge-gateway judge-interface judge-policy plan requirement service-name step',
  ),
  ...inFolder('plan', 'step-commands table task-needs terraform vpc-facts'),
  ...inFolder('fleet', 'aws-failure cluster-arn fleet-reading fleet-report fleet-targets join judge-host'),
  ...inFolder('fleet', 'limits reasons record-reader trail-event verdict'),
  ...inFolder('cli', 'command-line commands exits flags help json-forms json-versions usage-problems'),
];

/** Node.js modules without I/O; of some only what is named. */
const harmless = new Map([
  ['node:crypto', ['createHash']],
  ['node:util', undefined],
  ['node:net', ['BlockList', 'isIP', 'isIPv4', 'isIPv6']],
  ['node:os', ['endianness']],
]);

/** esbuild plugin. Imports of types are kept as if they were of values. */
const showTypes = {
  name: 'show-types',
  setup(api) {
    api.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll(/^import type (?=[{*])/gm, 'import '),
    }));
  },
};

const files = readdirSync(join(root, 'src'), { recursive: true }).filter((name) =>
  /(?<!\.d)\.ts$/.test(name),
);
const [all, running] = await Promise.all([importsOf({ types: true }), importsOf({ types: false })]);
const breaches = [
  ...files.flatMap(againstTheOrder),
  ...files.filter(isPure).flatMap((file) => notPure(file)),
];
for (const entry of pure) {
  if (!files.some((file) => matches(entry, file))) breaches.push(`${entry}: called pure, and not there`);
}
if (breaches.length > 0) {
  console.error([...new Set(breaches)].join('\n'));
  process.exit(1);
}

function inFolder(folder, names) {
  return names.split(' ').map((name) => `${folder}/${name}.ts`);
}

function matches(entry, file) {
  return entry.endsWith('/') ? file.startsWith(entry) : entry === file;
}

function isPure(file) {
  return pure.some((entry) => matches(entry, file));
}

function againstTheOrder(file) {
  const [folder, ...below] = file.split('/');
  if (below.length === 0) return [];
  if (!order.includes(folder))
    return [`${file}: the folder ${folder} is not in the order of scripts/check-imports.mjs`];
  const known = order.slice(0, order.indexOf(folder) + 1);
  return all
    .get(file)
    .filter((path) => path.startsWith('src/'))
    .map((path) => path.slice('src/'.length))
    .filter((target) => target !== 'version.ts' && !known.includes(target.split('/')[0]))
    .map((target) => `${file}: may not import ${target}`);
}

/** Follows what runs; `way` is how it came there. */
function notPure(file, way = [file], seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  return running.get(file).flatMap((path) => {
    if (path.startsWith('src/')) {
      const target = path.slice('src/'.length);
      return notPure(target, [...way, target], seen);
    }
    if (path === 'valibot' || (harmless.has(path) && isHarmless(file, path))) return [];
    return [`${way.join(' → ')} → ${path}: is to be pure`];
  });
}

function isHarmless(file, module) {
  const named = harmless.get(module);
  if (named === undefined) return true;
  const text = readFileSync(join(root, 'src', file), 'utf8');
  const [, names = ''] = new RegExp(`^import \\{([^}]*)\\} from '${module}';$`, 'm').exec(text) ?? [];
  return names.split(',').every((name) => named.includes(name.trim()));
}

/** Module of src/ → what it imports: paths from the root, or names of packages. */
async function importsOf({ types }) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: files.map((file) => `src/${file}`),
    outdir: 'build/imports',
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    metafile: true,
    logLevel: 'error',
    ...(types && { plugins: [showTypes], tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } } }),
  });
  return new Map(
    Object.entries(metafile.inputs).map(([path, { imports }]) => [
      path.slice('src/'.length),
      imports.map((one) => one.path),
    ]),
  );
}
