// Reads a log line or a stack from standard input and prints it with the positions in the source in the place of those
// in the bundles: node scripts/source-positions.mjs DIR <LOG
// DIR holds the source maps: build/, or where ecs-privatelinkd-VERSION.sourcemaps.tar.gz was unpacked.
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error('usage: node scripts/source-positions.mjs DIR <LOG');
  process.exit(64);
}

const maps = new Map();

function mapOf(bundle) {
  const path = join(directory, `${bundle}.map`);
  if (!maps.has(bundle))
    maps.set(bundle, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined);
  return maps.get(bundle);
}

const text = readFileSync(0, 'utf8').replaceAll(
  /[\w./-]*?(ecs-privatelinkd[\w-]*\.cjs):(\d+):(\d+)/g,
  (found, bundle, line, column) => {
    const origin = mapOf(bundle)?.findOrigin(Number(line), Number(column));
    return origin?.fileName === undefined
      ? found
      : `${origin.fileName.replace(/^(\.\.\/)+/, '')}:${origin.lineNumber}:${origin.columnNumber}`;
  },
);
process.stdout.write(text);
