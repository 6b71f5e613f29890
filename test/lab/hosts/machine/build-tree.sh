#!/usr/bin/env bash
# Builds a Debian tree that the lab's machines boot, once:
#   test/lab/hosts/machine/build-tree.sh [bookworm | trixie | forwarders] [--path]
#   test/lab/hosts/machine/build-tree.sh --remove
# Prints the tree's path. --path only tells where it is or would be; --remove deletes every tree, once no build is under way.
# Without a release: $ECS_PRIVATELINKD_LAB_RELEASE, or bookworm. `forwarders` is a bookworm with DNS servers only, which is not
# booted: installed on this machine, one of them would take its resolv.conf over.
#
# Trees are kept below ${ECS_PRIVATELINKD_LAB_CACHE:-/var/cache/ecs-privatelinkd-lab}, under a hash of this file and
# the architecture. A tree gets its name when it is whole, so what an interrupted build leaves is never booted.
# Packages come from the host's own apt mirror, else from Debian's; a host that reaches neither (Ubuntu, with a mirror of
# its own only) gives its own release in place of bookworm.
#
# Exit codes: 0 there is a tree; 64 no such release; 69 no mirror answers or debootstrap failed; 77 not root.
set -euo pipefail

cache=${ECS_PRIVATELINKD_LAB_CACHE:-/var/cache/ecs-privatelinkd-lab}
# What a machine needs, then what the integration tests do.
packages=systemd,systemd-sysv,dbus,iproute2,iptables,procps,ca-certificates,docker.io,tini,libstdc++6,libfaketime,rpm,curl
packages=$packages,dnsmasq-base,haproxy

fail() {
  echo "build-tree.sh: $2" >&2
  exit "$1"
}

# shellcheck disable=SC2034 # debian-packages.sh reads it.
prepare_directory=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../../scripts/prepare" && pwd)
# shellcheck source=scripts/prepare/debian-packages.sh
. "$prepare_directory/debian-packages.sh"

# Asks through apt, so that the host's proxy settings count.
has_release() {
  local answer
  answer=$(mktemp)
  local status=0
  timeout 60 /usr/lib/apt/apt-helper -o Acquire::Retries=1 -o APT::Sandbox::User=root \
    download-file "$1/dists/$2/InRelease" "$answer" >/dev/null 2>&1 || status=1
  rm -f "$answer"
  return "$status"
}

# Sets mirror, components and keyring; on Ubuntu also release.
choose_source() {
  components=main keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  for mirror in $(apt_mirrors | grep '/debian$') http://deb.debian.org/debian; do
    has_release "$mirror" "$release" && return
  done
  [ "$release" = bookworm ] || fail 69 "neither the host's apt sources nor deb.debian.org answers for Debian's $release"
  # shellcheck disable=SC1091
  release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  components=main,universe keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
  for mirror in $(apt_mirrors | grep -E '/ubuntu(-ports)?$'); do
    has_release "$mirror" "$release" && return
  done
  fail 69 "neither deb.debian.org nor one of the host's apt sources answers"
}

# add_file PACKAGE PATH: one program out of a package that is not installed.
add_file() {
  local file sum deb=$draft/one.deb
  read -r file sum < <(awk -v RS='' -v FS='\n' -v package="Package: $1" '$1 == package {
    for (i = 1; i <= NF; i++) { split($i, field, ": "); value[field[1]] = field[2] }
    print value["Filename"], value["SHA256"]
  }' "$draft"/var/lib/apt/lists/*_Packages)
  /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$mirror/$file" "$deb" "SHA256:$sum" >>"$cache/build.log" 2>&1 ||
    fail 69 "$mirror/$file cannot be fetched; the log is $cache/build.log"
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$draft" "$2"
  rm "$deb"
}

# The AWS CLI, and where it is a package (trixie) moto, a model of AWS: `plan` is tried against both. By apt, since
# debootstrap does not follow what they depend on (packages that only others provide).
add_aws() {
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --propagation private sh -euc '
    draft=$1
    shift
    mount -t proc proc "$draft/proc"
    export DEBIAN_FRONTEND=noninteractive
    chroot "$draft" apt-get update
    chroot "$draft" apt-get install -y --no-install-recommends "$@"
  ' sh "$1" "${aws_packages[@]}" >>"$cache/build.log" 2>&1 ||
    fail 69 "${aws_packages[*]} cannot be installed; the log is $cache/build.log"
}

