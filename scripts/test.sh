#!/usr/bin/env bash
# Installs what the tests need and runs them; usage below.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh
. test/lab/own-directory.sh
. scripts/test/jobs.sh
. scripts/test/tiers.sh

usage() {
  cat <<'TEXT'
usage: scripts/test.sh [--under-load [N]] [TIER…]

  static       types, lint, who imports whom, generated documents, shell scripts
  unit         own code, pure
  integration  a real Docker Engine and a real DNS server in network namespaces
  rehearsal    scripts/rehearse.sh --fast
  package      the packages, built and taken apart
  budget       memory, CPU, threads, packets and size, against what they may be
  instance     booted systemd machines with a Docker Engine in them
  matrix       other versions of Node.js, Debian and the Engine: only by name, and with CI=true

  quick        static, unit and rehearsal

Without TIER all but the matrix, and without the files that take longest (test/size.ts names them); with CI=true these
too, the matrix, and random tests for longer. Three tiers run side by side; what each prints is in build/test-logs/. A tier
that cannot run here is skipped, loudly; with CI=true that is a failure.

  --under-load [N]  beside N busy processes (4)

Exit codes: 0 all passed; 1 a tier failed (or, with CI=true, could not run); 64 usage; 69 Node.js is missing, or
programs cannot be run here; 75 another run is at work in this checkout.
TEXT
}

say() {
  echo "test.sh: $1" >&2
}

refuse() {
  say "$1"
  exit "$2"
}

# The word of the list that begins most like $1, if any does.
nearest() {
  local given=$1 length word
  shift
  for ((length = ${#given}; length > 0; length -= 1)); do
    for word in "$@"; do
      [[ $word != "${given:0:length}"* ]] || { echo "; did you mean $word?" && return; }
    done
  done
}

# Sets tiers, size (test/size.ts) and load.
read_arguments() {
  local known="$usual_tiers matrix quick" flags='--help --under-load'
  tiers=
  load=0
  while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
      usage
      exit
      ;;
    --under-load)
      load=4
      [[ ! ${2:-} =~ ^[1-9][0-9]?$ ]] || { load=$2 && shift; }
      ;;
    -*)
      # shellcheck disable=SC2086
      refuse "no such flag: $1$(nearest "$1" $flags)" 64
      ;;
    quick) tiers="$tiers $quick_tiers" ;;
    *)
      # shellcheck disable=SC2086
      [[ " $known " == *" $1 "* ]] || refuse "no tier \"$1\"$(nearest "$1" $known) There are: $known" 64
      tiers="$tiers $1"
      ;;
    esac
    shift
  done
  size=usual
  [ -n "$tiers" ] || size=short
  [ "${CI:-}" != true ] || size=long
  [ -n "$tiers" ] || tiers="$usual_tiers$([ "${CI:-}" != true ] || echo ' matrix')"
}

# Tiers at a time: each waits half of its time.
runners=3

announce() {
  local tier sum=0
  for tier in $tiers; do sum=$((sum + seconds[$tier])); done
  sum=$((sum / 2))
  for tier in $tiers; do [ "${seconds[$tier]}" -le "$sum" ] || sum=${seconds[$tier]}; done
  [ "${CI:-}" != true ] || sum=$((sum * 3 / 2))
  say "about $(((sum + 30) / 60)) min on two cores, after what has to be installed; logs in build/test-logs/"
  say "disk: up to 1.4 GB in the checkout, $([ "${CI:-}" != true ] && echo 0.8 || echo 2.4) GB in \
${ECS_PRIVATELINKD_LAB_CACHE:-/var/cache/ecs-privatelinkd-lab}"
}

# Why a tier cannot run here, whatever is installed; nothing when it can.
obstacle() {
  if [[ $needs_root == *" $1 "* ]]; then
    [ "$(id -u)" -eq 0 ] || { echo 'it needs root' && return; }
    unshare --net --mount --pid --mount-proc --kill-child=KILL true 2>/dev/null ||
      { echo 'it needs network, mount and pid namespaces (CAP_SYS_ADMIN)' && return; }
  fi
  [ "$1" != matrix ] || [ -e .git ] || echo 'it clones this checkout, which has no .git'
}

# The same, once what can be installed is.
blocker() {
  local pair needed="${tools[$1]:-}"
  [ "${CI:-}" != true ] || needed="$needed ${optional_tools[$1]:-}"
  obstacle "$1" | grep . && return
  for pair in $needed; do
    [ -e "${pair%%=*}" ] || command -v "${pair%%=*}" >/dev/null || {
      [ "$(id -u)" -eq 0 ] && echo "${pair%%=*} is missing, and apt-get could not install ${pair#*=}" ||
        echo "${pair%%=*} is missing; only root can install it: apt-get install ${pair#*=}"
      return
    }
  done
}

