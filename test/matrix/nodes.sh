#!/usr/bin/env bash
# Runs the product on the versions of Node.js that hosts bring along: test/matrix/nodes.sh [--quick] [--node VERSION]
# --help tells the rest.
set -euo pipefail

usage() {
  cat <<'END'
usage: test/matrix/nodes.sh [--quick] [--node VERSION]

Runs the product on Node.js 20.19, 22.14 and 24.0 (pinned in test/matrix/) and on the one that the packages carry
(scripts/package/), each brought into build/ from npm. On each of them:

  unit       the unit tests
  rehearsal  scripts/rehearse.sh --fast
  dns        the daemon with a DNS server that fails
  engine     the daemon with an Engine that fails and one that restarts the agent; a real Engine and the embedded one

  --quick         rehearsal, and of the unit tests those of what these versions differ in (DNS answers that are cached,
                  lines of the config file); not on the Node.js of the packages
  --node VERSION  on this one only, e.g. 20.19.2
  --help          this text

Takes 2 minutes with --quick, 5 minutes for each Node.js without, and 0.5 GB in build/. Prints a table of seconds; what a
test wrote is in build/matrix/log/.
Exit codes: 0 all passed; 1 a test failed, each named; 64 usage; 69 this machine cannot run it.
END
}

misused() {
  echo "nodes.sh: $1" >&2
  usage >&2
  exit 64
}

tests='unit rehearsal dns engine'
quick=
only=
while [ $# -gt 0 ]; do
  case $1 in
  --quick)
    quick=yes
    tests='differences rehearsal'
    ;;
  --node)
    [ $# -ge 2 ] || misused '--node needs a version'
    only=$2
    shift
    ;;
  --help)
    usage
    exit 0
    ;;
  *) misused "unknown argument: $1" ;;
  esac
  shift
done

cd "$(dirname "$0")/../.."
. scripts/prepare.sh

differences() {
  npx vitest run --project unit test/unit/endpoints/nameserver.test.ts test/unit/settings/resolve-settings.test.ts
}

unit() {
  npx vitest run --project unit
}

rehearsal() {
  scripts/rehearse.sh --fast
}

dns() {
  test/lab/namespace.sh npx vitest run --project integration test/integration/faults/dns.test.ts
}

engine() {
  test/lab/namespace.sh npx vitest run --project integration test/integration/lab/engines.test.ts \
    test/integration/faults/engine.test.ts test/integration/daemon/restart.test.ts
}

# The directories of the Node.js to run on, one a line.
nodes() {
  for node in build/matrix/node_modules/node-*/bin/node \
    "build/package/runtimes/node_modules/node-linux-$(node -p process.arch)/bin/node"; do
    [ -x "$node" ] || continue
    case $node in build/package/*) [ -z "$quick" ] || [ -n "$only" ] || continue ;; esac
    [ -z "$only" ] || [ "$("$node" --version)" = "v${only#v}" ] || continue
    echo "${node%/node}"
  done
}

need_node
need_npm_packages
need_debian_packages ip=iproute2 setpriv=util-linux
[ -n "$quick" ] || need_debian_packages dockerd=docker.io docker-init=tini
need_pinned_packages test/matrix build/matrix 'the versions of Node.js to run on (300 MB)'
if [ -z "$quick" ] || [ -n "$only" ]; then need_runtimes; fi
npm run --silent build
found=$(nodes)
[ -n "$found" ] || misused "no such Node.js here: $only"

# Ended by a signal: so is all that the test under way has started.
running=
end_test() {
  trap - INT TERM HUP EXIT
  [ -z "$running" ] || kill -s TERM -- "-$running" 2>/dev/null || true
  wait
}
trap 'end_test; exit 130' INT
trap 'end_test; exit 143' TERM
trap 'end_test; exit 129' HUP

log=build/matrix/log
mkdir -p "$log"
table=
failed=
for bin in $found; do
  version=$("$bin/node" --version)
  for test in $tests; do
    output=$log/$version-$test.log
    echo "nodes.sh: Node.js $version: $test" >&2
    began=$SECONDS
    # In a process group of its own.
    set -m
    (
      # Meant for this subshell alone.
      # shellcheck disable=SC2031
      export PATH="$PWD/$bin:$PATH"
      "$test"
    ) </dev/null >"$output" 2>&1 &
    running=$!
    set +m
    status=0
    wait "$running" || status=$?
    running=
    result=passed
    if [ "$status" -ne 0 ]; then
      result=FAILED
      failed="$failed $version-$test"
      tail -n 60 "$output" >&2
      echo "nodes.sh: Node.js $version: $test FAILED, exit code $status; all that it wrote: $output" >&2
    fi
    table+=$(printf '%-9s %-11s %5d s  %s' "$version" "$test" $((SECONDS - began)) "$result")$'\n'
  done
done

printf '%s' "$table"
if [ -n "$failed" ]; then
  echo "nodes.sh: FAILED:$failed" >&2
  exit 1
fi
