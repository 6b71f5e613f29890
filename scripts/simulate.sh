#!/bin/sh
# Simulates the move of whole fleets: scripts/simulate.sh [--hosts N,N…] [--seed N] [--write]
#
#   --hosts N,N…  the fleets; default 1000,4000,8000,36000,100000,1000000 (CPU: 0.5 ms a host, above 36,000 half of that)
#   --seed N      other hosts, another order of looks; default 1. One seed gives the same figures again.
#   --write       the table into docs/scale.md, the plot into docs/scale.svg
#
# Each host is the daemon's own turn, decision and splay on what it would see; ECS is its documented bucket. Needs
# neither root nor network.
# Exit codes: 0 simulated; 64 usage.
set -eu

cd "$(dirname "$0")/.."
. scripts/prepare.sh

answer_help "$@"
check_arguments '[--hosts N,N…] [--seed N] [--write]' "$@"
need_node
need_npm_packages

exec node test/lab/run-typescript.mjs test/simulation/simulate.ts "$@"