# Tests write programs and run them. /tmp of a hardened machine is noexec.
need_runnable_tmp() {
  local place probe
  for place in "${TMPDIR:-/tmp}" /var/tmp; do
    probe=$(mktemp -p "$place") || continue
    printf '#!/bin/sh\n' >"$probe"
    chmod 700 "$probe"
    if "$probe" 2>/dev/null; then
      rm "$probe"
      [ "$place" = "${TMPDIR:-/tmp}" ] || export TMPDIR=$place
      return
    fi
    rm "$probe"
  done
  refuse "neither ${TMPDIR:-/tmp} nor /var/tmp lets programs run (noexec): name a short directory that does by TMPDIR" 69
}

run_tier() {
  local tier=$1 log=build/test-logs/$1.log began=$SECONDS verdict reason
  reason=$(blocker "$tier")
  if [ -n "$reason" ]; then
    verdict=skipped
    [ "${CI:-}" != true ] || verdict=failed
    say "tier $tier ${verdict^^}: it cannot run here: $reason"
  else
    say "tier $tier"
    # A subshell that is not part of a condition: only there does -e hold within.
    set +e
    (
      set -e
      "$tier"
    ) >"$log" 2>&1
    local status=$?
    set -e
    if [ "$status" -eq 0 ]; then
      verdict=passed
      say "tier $tier passed in $((SECONDS - began)) s"
    elif [ "$status" -eq 69 ] && [ "${CI:-}" != true ]; then
      verdict=skipped
      say "tier $tier SKIPPED: it cannot run here: $(tail -n 3 "$log")"
    else
      verdict=failed
      # One write: another tier may be writing too.
      say "tier $tier FAILED in $((SECONDS - began)) s; the end of $log:
$(tail -n 80 "$log" | sed 's/^/  /')"
    fi
  fi
  echo "$tier $verdict $((SECONDS - began))" >>build/test-logs/results
}

# Takes the next tier out of the queue and prints it; nothing when there is none.
take_tier() {
  (
    flock 9
    head -n 1 build/test-logs/queue
    sed -i 1d build/test-logs/queue
  ) 9>build/test-logs/queue.lock
}

run_tiers() {
  local tier
  while tier=$(take_tier) && [ -n "$tier" ]; do run_tier "$tier"; done
}

count() {
  grep -c " $1 " build/test-logs/results || true
}

read_arguments "$@"
need_own_checkout
lock_checkout
announce
need_runnable_tmp
own_directory "${TMPDIR:-/tmp}"
export TMPDIR=$own
need_node
need_npm_packages
wanted='' wished=''
for tier in $tiers; do
  [ -z "$(obstacle "$tier")" ] || continue
  wanted="$wanted ${tools[$tier]:-}"
  wished="$wished ${optional_tools[$tier]:-}"
done
# shellcheck disable=SC2086
need_debian_packages $wanted
# shellcheck disable=SC2086
[ "${CI:-}" = true ] || wished=$(that_apt_knows $wished)
# shellcheck disable=SC2086
need_debian_packages $wished
npm run --silent build
export ECS_PRIVATELINKD_TEST_SIZE=$size

rm -rf build/test-logs
mkdir build/test-logs
touch build/test-logs/results
for tier in $queue; do
  [[ " $tiers " != *" $tier "* ]] || echo "$tier"
done >build/test-logs/queue
queued=$(wc -l <build/test-logs/queue)
watch_jobs
for ((busy = 0; busy < load; busy += 1)); do
  beside timeout 3h sh -c 'while :; do :; done'
done
running=()
for ((runner = 0; runner < runners; runner += 1)); do
  beside run_tiers
  running+=($!)
done
wait "${running[@]}"

echo
printf '%-12s %-8s %s\n' tier verdict seconds
while read -r tier verdict took; do printf '%-12s %-8s %7s\n' "$tier" "$verdict" "$took"; done <build/test-logs/results
printf '%-12s %-8s %7s\n' all '' "$SECONDS"
echo "tiers: $(count passed) passed, $(count failed) failed, $(count skipped) skipped"
[ "$(wc -l <build/test-logs/results)" -eq "$queued" ] || refuse "of $queued tiers not all have a result: is the disk full?" 1
[ "$(count failed)" -eq 0 ]