build() {
  local draft=$cache/building started=$SECONDS
  # The lock is held: a draft is what an interrupted build left. Its mounts went with its mount namespace.
  rm -rf --one-file-system "$draft"
  echo "build-tree.sh: building a tree of $release from $mirror (about a minute)" >&2
  if ! unshare --mount --propagation private debootstrap --variant=minbase --components="$components" \
    --keyring="$keyring" --include="$packages" "$release" "$draft" "$mirror" >"$cache/build.log" 2>&1; then
    tail -n 20 "$cache/build.log" >&2
    fail 69 "debootstrap failed; the whole log is $cache/build.log"
  fi
  if "$servers_only"; then
    # Its installation fails where /etc/resolv.conf is the host's, as it is while a tree is built.
    add_file systemd-resolved ./lib/systemd/systemd-resolved
    chroot "$draft" useradd --system systemd-resolve
  else
    # No package of its own before trixie; `prometheus` brings 300 MB along.
    [ -e "$draft/usr/bin/promtool" ] || add_file prometheus ./usr/bin/promtool
    add_aws "$draft"
  fi
  rm -rf "$draft"/var/cache/apt/archives/*.deb "$draft"/var/lib/apt/lists/* \
    "$draft"/usr/share/{doc,man,info,locale} "$draft"/var/log/*
  # Tests start it themselves.
  rm -f "$draft"/etc/systemd/system/multi-user.target.wants/haproxy.service
  # Trees that nobody asked for of late; a machine may still run on one of this week's.
  find "$cache" -maxdepth 1 -name 'tree-*' -mtime +7 -exec rm -rf --one-file-system {} +
  sync -f "$draft"
  mv -T "$draft" "$tree"
  echo "build-tree.sh: $(du -sh "$tree" | cut -f 1) in $((SECONDS - started)) s" >&2
}

release=${ECS_PRIVATELINKD_LAB_RELEASE:-bookworm}
path_only=false
servers_only=false
for argument in "$@"; do
  case $argument in
    --remove)
      [ -d "$cache" ] || exit 0
      exec 9>"$cache/lock"
      flock 9
      rm -rf --one-file-system "$cache"/tree-* "$cache/building" "$cache/build.log"
      exit
      ;;
    --path) path_only=true ;;
    *) release=$argument ;;
  esac
done
aws_packages=(awscli)
case $release in
  bookworm) ;;
  forwarders)
    servers_only=true
    packages=bind9,unbound,knot-resolver,libsystemd-shared,libidn2-0,libssl3,libgcrypt20
    ;;
  # Packages of their own since trixie.
  trixie)
    packages=$packages,docker-cli,promtool
    # moto loads all services that it knows, so all that its package only recommends; its server wants flask-cors too.
    aws_packages+=(python3-moto python3-flask-cors)
    aws_packages+=(python3-{aws-xray-sdk,docker,graphql-core,joserfc,jsondiff,jsonpath-ng,multipart})
    aws_packages+=(python3-{openapi-spec-validator,pyparsing,yaml})
    ;;
  *) fail 64 "no release \"$release\"; there are: bookworm, trixie, forwarders" ;;
esac
tree=$cache/tree-$release-$( (uname -m && cat "${BASH_SOURCE[0]}") | sha256sum | cut -c 1-16)
if "$path_only"; then
  echo "$tree"
  exit
fi
if [ ! -d "$tree" ]; then
  [ "$(id -u)" -eq 0 ] || fail 77 'building and booting machines needs root'
  require_debian_packages debootstrap=debootstrap systemd-nspawn=systemd-container \
    /usr/share/keyrings/debian-archive-keyring.gpg=debian-archive-keyring
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
  if [ ! -d "$tree" ]; then
    ! "$servers_only" || release=bookworm
    choose_source
    use_apt_proxies
    build
  fi
fi
touch --no-create "$tree" 2>/dev/null || true
echo "$tree"
