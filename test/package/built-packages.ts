import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inCheckout } from '../lab/checkout.ts';
import { type CommandOptions, runCommand } from '../lab/hosts/machine/command.ts';

export type Architecture = 'x86_64' | 'aarch64';
export type Format = 'rpm' | 'deb' | 'tarball';

export const architectures: readonly Architecture[] = ['x86_64', 'aarch64'];
export const formats: readonly Format[] = ['rpm', 'deb', 'tarball'];

/** Where scripts/test.sh has them built: `scripts/package.sh --fast --out build/packages`. */
export const packagesDirectory = inCheckout('build/packages');

const endings: Readonly<Record<Format, (architecture: Architecture) => string>> = {
  rpm: (architecture) => `.${architecture}.rpm`,
  deb: (architecture) => (architecture === 'x86_64' ? '_amd64.deb' : '_arm64.deb'),
  tarball: (architecture) => `-linux-${architecture}.tar.gz`,
};

export const hostArchitecture: Architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** @throws Error when it has not been built */
export function packageFile(format: Format, architecture: Architecture = hostArchitecture): string {
  const ending = endings[format](architecture);
  const name = readdirSync(packagesDirectory).find((file) => file.endsWith(ending));
  if (name === undefined) {
    throw new Error(
      `no ${ending} in ${packagesDirectory}: run scripts/package.sh --fast --out build/packages first`,
    );
  }
  return join(packagesDirectory, name);
}

/** Runs a shell script whose parameters are `args`, and resolves with what it printed. @throws Error when it fails */
export async function shell(
  script: string,
  args: readonly string[] = [],
  options?: CommandOptions,
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(['sh', '-euc', script, 'sh', ...args], options);
  if (code !== 0) throw new Error(`exit code ${code} of: ${script}\n${stderr}${stdout}`);
  return stdout;
}

/** Unpacks one below `directory`, without its scripts. */
export async function unpack(file: string, directory: string): Promise<void> {
  const script = `mkdir -p "$2"; cd "$2"
    case $1 in
    *.rpm) rpm2cpio "$1" | cpio --extract --make-directories --preserve-modification-time --quiet ;;
    *.deb) dpkg-deb --extract "$1" . ;;
    *.tar.gz) tar --extract --file "$1" --strip-components=1 ;;
    esac`;
  await shell(script, [file, directory]);
}
