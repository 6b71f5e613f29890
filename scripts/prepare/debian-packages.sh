# Sourced by scripts: the Debian packages that they need.
# shellcheck shell=sh

me=$(basename "$0")
# The source of install-packages.sh; build-tree.sh sources this file from elsewhere.
prepare_directory=${prepare_directory:-scripts/prepare}

# Debian's users, and root by a plain `su`, look for programs in neither.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

# missing_packages PROGRAM=PACKAGE…: prints the packages of the programs, or files, that are not there.
missing_packages() {
  for pair in "$@"; do
    [ -e "${pair%%=*}" ] || command -v "${pair%%=*}" >/dev/null || printf ' %s' "${pair#*=}"
  done
}

# need_debian_packages PROGRAM=PACKAGE…: installs the packages of the programs that are missing, where that is
# possible (root, apt-get). Nothing that is installed is started. What is missing all the same shows later.
need_debian_packages() {
  wanted=$(missing_packages "$@")
  if can_install; then
    status=0
    # Also with nothing wanted: it removes what a killed run left. It ends when this shell ends, in whatever way.
    # shellcheck disable=SC2086
    setpriv --pdeathsig TERM sh "$prepare_directory/install-packages.sh" $wanted >&2 || status=$?
    [ "$status" -lt 128 ] || exit "$status"
  elif [ -n "$wanted" ]; then
    echo "$me: missing:$wanted. As root, on Debian or Ubuntu: apt-get install$wanted" >&2
  fi
}

# Those of PROGRAM=PACKAGE… of which this machine's apt knows the package.
that_apt_knows() {
  for pair in "$@"; do
    apt-cache show "${pair#*=}" >/dev/null 2>&1 && echo "$pair"
  done || true
}

# As need_debian_packages, for what nothing can do without: ends with 69 when it is missing still.
require_debian_packages() {
  need_debian_packages "$@"
  wanted=$(missing_packages "$@")
  if [ -n "$wanted" ]; then
    if can_install; then
      echo "$me: could not be installed:$wanted (the reason is above)" >&2
    fi
    exit 69
  fi
}

can_install() {
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null
}

# The mirrors of this machine's apt sources, one a line: deb822 files, then one-line files. Those of cloud images are lists of
# mirrors (mirror+file:), which debootstrap cannot read.
apt_mirrors() {
  {
    cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs:[[:space:]]*//p' | tr ' ' '\n'
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
      sed -nE 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+).*/\2/p'
    :
  } | sed -nE '/^https?:/s,/?$,,p'
}

# Puts apt's proxies into the environment, unless it names any.
use_apt_proxies() {
  [ -z "${http_proxy:-}${https_proxy:-}${HTTP_PROXY:-}${HTTPS_PROXY:-}" ] || return 0
  command -v apt-config >/dev/null || return 0
  http='' https=''
  eval "$(apt-config shell http Acquire::http::Proxy https Acquire::https::Proxy)"
  [ -z "$http" ] || [ "$http" = DIRECT ] || export http_proxy="$http"
  [ -z "$https" ] || [ "$https" = DIRECT ] || export https_proxy="$https"
}
