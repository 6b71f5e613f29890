#!/usr/bin/env bash
# A container instance to play in: scripts/lab.sh up | down | shell [COMMAND…] | status | create SERVICE |
# withdraw SERVICE | nat off|on | fault [NAME on|off] | fleet [FLAG…]
#
# `up` boots a Debian machine with systemd, Docker, ecs.service and a registered stand-in agent, in a network of its
# own with IMDS, a VPC resolver and the ECS endpoints (root; the first time it builds the machine's tree, 3 minutes).
# `create all` then makes the interface endpoints appear; `fault` lists what can be made to go wrong. `down` removes
# everything but the tree in ${ECS_PRIVATELINKD_LAB_CACHE:-/var/cache/ecs-privatelinkd-lab}
# (test/lab/hosts/machine/build-tree.sh --remove). `fleet` asks for the machine and nineteen hosts that are made up.
# docs/lab.md
#
# Exit codes: 0 done; 1 not up, or it did not come up; 64 usage; 69 something is missing; 77 not root; otherwise that of
# `shell`'s command or of `fleet`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh
root=$PWD
state=$root/.lab

# shellcheck disable=SC2034 # refuse_argument prints it.
accepted='up, down, shell [COMMAND…], status, create|withdraw all|ecs-agent|ecs-telemetry|ecs, nat off|on, fault [NAME on|off], fleet [FLAG…]'

# The process id of the script that holds the lab's namespaces, if it still does.
holder() {
  local pid
  pid=$(cat "$state/holder.pid" 2>/dev/null) && grep -qs namespace.sh "/proc/$pid/cmdline" && echo "$pid"
}

need_up() {
  if ! pid=$(holder) || [ ! -e "$state/machine.pid" ]; then
    echo 'The lab is not up: scripts/lab.sh up' >&2
    exit 1
  fi
}

child_of() {
  cut -d ' ' -f 1 "/proc/$1/task/$1/children"
}

up() {
  mkdir -p "$root/build"
  exec 8>"$root/build/lab.lock"
  flock 8
  if holder >/dev/null; then
    echo 'The lab is up already: scripts/lab.sh shell, status, down'
    return
  fi
  if [ "$(id -u)" -ne 0 ]; then
    echo 'lab.sh: booting a machine needs root' >&2
    exit 77
  fi
  echo 'lab.sh: takes 10 s; the first time 3 minutes, 0.6 GB in this directory and 0.8 GB in the cache' >&2
  need_node
  require_debian_packages ip=iproute2 iptables=iptables dnsmasq=dnsmasq-base setpriv=util-linux
  need_npm_packages
  npm run --silent build >&2
  "$root/test/lab/hosts/machine/build-tree.sh" >/dev/null
  rm -rf "$state"
  mkdir -p "$state"
  (
    cd "$root"
    exec setsid test/lab/namespace.sh node test/lab/run-typescript.mjs test/lab/hosts/machine/playground.ts "$state" 8>&-
  ) >"$state/lab.log" 2>&1 </dev/null &
  echo $! >"$state/holder.pid"
  for _ in $(seq 600); do
    if [ -e "$state/machine.pid" ]; then
      control status
      printf '\nscripts/lab.sh shell        a root shell on it: docker ps, systemctl status ecs, ecs-privatelinkd check\n'
      printf 'scripts/lab.sh create all   the interface endpoints appear\n'
      return
    fi
    holder >/dev/null || break
    sleep 0.1
  done
  cat "$state/lab.log" >&2
  down
  exit 1
}

down() {
  local pid
  if pid=$(holder); then
    kill -TERM "$pid"
    for _ in $(seq 300); do
      [ -d "/proc/$pid" ] || break
      sleep 0.1
    done
    # Its namespaces end with it, and everything in them.
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -rf "$state"
}

# A shell or a command on the machine: first into the lab's namespaces, in which the machine's process id counts.
enter() {
  need_up
  local inside
  inside=$(child_of "$(child_of "$pid")")
  [ $# -gt 0 ] || set -- bash --login
  exec nsenter -t "$inside" --net --mount --pid -- \
    nsenter -t "$(cat "$state/machine.pid")" --all -- \
    env -i TERM="${TERM:-dumb}" HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

control() {
  case "$*" in
    status | 'nat on' | 'nat off') ;;
    'create all' | 'create ecs-agent' | 'create ecs-telemetry' | 'create ecs') ;;
    'withdraw all' | 'withdraw ecs-agent' | 'withdraw ecs-telemetry' | 'withdraw ecs') ;;
    fault | 'fault '*' on' | 'fault '*' off') ;;
    create | withdraw) refuse_argument "$1 takes what: all, or one of the three" ;;
    *) refuse_argument "no such command: $*" ;;
  esac
  need_up
  need_node
  # Its first line is an exit code.
  node -e '
    const socket = require("node:net").connect(process.argv[1], () => socket.end(process.argv[2] + "\n"));
    require("node:stream/consumers").text(socket).then((answer) => {
      const [code] = answer.split("\n", 1);
      process.stdout.write(answer.slice(code.length + 1));
      process.exitCode = Number(code);
    });
  ' "$state/control.sock" "$*"
}

# `ecs-privatelinkd fleet` over AWS's APIs on loopback, where one of twenty hosts is the machine, by its own record.
fleet() {
  local record
  need_up
  record=$(enter ecs-privatelinkd status --record 2>/dev/null) || [ -n "$record" ]
  need_node
  exec node test/lab/run-typescript.mjs test/lab/fleet-of-twenty.ts "$record" "$@"
}

case ${1:-} in
  shell | fleet) ;;
  *) answer_help "$@" ;;
esac
case ${1:-} in
  up | down)
    [ $# -eq 1 ] || refuse_argument "$1 takes nothing else: $2"
    "$1"
    ;;
  shell) shift && enter "$@" ;;
  fleet) shift && fleet "$@" ;;
  status | create | withdraw | nat | fault) control "$@" ;;
  '') refuse_argument 'a command is missing' ;;
  *) refuse_argument "no such command: $1" ;;
esac
