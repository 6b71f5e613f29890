import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inCheckout } from '../lab/checkout.ts';
import { type Format, hostArchitecture, packageFile, shell, unpack } from './built-packages.ts';

/** A version after every other. */
export const nextVersion = '99.0.0';

/** Packs the package under test again, as a later version, whose documented settings have one line more. */
export async function packNextVersion(format: Format): Promise<string> {
  const edit = 'echo "# new in this version" >>"$1/usr/share/ecs-privatelinkd/ecs-privatelinkd.config"';
  return await packAgain(format, nextVersion, { edit, conffile: false });
}

/** The same as it was before: an earlier version, whose config file is one of its files. */
export async function packFormerVersion(format: Format): Promise<string> {
  const edit =
    'mkdir -p "$1/etc"; mv "$1/usr/share/ecs-privatelinkd" "$1/etc"; echo "# what it had once" >>"$1/etc/ecs-privatelinkd/ecs-privatelinkd.config"';
  return await packAgain(format, '0.0.1', { edit, conffile: true });
}

interface Changes {
  /** A shell script on the files below $1. */
  readonly edit: string;
  /** Whether the package manager knows the config file as one of the package's own. */
  readonly conffile: boolean;
}

async function packAgain(format: Format, version: string, { edit, conffile }: Changes): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'again-'));
  const files = join(directory, 'files');
  const package_ = packageFile(format);
  await unpack(package_, files);
  await shell(edit, [files]);
  const spec = join(directory, 'ecs-privatelinkd.spec');
  const text = readFileSync(inCheckout('scripts/package/ecs-privatelinkd.spec'), 'utf8');
  writeFileSync(spec, conffile ? asBefore(text) : text);
  const pack = {
    deb: `dpkg-deb --control "$2" "$3/DEBIAN"; sed -i "s/^Version: .*/Version: $4/" "$3/DEBIAN/control"
      ${conffile ? 'echo /etc/ecs-privatelinkd/ecs-privatelinkd.config >"$3/DEBIAN/conffiles"' : ''}
      dpkg-deb --root-owner-group -Zgzip -z1 --build "$3" "$1/again_${'$'}4_$(dpkg --print-architecture).deb"`,
    rpm: `rpmbuild --quiet -bb --define "_topdir $1" --define "_rpmdir $1" --define "_dbpath $1/db" --define "package_version $4" \\
      --define "source_root $3" --define "payload w1.gzdio" "$5" >/dev/null
      find "$1" -name '*.rpm' -exec mv {} "$1" \\;`,
    tarball: `tar --create --gzip --file "$1/again-linux-$6.tar.gz" --transform "s,^[.],again," --directory "$3" .`,
  }[format];
  await shell(pack, [directory, package_, files, version, spec, hostArchitecture]);
  const ending = { deb: '*.deb', rpm: '*.rpm', tarball: '*.tar.gz' }[format];
  return (await shell(`find "$1" -maxdepth 1 -name '${ending}'`, [directory])).trim();
}

/** The spec of the releases whose package owned the config file. */
function asBefore(spec: string): string {
  return spec
    .replace(/^# What %%post makes of it\.\ninstall .*\\\n.*\n/m, '')
    .replace(/^\/usr\/share\/ecs-privatelinkd\n/m, '')
    .replace(/^%ghost (?=%config)/m, '');
}

/** What Debian's rpm does not know of this machine: the packages that ours needs. Its path. */
export async function packWhatRpmNeeds(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'needs-'));
  const spec = `Name: what-debian-has
Version: 1
Release: 1
Summary: What Debian has
License: none
BuildArch: noarch
Provides: /bin/sh
Provides: glibc = 2.34
Provides: libstdc++ = 11
Provides: libgcc = 11
Provides: systemd = 252
%description
What Debian has.
%files
`;
  await shell(
    'cat >"$1/needs.spec"; rpmbuild --quiet -bb --define "_topdir $1" --define "_dbpath $1/db" "$1/needs.spec" >/dev/null',
    [directory],
    {
      input: spec,
    },
  );
  return (await shell('find "$1" -name "*.rpm"', [directory])).trim();
}

/** Lays a package beside a SHA256SUMS that names it, below `directory`, and returns its SHA-256. */
export async function layOut(file: string, directory: string): Promise<string> {
  await shell(`mkdir -p "$2"; cp "$1" "$2"; cd "$2"; sha256sum "$(basename "$1")" >SHA256SUMS`, [
    file,
    directory,
  ]);
  return readFileSync(join(directory, 'SHA256SUMS'), 'utf8').slice(0, 64);
}
