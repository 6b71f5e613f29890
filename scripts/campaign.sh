#!/bin/sh
# Plays random fault schedules against the real daemon: scripts/campaign.sh [--seed N] [--schedules M] …
# Installs and builds what is missing, then runs test/lab/faults/campaign.ts; --help tells the rest.
set -eu

cd "$(dirname "$0")/.."
. scripts/prepare.sh

take_usage_of test/lab/faults/campaign.ts "$@"
echo 'campaign.sh: takes about a minute for 4 schedules' >&2
require_debian_packages ip=iproute2 setpriv=util-linux dnsmasq=dnsmasq-base
need_node
need_npm_packages
npm run --silent build >&2

exec node test/lab/run-typescript.mjs test/lab/faults/campaign.ts "$@"
