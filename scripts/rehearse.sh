#!/bin/sh
# Rehearses a migration to PrivateLink on this machine, from a fresh clone: scripts/rehearse.sh [--fast] [--json] …
# Installs and builds what is missing, then runs test/lab/rehearse/rehearse.ts; --help tells the rest.
set -eu

cd "$(dirname "$0")/.."
. scripts/prepare.sh

take_usage_of test/lab/rehearse/options.ts "$@"
echo 'rehearse.sh: takes about a minute; the first time 2 minutes and 0.6 GB in this directory' >&2
require_debian_packages ip=iproute2 setpriv=util-linux
need_node
need_npm_packages
npm run --silent build >&2

exec node test/lab/run-typescript.mjs test/lab/rehearse/rehearse.ts "$@"
