#!/usr/bin/env bash
# Lays out the bare Debian tree of scripts/fresh.sh in the cache, once: base.sh RELEASE CACHE. Prints its path.
# Exit codes: 0 it is there; 69 debootstrap failed.
set -euo pipefail

release=$1 cache=$2
# A directory of this machine's, which the tree has not.
unset TMPDIR

# shellcheck source=scripts/prepare/debian-packages.sh
. "$(dirname "${BASH_SOURCE[0]}")/../prepare/debian-packages.sh"
mirror=$({ apt_mirrors && echo http://deb.debian.org/debian; } | awk '/\/debian$/ && !seen++')

# How this machine's apt reaches its mirrors.
apt_settings() {
  apt-config dump | grep -E '^Acquire::(http|https|Retries|Check-Date|Check-Valid-Until|ForceIPv[46])' || true
}

recipe=$({ uname -m && echo "$mirror" && apt_settings && cat "${BASH_SOURCE[0]}"; } | sha256sum | cut -c 1-16)
base=$cache/fresh-base-$release-$recipe
draft=$cache/fresh-draft
exec 9>"$cache/fresh-lock"
flock 9
if [ ! -d "$base" ]; then
  rm -rf --one-file-system "$draft" "$cache/fresh-base-$release"-*
  echo "fresh.sh: making a bare $release from $mirror; a minute or two" >&2
  # Its mounts end with it.
  if ! unshare --mount --propagation private debootstrap --variant=minbase --include=ca-certificates \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$release" "$draft" "$mirror" \
    >"$cache/fresh.log" 2>&1; then
    tail -n 20 "$cache/fresh.log" >&2
    echo "fresh.sh: debootstrap failed; the whole log is $cache/fresh.log" >&2
    exit 69
  fi
  apt_settings >"$draft/etc/apt/apt.conf.d/90this-machine"
  echo "deb $mirror $release-updates main" >>"$draft/etc/apt/sources.list"
  if ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1; then
    cp /usr/local/share/ca-certificates/*.crt "$draft/usr/local/share/ca-certificates"
    chroot "$draft" update-ca-certificates >/dev/null 2>&1
  fi
  rm -rf "$draft"/var/cache/apt/archives/*.deb
  mv -T "$draft" "$base"
  echo "fresh.sh: $(du -sh "$base" | cut -f 1) in $SECONDS s" >&2
fi
echo "$base"
