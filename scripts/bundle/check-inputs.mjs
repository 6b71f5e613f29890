// Compares what of the libraries went into the bundles with the list in inputs.json, so that nothing is shipped that
// nobody has looked at. After a look at the difference, `node scripts/bundle/check-inputs.mjs --write` takes it over.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const list = join(here, 'inputs.json');

/** Metafile → whether single modules are listed; of the AWS SDK only the packages are. */
const metafiles = {
  metafile: true,
  'metafile-commands': true,
  'metafile-metrics': true,
  'metafile-inventory': true,
  'metafile-preflight': true,
  'metafile-ec2': false,
  'metafile-ecs': false,
  'metafile-fleet': false,
  'metafile-plan': false,
};

const found = Object.fromEntries(
  Object.entries(metafiles).map(([name, modules]) => [
    name.replace('metafile', 'ecs-privatelinkd'),
    inputsOf(name, modules),
  ]),
);
if (process.argv.includes('--write')) {
  writeFileSync(list, `${JSON.stringify(found, undefined, 2)}\n`);
} else {
  const known = JSON.parse(readFileSync(list, 'utf8'));
  const differences = Object.entries(found).flatMap(([bundle, inputs]) => [
    ...inputs.filter((input) => !known[bundle]?.includes(input)).map((input) => `${bundle}: new: ${input}`),
    ...(known[bundle] ?? [])
      .filter((input) => !inputs.includes(input))
      .map((input) => `${bundle}: gone: ${input}`),
  ]);
  if (differences.length > 0) {
    console.error(
      `${differences.join('\n')}\nIf that is meant: node scripts/bundle/check-inputs.mjs --write`,
    );
    process.exit(1);
  }
}

function inputsOf(name, modules) {
  const { outputs } = JSON.parse(readFileSync(join(here, '../../build', `${name}.json`), 'utf8'));
  const paths = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([path, { bytesInOutput }]) => path.startsWith('node_modules/') && bytesInOutput > 0)
    .map(([path]) => path.slice('node_modules/'.length))
    .map((path) => (modules ? path : /^(?:@[^/]+\/)?[^/]+/.exec(path)[0]));
  return [...new Set(paths)].sort();
}
