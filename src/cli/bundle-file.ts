import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCodeOf, messageOf } from '../kit/problem.ts';
import { exitCodes } from '../settings/exit-codes.ts';
import { CommandError } from './command-error.ts';

/**
 * Asked before the checks are made, which take a while.
 *
 * @throws what `bundleFileError` makes of it, where a new file of that name cannot be written
 */
export async function checkBundleFile(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there) throw bundleFileError(path, Object.assign(new Error('it exists'), { code: 'EEXIST' }));
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw bundleFileError(path, error);
  });
}

/** The error of a system call that was to write the support archive, in words (64); as it is where root could do it. */
export function bundleFileError(path: string, error: unknown): unknown {
  const code = errorCodeOf(error) ?? '';
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) return error;
  const { why, advice } = reasons(path)[code] ?? {
    why: `cannot be written: ${messageOf(error)}`,
    advice: 'Name another file.',
  };
  const problem = { code: 'output-file', message: `--bundle: ${path} ${why}.`, advice } as const;
  return new CommandError(problem, exitCodes.usage.code, { cause: error });
}

function reasons(path: string): Readonly<Record<string, { readonly why: string; readonly advice: string }>> {
  return {
    EEXIST: { why: 'exists already', advice: 'Name a file that does not, or remove it.' },
    ENOENT: {
      why: `cannot be written: there is no directory ${dirname(path)}`,
      advice: `Create it (\`mkdir -p ${dirname(path)}\`), or name a file in another one.`,
    },
    ENOTDIR: {
      why: `cannot be written: ${dirname(path)} is no directory`,
      advice: 'Name a file in a directory.',
    },
    ENOSPC: { why: 'cannot be written: no space is left there', advice: 'Name a file on another disk.' },
  };
}
