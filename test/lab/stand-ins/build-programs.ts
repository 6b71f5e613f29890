import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { inCheckout } from '../checkout.ts';

/** Paths of the stand-alone programs of the lab, each one CommonJS file. */
export interface Programs {
  readonly agent: string;
  readonly ecsInit: string;
}

const root = inCheckout('');

/** Bundles the programs into build/lab/. A file that would stay the same is left alone. */
export async function buildPrograms(): Promise<Programs> {
  const [agent, ecsInit] = await Promise.all([
    bundle('test/lab/stand-ins/agent/main.ts', 'build/lab/ecs-agent.cjs'),
    bundle('test/lab/stand-ins/ecs-init/main.ts', 'build/lab/amazon-ecs-init.cjs'),
  ]);
  return { agent, ecsInit };
}

async function bundle(entry: string, output: string): Promise<string> {
  const path = join(root, output);
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: path,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
  });
  const text = result.outputFiles[0]?.text ?? '';
  if (text !== (await readFile(path, 'utf8').catch(() => undefined))) {
    await mkdir(dirname(path), { recursive: true });
    // Renamed into place: another run, maybe in another pid namespace, may be starting the program at this moment.
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, text);
    await rename(draft, path);
  }
  return path;
}
