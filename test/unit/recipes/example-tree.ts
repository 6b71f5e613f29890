import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { inCheckout } from '../../lab/checkout.ts';
import type { Edit, Example, Replacement } from './examples.ts';

const run = promisify(execFile);
const parts = [
  'src',
  'test',
  'scripts',
  'docs',
  'README.md',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** A copy of this checkout in an empty directory, to be changed as a recipe says. */
export interface ExampleTree {
  apply(example: Example): void;
  /** Runs a program of Node.js in it; rejects with what it printed. */
  node(...args: readonly string[]): Promise<void>;
  /** What modules of src/ export. */
  load(contents: string): Promise<unknown>;
}

export function exampleTree(directory: string): ExampleTree {
  for (const part of parts) cpSync(inCheckout(part), join(directory, part), { recursive: true });
  symlinkSync(inCheckout('node_modules'), join(directory, 'node_modules'));
  return {
    apply(example) {
      for (const [path, edit] of Object.entries(example)) edited(join(directory, path), edit);
    },
    async node(...args) {
      try {
        await run(process.execPath, args, { cwd: directory });
      } catch (error) {
        throw new Error(`${args.join(' ')}: ${printedBy(error)}`, { cause: error });
      }
    },
    async load(contents) {
      const outfile = join(directory, 'build/loaded.mjs');
      await build({
        stdin: { contents, resolveDir: directory, loader: 'ts' },
        outfile,
        bundle: true,
        packages: 'external',
        platform: 'node',
        format: 'esm',
      });
      return await import(pathToFileURL(outfile).href);
    },
  };
}

function edited(path: string, edit: Edit): void {
  if ('text' in edit) {
    writeFileSync(path, edit.text, { flag: 'wx' });
    return;
  }
  for (const replacement of isOne(edit) ? [edit] : edit) replaced(path, replacement);
}

function isOne(edit: Replacement | readonly Replacement[]): edit is Replacement {
  return typeof edit[0] === 'string';
}

function replaced(path: string, [from, to]: Replacement): void {
  const [before, after, ...more] = readFileSync(path, 'utf8').split(from);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${path}: does not contain once: ${from}`);
  }
  writeFileSync(path, `${before}${to}${after}`);
}

function printedBy(error: unknown): string {
  const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
  return `${stdout}${stderr}`;
}
