#!/usr/bin/env bash
# Runs a command in a network of its own: test/lab/namespace.sh COMMAND ARGS…
#
# In it only `lo` is up, it carries every address of the lab (test/lab/hosts/topology.ts), and no route leads out.
# /etc/resolv.conf and /etc/hosts are files of the lab, to be rewritten in place; their paths are exported as
# ECS_PRIVATELINKD_LAB_RESOLV_CONF and ECS_PRIVATELINKD_LAB_HOSTS. ECS_PRIVATELINKD_LAB_RUN is a directory in memory, as
# /run is on a host. Inside, ECS_PRIVATELINKD_LAB=namespace.
# When the command ends, or this script does in whatever way, every process and mount made inside is gone.
#
# Exit code: the command's; 69 when no such network can be made here.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

cannot() {
  echo "namespace.sh: $1" >&2
  echo "namespace.sh: $2" >&2
  exit 69
}

# Runs "$@" beside this shell and waits for it, passing SIGTERM and SIGHUP on. A terminal's Ctrl-C reaches the
# command by itself; env undoes that a shell makes background commands deaf to it. The command is killed when
# this shell dies.
run_and_wait() {
  env --default-signal=INT,QUIT setpriv --pdeathsig KILL "$@" <&0 &
  child=$!
  trap 'pass_on TERM' TERM
  trap 'pass_on HUP' HUP
  trap ':' INT
  status=0
  wait "$child" || status=$?
  # A trapped signal also ends `wait`.
  while kill -0 "$child" 2>/dev/null; do
    status=0
    wait "$child" || status=$?
  done
  return "$status"
}

# Outside, the child is `unshare`, which blocks SIGTERM: its own child is meant.
pass_on() {
  local target=$child
  if [ "${ECS_PRIVATELINKD_LAB:-}" != namespace ]; then
    read -r target _ <"/proc/$child/task/$child/children" || true
  fi
  kill -s "$1" "$target" 2>/dev/null || true
}

if [ "${1:-}" = --inside ]; then
  # First process of the new namespaces.
  files=$2
  shift 2
  mount --make-rprivate /
  mount --bind "$files/resolv.conf" /etc/resolv.conf
  mount --bind "$files/hosts" /etc/hosts
  mkdir "$files/run"
  mount -t tmpfs -o mode=755 tmpfs "$files/run"
  [ -e /proc/net/if_inet6 ] || sed -i /:/d "$files/addresses"
  {
    echo link set lo up
    sed 's/.*/address add & dev lo/; /:/s/$/ nodad/' "$files/addresses"
  } | ip -batch -
  export ECS_PRIVATELINKD_LAB=namespace
  # Temporary files go with the namespace.
  export TMPDIR=$files
  export ECS_PRIVATELINKD_LAB_RESOLV_CONF=$files/resolv.conf ECS_PRIVATELINKD_LAB_HOSTS=$files/hosts
  export ECS_PRIVATELINKD_LAB_RUN=$files/run
  run_and_wait "$@"
  exit
fi

if [ $# -eq 0 ]; then
  echo 'usage: test/lab/namespace.sh COMMAND ARGS…' >&2
  exit 64
fi
if [ "${ECS_PRIVATELINKD_LAB:-}" = namespace ]; then
  exec "$@"
fi

for program in unshare setpriv flock ip node; do
  command -v "$program" >/dev/null ||
    cannot "$program is missing." 'On Debian or Ubuntu: apt-get install iproute2 util-linux; Node.js 20.19 or newer.'
done
namespaces=(--net --mount --pid --mount-proc --kill-child=KILL)
[ "$(id -u)" -eq 0 ] || namespaces+=(--map-root-user)
if ! problem=$(unshare "${namespaces[@]}" true 2>&1); then
  cannot "the kernel refuses a new network namespace: $problem" \
    'Run as root, or allow user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0).'
fi

# shellcheck source=test/lab/own-directory.sh
. "$here/own-directory.sh"
parent=${TMPDIR:-/tmp}
# Below the directory of another run it would be too long.
case ${parent##*/} in privatelinkd.??????) parent=${parent%/*} ;; esac
own_directory "$parent"
files=$own
chmod 755 "$files"
node "$here/run-typescript.mjs" "$here/namespace-files.ts" "$files"

# Nothing inside inherits the lock of this directory.
run_and_wait unshare "${namespaces[@]}" -- bash "${BASH_SOURCE[0]}" --inside "$files" "$@" {own_lock}<&-
