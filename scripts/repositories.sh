#!/bin/sh
# Makes static apt and dnf repositories of built packages, for a bucket or any web server of yours:
# scripts/repositories.sh --key KEY [--packages DIR] [--out DIR]
#
#   --key KEY       signs them: a secret key of gpg (GNUPGHOME), as its fingerprint or address
#   --packages DIR  what package.sh built, instead of dist/; checked by its SHA256SUMS first
#   --out DIR       instead of DIR/repositories; made anew. A repository holds the packages of one release
#
# apt/ is for apt, rpm/x86_64/ and rpm/aarch64/ are for dnf and zypper, ecs-privatelinkd.asc is the public key. Installed
# by them: docs/install.md. Needs Debian or Ubuntu.
# Exit codes: 0 made; 64 usage; 65 the packages are not what SHA256SUMS says; 69 a tool or the key is missing.
set -eu

cd "$(dirname "$0")/.."
. scripts/prepare.sh

answer_help "$@"
check_arguments '[--key KEY] [--packages DIR] [--out DIR]' "$@"

key='' packages=dist out=''
while [ $# -gt 0 ]; do
  case $1 in
  --key=*) key=${1#*=} ;;
  --packages=*) packages=${1#*=} ;;
  --out=*) out=${1#*=} ;;
  --key) key=$2 && shift ;;
  --packages) packages=$2 && shift ;;
  --out) out=$2 && shift ;;
  esac
  shift
done
out=${out:-$packages/repositories}

fail() {
  echo "repositories.sh: $2" >&2
  exit "$1"
}

[ -n "$key" ] || refuse_argument '--key is missing: apt and dnf take nothing that is not signed'
[ -e "$packages/SHA256SUMS" ] || fail 65 "there are no packages in $packages: scripts/package.sh builds them"
(cd "$packages" && sha256sum --check --strict --quiet SHA256SUMS) ||
  fail 65 "what lies in $packages is not what its SHA256SUMS says"
require_debian_packages apt-ftparchive=apt-utils createrepo_c=createrepo-c gpg=gnupg
gpg --batch --list-secret-keys "$key" >/dev/null 2>&1 ||
  fail 69 "gpg has no secret key \"$key\": gpg --list-secret-keys shows those that there are"

sign() {
  gpg --batch --yes --local-user "$key" --digest-algo SHA512 "$@"
}

umask 022
mkdir -p "$(dirname "$out")"
draft=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$draft"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
chmod 755 "$draft"

gpg --batch --armor --export "$key" >"$draft/ecs-privatelinkd.asc"

apt=$draft/apt
mkdir -p "$apt/pool"
cp "$packages"/*.deb "$apt/pool"
for architecture in amd64 arm64; do
  index=$apt/dists/stable/main/binary-$architecture
  mkdir -p "$index"
  (cd "$apt" && apt-ftparchive --arch "$architecture" packages pool) >"$index/Packages"
  gzip -9 -n --keep "$index/Packages"
done
# By-Hash lets a client read on while a newer release is copied over this one.
apt-ftparchive -o APT::FTPArchive::DoByHash=true -o APT::FTPArchive::Release::Origin=ecs-privatelinkd \
  -o APT::FTPArchive::Release::Suite=stable -o APT::FTPArchive::Release::Codename=stable \
  -o APT::FTPArchive::Release::Components=main -o 'APT::FTPArchive::Release::Architectures=amd64 arm64' \
  release "$apt/dists/stable" >"$draft/Release"
mv "$draft/Release" "$apt/dists/stable/Release"
sign --clearsign --output "$apt/dists/stable/InRelease" "$apt/dists/stable/Release"
sign --armor --detach-sign --output "$apt/dists/stable/Release.gpg" "$apt/dists/stable/Release"

for package in "$packages"/*.rpm; do
  architecture=${package%.rpm}
  rpm=$draft/rpm/${architecture##*.}
  mkdir -p "$rpm"
  cp "$package" "$rpm"
  # gzip: what dnf of each release reads.
  createrepo_c --quiet --no-database --general-compress-type=gz "$rpm"
  sign --armor --detach-sign --output "$rpm/repodata/repomd.xml.asc" "$rpm/repodata/repomd.xml"
done

rm -rf "$out"
mv "$draft" "$out"
echo "repositories.sh: $out" >&2
