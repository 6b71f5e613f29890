import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { temporaryDirectories } from '../kit/temporary-directory.ts';

const script = new URL('../../../scripts/source-positions.mjs', import.meta.url).pathname;

describe('scripts/source-positions.mjs', () => {
  const temporaryDirectory = temporaryDirectories();

  it('gives the positions in the source for those in a bundle, and leaves the rest alone', async () => {
    const directory = await temporaryDirectory();
    const bundles = join(directory, 'build');
    await mkdir(join(directory, 'src'));
    await writeFile(
      join(directory, 'src/thrower.ts'),
      '/** Fails. */\nexport function fail(): never {\n  throw new Error("so it is");\n}\n\nfail();\n',
    );
    await build({
      absWorkingDir: directory,
      entryPoints: ['src/thrower.ts'],
      outfile: join(bundles, 'ecs-privatelinkd.cjs'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      minify: true,
      sourcemap: 'linked',
    });
    const thrown = spawnSync(process.execPath, [join(bundles, 'ecs-privatelinkd.cjs')], { encoding: 'utf8' });
    expect(thrown.stderr).toMatch(/ecs-privatelinkd\.cjs:\d+:\d+/);
    const line = JSON.stringify({ event: 'look-failed', stack: thrown.stderr });
    const read = spawnSync(process.execPath, [script, bundles], { input: line, encoding: 'utf8' });
    expect(read.stderr).toBe('');
    expect(read.stdout).toContain('src/thrower.ts:3:9');
    expect(read.stdout).toContain('src/thrower.ts:6:1');
    expect(read.stdout).not.toMatch(/ecs-privatelinkd\.cjs:\d+:\d+/);

    const other = 'at ecs-privatelinkd-metrics.cjs:1:20 and node:net:1:2';
    const left = spawnSync(process.execPath, [script, bundles], { input: other, encoding: 'utf8' });
    expect(left.stdout).toBe(other);
  });
});
