# Sourced by scripts/test.sh: the tiers, each a function, and what the runner has to know of them.
# shellcheck shell=bash disable=SC2034

# In this order: first what takes longest. Instance needs what package builds.
queue='package integration static unit rehearsal instance matrix budget'
# Without TIER; with CI=true the matrix too.
usual_tiers='static unit integration rehearsal package budget instance'
quick_tiers='static unit rehearsal'

# Seconds on two cores, others at work; with CI=true integration takes 900, instance 750, package 400, unit 200.
declare -A seconds=(
  [static]=25 [unit]=80 [integration]=480 [rehearsal]=20 [package]=200 [budget]=130 [instance]=350 [matrix]=350
)

lab_tools='ip=iproute2 setpriv=util-linux dnsmasq=dnsmasq-base'
engine_tools="$lab_tools iptables=iptables dockerd=docker.io docker-init=tini
  /etc/ssl/certs/ca-certificates.crt=ca-certificates"
build_tools='dpkg-deb=dpkg rpmbuild=rpm eu-strip=elfutils xz=xz-utils'
# PROGRAM=PACKAGE of what a tier cannot do without.
declare -A tools=(
  [static]='shellcheck=shellcheck'
  [integration]="$engine_tools promtool=prometheus haproxy=haproxy"
  [rehearsal]='ip=iproute2'
  [package]="$lab_tools $build_tools mandoc=mandoc man=man-db col=bsdextrautils cpio=cpio curl=curl
    gpg=gnupg apt-ftparchive=apt-utils createrepo_c=createrepo-c dnf=dnf ansible-playbook=ansible-core ansible-lint=ansible-lint
    systemd-analyze=systemd qemu-aarch64-static=qemu-user-static
    /usr/aarch64-linux-gnu/lib/libc.so.6=libc6-arm64-cross
    /usr/aarch64-linux-gnu/lib/libstdc++.so.6=libstdc++6-arm64-cross"
  [budget]="$lab_tools"
  [instance]="$lab_tools $build_tools cpio=cpio debootstrap=debootstrap systemd-nspawn=systemd-container"
  [matrix]="$engine_tools debootstrap=debootstrap systemd-nspawn=systemd-container git=git"
)
# What only some of its tests need, which skip themselves without it: not with CI=true.
declare -A optional_tools=([integration]='aws=awscli')
needs_root=' integration package budget instance matrix '

static() {
  npx tsc --noEmit
  # It keeps a cache, which is to stay in the checkout.
  XDG_CACHE_HOME=$PWD/build/cache npx biome check --error-on-warnings .
  node scripts/check-imports.mjs
  node scripts/generate-docs.mjs --check
  node scripts/bundle/check-inputs.mjs
  node scripts/package/check-runtime.mjs
  find scripts test .ci -type f \( -name '*.sh' -o -path 'scripts/package/deb/*' -o -name systemctl-of-host -o -path '.ci/run' \) -print0 |
    xargs -0 shellcheck -x
}

unit() {
  npx vitest run --project unit
}

integration() {
  npx vitest run --project integration
}

rehearsal() {
  scripts/rehearse.sh --fast
}

package() {
  need_packages
  npx vitest run --project package
}

budget() {
  need_runtimes
  test/lab/namespace.sh node test/lab/run-typescript.mjs test/bench/budget.ts
}

instance() {
  # Outside the namespace, which has no way to a mirror.
  test/lab/hosts/machine/build-tree.sh
  need_packages
  npx vitest run --project instance
}

# Under CI what fits its time; by name everything.
matrix() {
  if [ "${CI:-}" = true ]; then
    test/matrix/nodes.sh --quick
    test/matrix/debian.sh
    scripts/fresh.sh trixie --only rehearse
  else
    test/matrix/nodes.sh
    test/matrix/debian.sh --integration --instance
    test/matrix/debian.sh bookworm --integration
    test/forwarders/run.sh
    scripts/fresh.sh --only rehearse
  fi
}

# Builds the packages into build/packages, unless they were built from the very same files. One tier at a time.
need_packages() {
  (
    flock 9
    local built=build/packages stamp=build/packages.sources sources
    sources=$({
      git log -1 --format=%ct 2>/dev/null || true
      find src systemd scripts docs/install CHANGELOG.md LICENSE package.json package-lock.json -type f -print0 |
        sort -z | xargs -0 sha256sum
    } | sha256sum)
    if [ "$sources" != "$(cat "$stamp" 2>/dev/null)" ] || ! [ -e "$built/SHA256SUMS" ]; then
      rm -f "$stamp"
      scripts/package.sh --fast --out "$built" 9>&-
      echo "$sources" >"$stamp"
    fi
  ) 9>build/packages.lock
}
