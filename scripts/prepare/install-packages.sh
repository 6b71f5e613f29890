#!/bin/sh
# Installs Debian packages, as root: scripts/prepare/install-packages.sh [PACKAGE…]
#
# Without systemd nothing that is installed is started: /usr/sbin/policy-rc.d says so for as long as this runs, where
# the machine has none of its own. One that a killed run left is removed. Interrupted, it lets dpkg finish the packages
# that it has begun.
# Exit codes: 0 installed; 100 apt-get failed; 130 or 143 interrupted.
set -eu

policy=/usr/sbin/policy-rc.d
mark='ecs-privatelinkd: nothing is started while packages are installed'

# One run at a time. The lock goes with this process; apt-get does not inherit it.
exec 9</var/lib/dpkg
if [ $# -eq 0 ] && ! flock --nonblock 9; then
  exit
fi
flock 9

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
trap remove_policy EXIT
trap 'interrupt 130' INT
trap 'interrupt 143' TERM HUP
remove_policy
[ $# -gt 0 ] || exit 0

# Runs a command, deaf to nothing that this shell made it deaf to, and waits until it is gone.
run() {
  [ "$interrupted" -eq 0 ] || exit "$interrupted"
  DEBIAN_FRONTEND=noninteractive env --default-signal=INT,QUIT "$@" 9<&- &
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

install_packages() {
  # dpkg tells of every package; what fails is told on standard error.
  run apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=600 "$@" >/dev/null
}

echo "$(basename "$0"): installing $* by apt-get; a minute or two" >&2
began=$(date +%s)
if ! [ -d /run/systemd/system ] && ! [ -e "$policy" ]; then
  printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" >"$policy.new"
  chmod 755 "$policy.new"
  mv "$policy.new" "$policy"
fi
# The first time, the lists may be old or missing, or dpkg was interrupted.
if ! install_packages "$@" 2>/dev/null; then
  run dpkg --configure -a || true
  run apt-get update -qq || true
  install_packages "$@" || exit 100
fi
echo "$(basename "$0"): installed in $(($(date +%s) - began)) s" >&2
