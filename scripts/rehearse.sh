#!/bin/sh
# Rehearses a migration to PrivateLink on this machine, from a fresh clone: scripts/rehearse.sh [--fast] [--json]
# Installs and builds what is missing, then runs test/lab/rehearse.ts; its --help tells the rest.
set -eu

cd "$(dirname "$0")/.."
. scripts/prepare.sh

need_node
need_npm_packages
need_debian_packages ip=iproute2
npm run --silent build >&2

exec node test/lab/run-typescript.mjs test/lab/rehearse.ts "$@"
