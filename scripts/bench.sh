#!/bin/sh
# Measures the shipped daemon, and beside it what one would use instead: scripts/bench.sh [--quick|--flags] [--write]
#
#   --quick  a fifth of the time (7 minutes), and figures that are good for nothing but seeing that it runs
#   --flags  what each of Node.js's flags is worth, and nothing else (2 minutes)
#   --write  the tables into docs/footprint.md, the figures into docs/footprint.json
#
# Measures the package in dist/ (or in the directory that ECS_PRIVATELINKD_BENCH_DIST names). One that is missing, or holds
# another program than this checkout, is built first; with --quick or --flags, what it would hold is measured instead.
# Everything happens in a network of its own (test/lab/namespace.sh). The machine should have nothing else to do.
# Exit codes: 0 measured; 64 usage; 69 no such network can be made here.
set -eu

cd "$(dirname "$0")/.."
. scripts/prepare.sh

answer_help "$@"
check_arguments '[--quick] [--flags] [--write]' "$@"
quick=
flags=
write=
for argument in "$@"; do
  case $argument in
  --quick) quick=--quick ;;
  --flags) flags=yes ;;
  --write) write=yes ;;
  esac
done

case $flags$quick in
yes*) minutes=2 ;;
--quick) minutes=7 ;;
*) minutes=35 ;;
esac
echo "bench.sh: takes about $minutes minutes; the first time 15 more, for the package, and 0.9 GB in this directory" >&2
need_node
need_npm_packages
need_debian_packages ip=iproute2 dnsmasq=dnsmasq-base setpriv=util-linux strace=strace dig=bind9-dnsutils monit=monit \
  python3=python3 systemd-notify=systemd docker=docker.io
npm run --silent build >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
ECS_PRIVATELINKD_BENCH_DIST=${ECS_PRIVATELINKD_BENCH_DIST:-dist}
export ECS_PRIVATELINKD_BENCH_DIST

# Unpacks the package for this machine, if it is there and holds the program of this checkout.
unpack() {
  tarball=$(find "$ECS_PRIVATELINKD_BENCH_DIST" -name "ecs-privatelinkd-*-linux-$(uname -m).tar.gz" 2>/dev/null | head -n 1)
  [ -n "$tarball" ] || return 1
  rm -rf "$work/package"
  mkdir "$work/package"
  tar --extract --file="$tarball" --directory="$work/package" --strip-components=1
  cmp -s build/ecs-privatelinkd.cjs "$work/package/usr/lib/ecs-privatelinkd/ecs-privatelinkd.cjs"
}

if unpack; then
  packaged=yes
elif [ -n "$quick$flags" ]; then
  packaged=
  need_runtimes
else
  scripts/package.sh --arch "$(uname -m)" --out "$ECS_PRIVATELINKD_BENCH_DIST" >&2
  unpack
  packaged=yes
fi
if [ -n "$packaged" ]; then
  ECS_PRIVATELINKD_BENCH_PACKAGE=$work/package
  export ECS_PRIVATELINKD_BENCH_PACKAGE
fi

if [ -n "$flags" ]; then
  test/lab/namespace.sh node test/lab/run-typescript.mjs test/bench/flags.ts
  exit
fi

export ECS_PRIVATELINKD_BENCH_JSON="$work/footprint.json"
test/lab/namespace.sh node test/lab/run-typescript.mjs test/bench/bench.ts ${quick:+"$quick"} >"$work/tables.md"
cat "$work/tables.md"
if [ -n "$write" ]; then
  # What is below this heading is written by hand, and stays.
  sed -n '/^## What the figures rest on/,$p' docs/footprint.md >"$work/notes.md"
  {
    echo '# Footprint'
    echo
    echo 'It runs on every host forever, beside paying work. This is what it costs there, by scripts/bench.sh --write,'
    echo "on $(nproc) cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), kernel $(uname -r | cut -d - -f 1)."
    echo 'Shared machines are noisy: memory, packets and ratios repeat, milliseconds of CPU by a factor of two do not.'
    echo
    cat "$work/tables.md"
    echo
    cat "$work/notes.md"
  } >docs/footprint.md
  cp "$work/footprint.json" docs/footprint.json
  npx biome format --write docs/footprint.json >&2
fi
