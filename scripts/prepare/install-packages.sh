#!/bin/sh
# Installs Debian packages, as root: scripts/prepare/install-packages.sh [PACKAGE…]
#
# Nothing that is installed is started: /usr/sbin/policy-rc.d says so for as long as this runs, where the machine has none
# of its own. One that a killed run left is removed. Nothing is removed to make room for another package. Where one
# cannot be installed, the others are. Interrupted, it lets dpkg finish the packages that it has begun.
# Exit codes: 0 installed; 100 one or more could not be; 130 or 143 interrupted.
set -eu

policy=/usr/sbin/policy-rc.d
mark='ecs-privatelinkd: nothing is started while packages are installed'

# One run at a time. The lock goes with this process; apt-get does not inherit it.
exec 9</var/lib/dpkg
if [ $# -eq 0 ] && ! flock --nonblock 9; then
  exit
fi
flock 9

me=$(basename "$0")
# What apt-get last said on standard error.
said=$(mktemp)

remove_policy() {
  if grep -qs "$mark" "$policy"; then
    rm -f "$policy"
  fi
}

interrupted=0
child=
# SIGINT even for SIGTERM: apt-get ends at once while it fetches, and lets dpkg finish.
interrupt() {
  interrupted=$1
  [ -z "$child" ] || kill -s INT "$child" 2>/dev/null || true
}
trap 'remove_policy; rm -f "$said"' EXIT
trap 'interrupt 130' INT
trap 'interrupt 143' TERM HUP
remove_policy
[ $# -gt 0 ] || exit 0

# Runs a command, deaf to nothing that this shell made it deaf to, and waits until it is gone.
run() {
  [ "$interrupted" -eq 0 ] || exit "$interrupted"
  DEBIAN_FRONTEND=noninteractive LC_ALL=C env --default-signal=INT,QUIT "$@" 9<&- &
  child=$!
  code=0
  wait "$child" || code=$?
  # A trapped signal ends `wait` as well.
  while kill -0 "$child" 2>/dev/null; do
    code=0
    wait "$child" || code=$?
  done
  child=
  [ "$interrupted" -eq 0 ] || exit "$interrupted"
  return "$code"
}

waited=0
# apt_get ARGUMENTS…: waits for another apt, as one is at work on most machines that have just booted. apt's own
# DPkg::Lock::Timeout is for one of its locks only, and says nothing meanwhile. 10 minutes in all.
apt_get() {
  # dpkg tells of every package on standard output.
  while ! run apt-get -qq "$@" >/dev/null 2>"$said"; do
    if [ "$waited" -ge 600 ] || ! grep -q 'Could not get lock\|Unable to lock\|Unable to acquire' "$said"; then
      return 1
    fi
    [ "$waited" -gt 0 ] || echo "$me: waiting for another apt, 10 minutes at most: $(head -n 1 "$said")" >&2
    run sleep 5
    waited=$((waited + 5))
  done
}

install_packages() {
  apt_get install -y --no-remove --no-install-recommends "$@"
}

echo "$me: installing $* by apt-get; a minute or two" >&2
began=$(date +%s)
if ! [ -e "$policy" ]; then
  printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" >"$policy.new"
  chmod 755 "$policy.new"
  mv "$policy.new" "$policy"
fi
failed=0
# The first time, the lists may be old or missing, or dpkg was interrupted.
if ! install_packages "$@"; then
  run dpkg --configure -a || true
  apt_get update || cat "$said" >&2
  if ! install_packages "$@"; then
    for package in "$@"; do
      install_packages "$package" || {
        failed=100
        echo "$me: $package cannot be installed: $(grep '^E: ' "$said" | tail -n 1 || true)" >&2
      }
    done
  fi
fi
echo "$me: installed in $(($(date +%s) - began)) s" >&2
[ "$failed" -eq 0 ] || exit "$failed"
