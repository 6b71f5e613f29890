#!/usr/bin/env bash
# Records and draws the pictures of docs/pictures: scripts/pictures.sh [--draw]
#
#   --draw   only draws them again, from what is recorded; needs no root
#
# Each terminal is a real run, 80 columns wide: the rehearsal; doctor and status on the machine of scripts/lab.sh, with the
# endpoints' security group closed and then open; fleet against AWS on loopback. NAME.txt is what was printed, NAME.svg is
# drawn from it (test/lab/pictures/pictures.ts says which lines). Root, Debian or Ubuntu; two minutes, and what
# rehearse.sh and lab.sh need the first time. The lab must not be up.
#
# Exit codes: 0 drawn; 1 a run came out in another way than the picture shows, or the lab is up; 64 usage; 77 not root.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh

answer_help "$@"
check_arguments '[--draw]' "$@"
pictures=docs/pictures
lab=scripts/lab.sh

# What a terminal showed in the end: without the lines of progress that were erased.
record() {
  local name=$1 exit_code=$2 shown=$3 got=0
  shift 3
  mkdir -p "$pictures"
  script --quiet --return --command "stty cols 80 rows 50; $*" "$pictures/$name.tmp" </dev/null >/dev/null || got=$?
  if [ "$got" -ne "$exit_code" ]; then
    cat "$pictures/$name.tmp" >&2
    rm "$pictures/$name.tmp"
    echo "pictures.sh: $shown: exit code $got, not $exit_code" >&2
    exit 1
  fi
  {
    printf '$ %s\n' "$shown"
    sed -e '/^Script \(started\|done\) on /d' -e 's/\r$//' -e 's/.*\r\x1b\[K//' "$pictures/$name.tmp"
  } | sed -e '$ { /^$/d }' >"$pictures/$name.txt"
  rm "$pictures/$name.tmp"
}

record_on_a_host() {
  $lab up >/dev/null
  trap '$lab down' EXIT
  $lab fault security-group on >/dev/null
  $lab shell ecs-privatelinkd run >/dev/null 2>&1 &
  disown
  until $lab shell test -e /run/ecs-privatelinkd/status.json; do sleep 0.2; done
  $lab create all >/dev/null
  $lab shell ecs-privatelinkd status --wait blocked --timeout 2m >/dev/null || [ $? -eq 1 ]
  record doctor 1 'ecs-privatelinkd doctor' $lab shell ecs-privatelinkd doctor
  $lab fault security-group off >/dev/null
  $lab shell ecs-privatelinkd status --wait settled --timeout 2m >/dev/null
  record status 0 'ecs-privatelinkd status' $lab shell ecs-privatelinkd status
  $lab down
  trap - EXIT
}

need_node
need_npm_packages
if [ "${1:-}" != --draw ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo 'pictures.sh: the lab needs root; --draw does not' >&2
    exit 77
  fi
  if [ -e .lab ]; then
    echo 'pictures.sh: the lab is up: scripts/lab.sh down' >&2
    exit 1
  fi
  npm run --silent build >&2
  record rehearsal 0 './scripts/rehearse.sh --fast' scripts/rehearse.sh --fast
  record_on_a_host
  record fleet 1 'ecs-privatelinkd fleet' node test/lab/run-typescript.mjs test/lab/migrating-fleet.ts
fi
node test/lab/run-typescript.mjs test/lab/pictures/draw.ts
