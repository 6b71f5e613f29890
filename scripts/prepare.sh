# Sourced by the scripts of this directory: what a fresh Debian or Ubuntu machine needs before anything runs.
# shellcheck shell=sh

# Ends with 69 unless node is 20.19 or newer.
need_node() {
  if ! command -v node >/dev/null || ! node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);
  '; then
    echo "$(basename "$0"): Node.js 20.19 or newer is needed; found: $(node --version 2>/dev/null || echo none)." >&2
    echo "$(basename "$0"): see https://nodejs.org/en/download, or install nodejs from a newer Debian or Ubuntu." >&2
    exit 69
  fi
}

# Installs the npm packages of the lock file, unless they are there.
need_npm_packages() {
  # npm writes this file last, and leaves it out when it did not get to the end.
  installed=node_modules/.package-lock.json
  if ! [ -f "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
    echo "$(basename "$0"): installing npm packages" >&2
    npm ci --no-audit --no-fund --loglevel=error >&2
  fi
}

# need_debian_packages PROGRAM=PACKAGE…: installs the packages of the programs that are missing, where that is
# possible (root, apt-get). Nothing that is installed is started. Never fails: what is missing shows later.
need_debian_packages() {
  wanted=
  for pair in "$@"; do
    [ -e "${pair%%=*}" ] || command -v "${pair%%=*}" >/dev/null || wanted="$wanted ${pair#*=}"
  done
  [ -n "$wanted" ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "$(basename "$0"): missing, and only root can install them:$wanted" >&2
    return 0
  fi
  echo "$(basename "$0"): installing$wanted" >&2
  policy=
  if ! [ -d /run/systemd/system ] && ! [ -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  {
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $wanted || {
      apt-get update -qq
      # shellcheck disable=SC2086
      DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $wanted
    }
  } >&2 || true
  [ -z "$policy" ] || rm -f "$policy"
}

# need_pinned_packages FROM INTO [OPTION…]: installs the npm packages of the lock file in FROM into INTO. npm checks them
# against it.
need_pinned_packages() {
  from=$1
  into=$2
  shift 2
  if ! cmp -s "$from/package-lock.json" "$into/package-lock.json" ||
    ! [ -f "$into/node_modules/.package-lock.json" ]; then
    rm -rf "$into"
    mkdir -p "$into"
    cp "$from/package.json" "$from/package-lock.json" "$into"
    npm ci --prefix "$into" --ignore-scripts --no-audit --no-fund --loglevel=error "$@" >&2
  fi
}

# The Node.js that the packages carry, into build/package/runtimes. --force, because one of the two is not for this
# machine.
need_runtimes() {
  runtimes=build/package/runtimes
  need_pinned_packages scripts/package "$runtimes" --force
}
