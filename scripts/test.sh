#!/bin/sh
# Installs what the tests need and runs them: scripts/test.sh [TIER…]
#
#   static       types, lint, who imports whom, generated documents, shell scripts
#   unit         own code, pure
#   integration  a real Docker Engine and a real DNS server in a network namespace
#   rehearsal    scripts/rehearse.sh --fast
#   package      the packages, built and taken apart
#   budget       memory, CPU, threads, packets and size, against what they may be
#   instance     a booted systemd machine with a Docker Engine in it
#
# Without TIER all of them. A tier that cannot run here is skipped, loudly; with CI=true that is a failure.
# Exit codes: 0 all passed; 1 a tier failed (or, with CI=true, could not run); 64 no such tier.
set -eu

cd "$(dirname "$0")/.."
. scripts/prepare.sh

all='static unit integration rehearsal package budget instance'
tiers=${*:-$all}
passed=0
failed=0
skipped=0

static() {
  npx tsc --noEmit
  npx biome check --error-on-warnings .
  node scripts/check-imports.mjs
  node scripts/generate-docs.mjs --check
  npm run --silent build
  node scripts/bundle/check-inputs.mjs
  shellcheck -x scripts/*.sh scripts/package/deb/* test/lab/*.sh test/lab/machine/*.sh .ci/run
}

unit() {
  npx vitest run --project unit
}

integration() {
  test/lab/namespace.sh npx vitest run --project integration
}

rehearsal() {
  scripts/rehearse.sh --fast
}

package() {
  need_debian_packages mandoc=mandoc man=man-db col=bsdextrautils cpio=cpio curl=curl systemd-analyze=systemd \
    qemu-aarch64-static=qemu-user-static /usr/aarch64-linux-gnu/lib/libc.so.6=libc6-arm64-cross \
    /usr/aarch64-linux-gnu/lib/libstdc++.so.6=libstdc++6-arm64-cross
  scripts/package.sh --fast --out build/packages >&2
  test/lab/namespace.sh npx vitest run --project package
}

budget() {
  need_runtimes
  test/lab/namespace.sh node test/lab/run-typescript.mjs test/bench/budget.ts
}

instance() {
  # Outside the namespace, which has no way to a mirror.
  test/lab/machine/build-tree.sh >&2
  [ -e build/packages/SHA256SUMS ] || scripts/package.sh --fast --arch "$(uname -m)" --out build/packages >&2
  test/lab/namespace.sh npx vitest run --project instance
}

# Why a tier cannot run here; nothing when it can.
hindrance() {
  case $1 in
  integration | package | budget | instance)
    if [ "$(id -u)" -ne 0 ]; then
      echo 'it needs root'
    elif ! unshare --net --mount true 2>/dev/null; then
      echo 'it needs network and mount namespaces (CAP_SYS_ADMIN)'
    fi
    ;;
  esac
}

need_node
need_npm_packages
need_debian_packages ip=iproute2 iptables=iptables dockerd=docker.io docker-init=tini dnsmasq=dnsmasq-base \
  setpriv=util-linux debootstrap=debootstrap systemd-nspawn=systemd-container shellcheck=shellcheck \
  promtool=prometheus haproxy=haproxy rpmbuild=rpm eu-strip=elfutils \
  /etc/ssl/certs/ca-certificates.crt=ca-certificates
npm run --silent build

for tier in $tiers; do
  case " $all " in
  *" $tier "*) ;;
  *)
    echo "test.sh: no tier \"$tier\"; there are: $all" >&2
    exit 64
    ;;
  esac
  hindrance=$(hindrance "$tier")
  if [ -n "$hindrance" ]; then
    if [ "${CI:-}" = true ]; then
      echo "test.sh: tier $tier FAILED: it cannot run here: $hindrance" >&2
      failed=$((failed + 1))
    else
      echo "test.sh: tier $tier SKIPPED: $hindrance" >&2
      skipped=$((skipped + 1))
    fi
    continue
  fi
  echo "test.sh: tier $tier" >&2
  began=$(date +%s)
  # A subshell that is not part of a condition: only there does -e hold within.
  set +e
  (
    set -e
    "$tier"
  )
  status=$?
  set -e
  if [ "$status" -eq 0 ]; then
    passed=$((passed + 1))
    echo "test.sh: tier $tier passed in $(($(date +%s) - began)) s" >&2
  else
    failed=$((failed + 1))
    echo "test.sh: tier $tier FAILED after $(($(date +%s) - began)) s" >&2
  fi
done

echo "tiers: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
