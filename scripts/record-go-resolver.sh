#!/usr/bin/env bash
# Records what Go's own resolver makes of each case of test/lab/go-resolver/cases.ts: scripts/record-go-resolver.sh
#
# The agent is a Go program; the unit tests hold our look-ups against test/lab/go-resolver/outcomes.json, which this
# writes. Installs Debian's golang-go (300 MB) where there is no `go`. Needs root; takes a minute.
#
# Exit codes: 0 recorded; 64 usage; 77 not root; else the test's.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh

synopsis=''
answer_help "$@"
accepted=$synopsis
[ $# -eq 0 ] || refuse_argument "no such argument: $1"
if [ "$(id -u)" -ne 0 ]; then
  echo 'record-go-resolver.sh: servers on port 53 need root' >&2
  exit 77
fi
require_debian_packages go=golang-go
ECS_PRIVATELINKD_RECORD_GO=yes npx vitest run --project integration test/integration/lab/go-resolver.test.ts
npx biome check --write test/lab/go-resolver
git --no-pager diff --stat test/lab/go-resolver
