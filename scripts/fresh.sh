#!/usr/bin/env bash
# Runs the README's two commands as a newcomer does: scripts/fresh.sh [bookworm|trixie]… [--only rehearse|test]
#
# Makes a bare Debian tree (debootstrap minbase and ca-certificates: no Node.js, no git, no Docker), clones this
# checkout into it, uncommitted changes with it, and runs ./scripts/rehearse.sh and ./scripts/test.sh there as root.
# Without a release, in both. Prints how long each command took, and what it left outside of its checkout: Debian
# packages are expected, anything else is a fault.
#
# The tree has process, mount and IPC namespaces of its own, which end with this script in whatever way it ends; its
# network is this machine's, for apt and npm, whose sources, proxies and CAs are this machine's too. Debian packages
# once fetched are kept for the next run in ${ECS_PRIVATELINKD_LAB_CACHE:-/var/cache/ecs-privatelinkd-lab} with the
# bare tree. Needs root.
#
# Exit codes: 0 both passed and left nothing; 1 not so; 64 usage; 69 no tree can be made here; 77 not root.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh

cache=${ECS_PRIVATELINKD_LAB_CACHE:-/var/cache/ecs-privatelinkd-lab}
releases=() commands=(rehearse test)
synopsis='[bookworm|trixie]… [--only rehearse|test]'
answer_help "$@"
while [ $# -gt 0 ]; do
  case $1 in
    bookworm | trixie) releases+=("$1") ;;
    --only)
      case ${2:-} in
        rehearse | test) commands=("$2") ;;
        *) accepted=$synopsis refuse_argument "--only takes rehearse or test, not \"${2:-}\"" ;;
      esac
      shift
      ;;
    *) accepted=$synopsis refuse_argument "no such argument: $1" ;;
  esac
  shift
done
[ ${#releases[@]} -gt 0 ] || releases=(bookworm trixie)

fail() {
  echo "fresh.sh: $2" >&2
  exit "$1"
}

[ "$(id -u)" -eq 0 ] || fail 77 'making a tree and its namespaces needs root'
[ -e .git ] || fail 69 'it clones this checkout, which is none of git (no .git)'
echo "fresh.sh: ${commands[*]} on ${releases[*]}" >&2
echo "fresh.sh: rehearse takes 3 minutes and 1 GB in $cache, test a quarter of an hour and 6 GB, on each" >&2
require_debian_packages debootstrap=debootstrap git=git unshare=util-linux \
  /usr/share/keyrings/debian-archive-keyring.gpg=debian-archive-keyring
mkdir -p "$cache"

# What runs were killed left. A living run holds its directory's lock.
remove_left_runs() {
  local old lock
  for old in "$cache"/fresh-run.*; do
    [ -d "$old" ] || continue
    { exec {lock}<"$old"; } 2>/dev/null || continue
    ! flock --nonblock "$lock" || rm -rf --one-file-system "$old"
    exec {lock}<&-
  done
}

# Makes a directory for this run, locked, and sets $run.
claim_run() {
  while :; do
    run=$(mktemp -d "$cache/fresh-run.XXXXXX")
    # Another start may have taken it for a left one before it was locked.
    { exec {run_lock}<"$run"; } 2>/dev/null || continue
    ! flock --nonblock "$run_lock" || [ ! "$run" -ef "/proc/$$/fd/$run_lock" ] || return 0
    exec {run_lock}<&-
  done
}

# The checkout as a clone has it, with what is changed in it, below its natural name.
clone() {
  local into=$1 config=$run/gitconfig
  # It may belong to another user.
  printf '[safe]\n\tdirectory = *\n' >"$config"
  export GIT_CONFIG_GLOBAL=$config
  git clone --quiet --depth 1 "file://$PWD" "$into"
  git ls-files -z --deleted | xargs -0 --no-run-if-empty -I {} rm -f "$into/{}"
  { git diff HEAD --name-only --diff-filter=d -z && git ls-files --others --exclude-standard -z; } |
    tar --create --null --files-from=- | tar --extract --directory="$into"
}

# Runs the commands on release $1; its exit code is theirs.
run_on() {
  local release=$1 debs=$cache/fresh-debs-$1 tree status=0
  # In a condition -e does not hold.
  base=$(bash scripts/fresh/base.sh "$release" "$cache") || return 69
  remove_left_runs
  claim_run
  tree=$run/tree
  cp -a "$base" "$tree" || return 69
  # apt checks the sums of what it finds here.
  mkdir -p "$debs"
  find "$debs" -name '*.deb' -exec cp -l -t "$tree/var/cache/apt/archives" {} +
  clone "$tree/root/ecs-privatelinkd" || return 69
  cp --dereference /etc/resolv.conf /etc/hosts "$tree/etc"
  setpriv --pdeathsig KILL unshare --mount --pid --ipc --uts --fork --kill-child=KILL --propagation private \
    bash scripts/fresh/inside.sh "$tree" "$release" "${commands[@]}" {run_lock}<&- &
  child=$!
  wait "$child" || status=$?
  child=
  find "$tree/var/cache/apt/archives" -maxdepth 1 -name '*.deb' -exec cp -ln -t "$debs" {} + || true
  clean
  return "$status"
}

child='' run=''
clean() {
  if [ -n "$child" ]; then
    kill -KILL "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  if [ -n "$run" ]; then
    # Its processes are ending.
    rm -rf --one-file-system "$run" 2>/dev/null || { sleep 2 && rm -rf --one-file-system "$run"; }
    exec {run_lock}<&-
  fi
  child='' run=''
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

failed=0
for release in "${releases[@]}"; do
  status=0
  run_on "$release" || status=$?
  [ "$status" -eq 0 ] || [ "$failed" -eq 1 ] || failed=$status
done
exit "$failed"
