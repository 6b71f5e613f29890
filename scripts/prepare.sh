# Sourced by the scripts of this directory, in the checkout: what a fresh Debian or Ubuntu machine needs before anything
# runs. A script answers --help and checks its arguments first (arguments.sh).
# shellcheck shell=sh

# shellcheck source=scripts/prepare/arguments.sh
. scripts/prepare/arguments.sh
# shellcheck source=scripts/prepare/debian-packages.sh
. scripts/prepare/debian-packages.sh
# shellcheck source=scripts/prepare/node.sh
. scripts/prepare/node.sh
