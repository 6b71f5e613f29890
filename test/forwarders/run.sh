#!/usr/bin/env bash
# Looks names up through the DNS servers that owners of VPCs run: test/forwarders/run.sh
#
# bind9, unbound, knot-resolver and systemd-resolved run for real, in a tree of their own
# (test/lab/hosts/machine/build-tree.sh forwarders, 2 minutes the first time; --remove deletes it). Where Go is installed its
# resolver is asked the same. Needs root.
# Exit codes: 0 all passed; 1 a test failed or was skipped; 64 usage; 69 no such tree or network can be made here; 77 not root.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=scripts/prepare.sh
. scripts/prepare.sh

case "$*" in
  '') ;;
  --help)
    sed -n '2,/^set/s/^# \{0,1\}//p' test/forwarders/run.sh
    exit
    ;;
  *)
    echo "forwarders/run.sh: it takes no argument but --help: $*" >&2
    exit 64
    ;;
esac
if [ "$(id -u)" -ne 0 ]; then
  echo 'forwarders/run.sh: servers on port 53 need root' >&2
  exit 77
fi
need_node
need_npm_packages
need_debian_packages ip=iproute2 setpriv=util-linux
test/lab/hosts/machine/build-tree.sh forwarders >/dev/null
report=build/matrix/forwarders.json
mkdir -p build/matrix
rm -f "$report"
failed=0
npx vitest run --project forwarders --reporter=default --reporter=json --outputFile.json="$report" || failed=1
node test/matrix/report.mjs 'DNS servers of VPC owners' "$report" || failed=1
exit "$failed"
