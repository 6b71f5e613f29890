import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from './command.ts';

/** What lies on a machine's disk beside Debian. */
export interface Furnishing {
  /** Directories whose contents are laid over the machine's root, in this order. */
  readonly roots: readonly string[];
  /** Files by their path in the machine, with their text. */
  readonly files: Readonly<Record<string, string>>;
}

/** systemd-nspawn keeps locks and mount points there; they are not to be left on the host. */
const nspawnState = '/run/systemd/nspawn';

const mountScript = `
directory=$1 tree=$2 state=$3
mkdir -p "$directory" "$state"
mount -t tmpfs -o size=2g,mode=755 disk "$directory"
mkdir "$directory/upper" "$directory/work" "$directory/root"
mount -t overlay -o "lowerdir=$tree,upperdir=$directory/upper,workdir=$directory/work" overlay "$directory/root"
mountpoint -q "$state" || mount -t tmpfs -o mode=755 nspawn "$state"
`;

/**
 * Mounts a clean disk, in memory over the tree, and returns its root. The mounts are seen in this mount namespace
 * only and end with it.
 */
export async function mountDisk(directory: string, tree: string): Promise<string> {
  const { code, stderr } = await runCommand(['sh', '-ec', mountScript, 'sh', directory, tree, nspawnState]);
  if (code !== 0) {
    throw new Error(`the machine's disk cannot be mounted: ${stderr}`);
  }
  return join(directory, 'root');
}

export async function removeDisk(directory: string): Promise<void> {
  await runCommand(['umount', join(directory, 'root'), directory]);
  rmSync(directory, { recursive: true, force: true });
}

/** Lays files over a machine's root while the machine is off. */
export function furnish(root: string, { roots, files }: Furnishing): void {
  for (const directory of roots) {
    cpSync(directory, root, { recursive: true, verbatimSymlinks: true });
  }
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    // A link would lead out of the machine.
    rmSync(file, { force: true });
    writeFileSync(file, text);
  }
}
