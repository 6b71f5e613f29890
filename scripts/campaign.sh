#!/bin/sh
# Plays random fault schedules against the real daemon: scripts/campaign.sh [--seed N] [--schedules M]
# Installs and builds what is missing, then runs test/lab/faults/campaign.ts; its --help tells the rest.
set -eu

cd "$(dirname "$0")/.."
. scripts/prepare.sh

need_node
need_npm_packages
need_debian_packages ip=iproute2 setpriv=util-linux dnsmasq=dnsmasq-base
npm run --silent build >&2

exec node test/lab/run-typescript.mjs test/lab/faults/campaign.ts "$@"
