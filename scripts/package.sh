#!/bin/sh
# Builds the packages into dist/: scripts/package.sh [--fast] [--release] [--arch x86_64|aarch64] [--out DIR]
#
#   --fast       less compression: a third of the time, 14 % larger
#   --release    what others are to install: with the Node.js of nodejs.org that node-security.json names, by its
#                signature (needs gpg and nodejs.org), a maintainer (ECS_PRIVATELINKD_MAINTAINER='NAME <ADDRESS>') and
#                the project's page (ECS_PRIVATELINKD_HOMEPAGE=https://…)
#   --arch ARCH  one architecture instead of both
#   --out DIR    instead of dist/
#
# For each architecture a .rpm, a .deb, a .tar.gz and an image (OCI and docker load); beside them SHA256SUMS, the SBOM (CycloneDX), the source maps and
# install.sh.
# Each package is self-contained: Node.js (pinned in scripts/package/package-lock.json), the bundled program, unit,
# config file, man page, completion, licences. Two builds of one commit give the same bytes; SOURCE_DATE_EPOCH, if set,
# replaces the commit's date.
#
# The output is put there when all of it is whole, SHA256SUMS last. Interrupted, everything that was started ends, and
# what was there before stays. A second run in this checkout waits for the first.
# Exit codes: 0 built; 64 usage; 69 a tool is missing and could not be installed; 130 or 143 interrupted.
set -eu

cd "$(dirname "$0")/.."
. scripts/prepare.sh

answer_help "$@"
check_arguments '[--fast] [--release] [--arch x86_64|aarch64] [--out DIR]' "$@"

level=6
architectures='x86_64 aarch64'
out=dist
release=
while [ $# -gt 0 ]; do
  case $1 in
  --fast) level=2 ;;
  --release) release=yes ;;
  --arch=*) architectures=${1#*=} ;;
  --out=*) out=${1#*=} ;;
  --arch) architectures=$2 && shift ;;
  --out) out=$2 && shift ;;
  esac
  shift
done

say() {
  echo "package.sh: $*" >&2
}

# `.invalid` is nobody's: who builds for others says who they are to write to.
maintainer=${ECS_PRIVATELINKD_MAINTAINER:-not a release <nobody@ecs-privatelinkd.invalid>}
case $release$maintainer in
yes*.invalid\>) refuse_argument "--release takes ECS_PRIVATELINKD_MAINTAINER='NAME <ADDRESS>' in the environment" ;;
*' <'*@*.*\>) ;;
*) refuse_argument "ECS_PRIVATELINKD_MAINTAINER is to be 'NAME <ADDRESS>', not \"$maintainer\"" ;;
esac

export ECS_PRIVATELINKD_HOMEPAGE="${ECS_PRIVATELINKD_HOMEPAGE:-https://ecs-privatelinkd.invalid/}"
case $release$ECS_PRIVATELINKD_HOMEPAGE in
yes*.invalid/) refuse_argument '--release takes ECS_PRIVATELINKD_HOMEPAGE=https://… in the environment' ;;
*[[:space:]]* | *[[:cntrl:]]*) refuse_argument 'ECS_PRIVATELINKD_HOMEPAGE is to be https://…, without blanks' ;;
*https://?*) ;;
*) refuse_argument "ECS_PRIVATELINKD_HOMEPAGE is to be https://…, not \"$ECS_PRIVATELINKD_HOMEPAGE\"" ;;
esac

if [ "$level" -eq 6 ]; then
  say 'takes about 9 minutes on 2 cores, and 0.6 GB in build/'
else
  say 'takes about a minute on 2 cores, and 0.6 GB in build/'
fi
require_debian_packages dpkg-deb=dpkg rpmbuild=rpm eu-strip=elfutils xz=xz-utils setpriv=util-linux
need_node
need_npm_packages

mkdir -p build/package "$out"
work=$(cd build/package && pwd)
out=$(cd "$out" && pwd)
exec 8>"$work/lock"
if ! flock --nonblock 8; then
  say 'waiting for another run in this checkout (it has the lock build/package/lock)'
  flock 8
fi

# Nothing of the host may show in the bytes.
umask 022
export LC_ALL=C TZ=UTC
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
fi
export SOURCE_DATE_EPOCH
version=$(node -p 'require("./package.json").version')

say 'building the program'
npm run --silent build
node scripts/package/write-data.mjs "$work/data"
node scripts/package/check-runtime.mjs
if [ -n "$release" ]; then
  require_debian_packages gpg=gnupg curl=curl
  runtimes=build/package/nodejs.org
  scripts/package/fetch-node.sh "$(node -p 'require("./scripts/package/node-security.json").release')" "$runtimes"
else
  need_runtimes
fi

jobs=
end_jobs() {
  for job in $jobs; do
    kill -s TERM "$job" 2>/dev/null || true
  done
  for job in $jobs; do
    wait "$job" 2>/dev/null || true
  done
  jobs=
  rm -rf "$draft"
}
draft=$work/draft
rm -rf "$draft"
mkdir "$draft"
trap end_jobs EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# One a core; a failure of either fails the whole. They end with this shell, in whatever way that ends.
for architecture in $architectures; do
  setsid setpriv --pdeathsig TERM sh scripts/prepare/in-group.sh sh scripts/package/build-architecture.sh \
    "$architecture" "$work" "$draft" "$version" "$level" "$runtimes" "$maintainer" &
  jobs="$jobs $!"
done
for job in $jobs; do
  wait "$job"
done
jobs=

node scripts/package/write-sbom.mjs "$runtimes" >"$draft/ecs-privatelinkd-$version.cdx.json"
cp scripts/install.sh "$draft/install.sh"
# For readers of a stack trace from the log; not in the packages. Another build of the checkout may put the same files anew
# meanwhile: what has the number of a file that is gone is no hard link to it.
(cd build && find . -maxdepth 1 -name '*.cjs.map' | sort) |
  tar --create --format=gnu --hard-dereference --owner=0 --group=0 --numeric-owner --mode=644 --mtime="@$SOURCE_DATE_EPOCH" \
    --directory=build --transform="s,^\.,ecs-privatelinkd-$version.sourcemaps," --files-from=- |
  gzip -6 -n >"$draft/ecs-privatelinkd-$version.sourcemaps.tar.gz"
(cd "$draft" && sha256sum ecs-privatelinkd[-_]* install.sh >SHA256SUMS)

rm -f "$out/SHA256SUMS" "$out"/ecs-privatelinkd[-_]* "$out/install.sh"
mv "$draft"/ecs-privatelinkd[-_]* "$draft/install.sh" "$out"
mv "$draft/SHA256SUMS" "$out"
ls -l "$out"
