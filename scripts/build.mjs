// Bundles the daemon into build/ecs-privatelinkd.cjs. CommonJS, because `import 'node:http'` from an ES module
// loads undici on Node 22 and later.
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** Parts of dockerode that are never reached: its own transport (agent/engine-transport.ts stands in), builds, exec over gRPC. */
const unused = ['docker-modem', 'ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'tar-fs'];

const stub = (name) => `
function unavailable() { throw new Error('${name} is not part of ecs-privatelinkd: the Engine is asked over its unix socket only'); }
module.exports = new Proxy(unavailable, { get: (target, key) => key === '__esModule' || typeof key === 'symbol' ? undefined : unavailable });
`;

const stubUnused = {
  name: 'stub-unused',
  setup(api) {
    const filter = new RegExp(`^(${unused.join('|')})(/.*)?$`);
    api.onResolve({ filter }, ({ path }) => ({ path, namespace: 'unused' }));
    api.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({ contents: stub(path) }));
  },
};

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

const outfile = join(root, 'build/ecs-privatelinkd.cjs');
const { metafile } = await build({
  ...common,
  entryPoints: [join(root, 'src/start.ts')],
  outfile,
  banner: { js: '#!/usr/bin/env node' },
  define: { PACKAGE_VERSION: JSON.stringify(version) },
  plugins: [stubUnused],
});
await chmod(outfile, 0o755);
// What went in, for the licence notices and the SBOM of the packages.
await writeFile(join(root, 'build/metafile.json'), JSON.stringify(metafile));

// The AWS SDK, only ever loaded in the short-lived child process of src/ec2/ask-ec2.ts.
const { metafile: ec2Metafile } = await build({
  ...common,
  entryPoints: [join(root, 'src/ec2/child.ts')],
  outfile: join(root, 'build/ecs-privatelinkd-ec2.cjs'),
  minify: true,
});
await writeFile(join(root, 'build/metafile-ec2.json'), JSON.stringify(ec2Metafile));
