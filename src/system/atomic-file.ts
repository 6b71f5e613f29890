import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file so that a reader, or a host that loses power, finds the old content or the new, never a part.
 *
 * @param durable also sync the file and its directory to disk (not worth it on tmpfs)
 * @throws the system error of whichever step failed; the old file is then untouched
 */
export async function writeFileAtomic(
  path: string,
  content: string,
  { mode, durable }: { mode: number; durable: boolean },
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w', mode);
    try {
      // The process' umask takes bits away from what is given to open.
      await file.chmod(mode);
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  if (durable) await syncDirectory(dirname(path));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
