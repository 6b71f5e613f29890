// Writes what the packages hold beside program and unit, all of it generated: node scripts/package/write-data.mjs DIR
//   DIR/launcher, ecs-privatelinkd.config, ecs-privatelinkd.8, completion.bash, completion.zsh, completion.fish, NOTICES, changes
// SOURCE_DATE_EPOCH is the date of the man page.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundledPackages } from './bundled-packages.mjs';
import { changesOf } from './changes.mjs';
import { notices } from './notices.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const directory = process.argv[2];
const date = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString().slice(0, 10);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

mkdirSync(directory, { recursive: true });
const bundle = join(directory, 'generators.mjs');
await build({
  stdin: {
    contents: `
      export { configTemplate } from './scripts/texts/settings.ts';
      export { manPage } from './scripts/texts/man-page.ts';
      export { bashCompletion, fishCompletion, zshCompletion } from './scripts/texts/completions.ts';
    `,
    resolveDir: root,
    loader: 'ts',
  },
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'error',
});
const { configTemplate, manPage, bashCompletion, fishCompletion, zshCompletion } = await import(
  pathToFileURL(bundle).href
);

const texts = {
  launcher: launcher(),
  'ecs-privatelinkd.config': configTemplate(),
  'ecs-privatelinkd.8': manPage({ version, date }),
  'completion.bash': bashCompletion(),
  'completion.zsh': zshCompletion(),
  'completion.fish': fishCompletion(),
  NOTICES: notices(root, bundledPackages(root)),
  changes: changesOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version),
};
for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text);

/** /usr/bin/ecs-privatelinkd. Variables that are meant for other Node.js programs of the caller do not reach ours. */
function launcher() {
  const flags = readFileSync(join(root, 'scripts/package/runtime-flags'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const lib = '/usr/lib/ecs-privatelinkd';
  return `#!/bin/sh
unset NODE_OPTIONS NODE_PATH
exec ${[`${lib}/node`, ...flags, `${lib}/ecs-privatelinkd.cjs`].join(' ')} "$@"
`;
}
